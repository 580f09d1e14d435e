using System.Threading.Channels;

namespace Retort.Serving;

/// <summary>Asks a text source from one thread, request after request: arithmetic belongs to one thread.</summary>
internal sealed class GenerationQueue : IDisposable
{
    private readonly Channel<Job> _jobs;
    private readonly Thread _thread;
    private readonly TextSource _source;

    public GenerationQueue(TextSource source, int waiting)
    {
        _source = source;
        _jobs = Channel.CreateBounded<Job>(new BoundedChannelOptions(Math.Max(1, waiting)) { SingleReader = true });
        _thread = new Thread(Work) { IsBackground = true, Name = "retort serve" };
        _thread.Start();
    }

    /// <summary>The pieces of an answer, as they are written; the reader's completion carries a failure.</summary>
    /// <exception cref="ApiException">Too many requests wait.</exception>
    public ChannelReader<TextPiece> Ask(TextRequest request, CancellationToken cancellation)
    {
        var pieces = Channel.CreateUnbounded<TextPiece>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        return _jobs.Writer.TryWrite(new Job(request, pieces.Writer, cancellation))
            ? pieces.Reader
            : throw new ApiException(429, "too many requests are waiting; come again later.", code: "rate_limit_exceeded");
    }

    public void Dispose()
    {
        _jobs.Writer.TryComplete();
        _thread.Join();
    }

    private void Work()
    {
        while (_jobs.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_jobs.Reader.TryRead(out Job? job))
                job.Pieces.TryComplete(Answer(job));
        }
    }

    private Exception? Answer(Job job)
    {
        try
        {
            int written = 0;
            foreach (TextPiece piece in job.Cancellation.IsCancellationRequested ? [] : _source.Write(job.Request))
            {
                job.Pieces.TryWrite(piece);
                if (++written >= job.Request.MaxTokens || job.Cancellation.IsCancellationRequested)
                    break;
            }

            return null;
        }
#pragma warning disable CA1031 // whatever goes wrong in one answer is that request's error, not the server's end
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e;
        }
    }

    private sealed record Job(TextRequest Request, ChannelWriter<TextPiece> Pieces, CancellationToken Cancellation);
}
