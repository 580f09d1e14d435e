using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Retort.Data;

/// <summary>Reads batches ahead on a thread of its own; at most a given number of them wait.</summary>
/// <remarks>The thread copies memory and decodes files but calls no operator of libtorch, whose own threads would then be two
/// sets.</remarks>
internal sealed class Prefetcher : IDisposable
{
    private readonly BlockingCollection<Batch> _ready;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationToken _caller;
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;

    public Prefetcher(Func<int, Batch> read, int firstStep, int steps, int ahead, CancellationToken cancellation)
    {
        _ready = new BlockingCollection<Batch>(ahead);
        _caller = cancellation;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _thread = new Thread(() => Run(read, firstStep, steps)) { IsBackground = true, Name = "retort data" };
        _thread.Start();
    }

    /// <summary>The next batch, owned by the scope that is open now; null at the end.</summary>
    public Batch? Next()
    {
        _caller.ThrowIfCancellationRequested();
        Batch batch;
        try
        {
            batch = _ready.Take(_caller);
        }
        catch (InvalidOperationException)
        {
            // Nothing more will come: the end, or what the thread met.
            _failure?.Throw();
            return null;
        }

        Batch owned = new(
            batch.Input.Share(), batch.Labels.Share(), batch.Index.Share(), batch.Targets?.Share(),
            batch.Names.ToDictionary(name => name, name => batch[name].Share()));
        Free(batch);
        return owned;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        while (_ready.TryTake(out Batch? batch))
            Free(batch);
        _ready.Dispose();
        _stop.Dispose();
    }

    private static void Free(Batch batch)
    {
        batch.Input.Dispose();
        batch.Labels.Dispose();
        batch.Index.Dispose();
        batch.Targets?.Dispose();
        foreach (string name in batch.Names)
            batch[name].Dispose();
    }

    // Whatever the thread meets belongs to the consumer, who gets it in the place of the batch that failed.
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Design", "CA1031", Justification = "Thrown again on the consumer's thread.")]
    private void Run(Func<int, Batch> read, int firstStep, int steps)
    {
        Batch? batch = null;
        try
        {
            for (int step = firstStep; step < steps; step++)
            {
                batch = read(step);
                _ready.Add(batch, _stop.Token);
                batch = null;
            }
        }
        catch (Exception error)
        {
            if (batch is not null)
                Free(batch);
            if (!_stop.IsCancellationRequested)
                _failure = ExceptionDispatchInfo.Capture(error);
        }
        finally
        {
            _ready.CompleteAdding();
        }
    }
}
