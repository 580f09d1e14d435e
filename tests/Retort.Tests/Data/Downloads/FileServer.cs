using System.Net;
using System.Net.Sockets;

namespace Retort.Tests.Data.Downloads;

/// <summary>A small publisher on the loopback interface, which can be told to misbehave.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, byte[]> _files = [];
    private readonly Task _loop;

    public FileServer()
    {
        using (TcpListener probe = new(IPAddress.Loopback, 0))
        {
            probe.Start();
            Root = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }
        _listener.Prefixes.Add(Root.ToString());
        _listener.Start();
        _loop = Task.Run(ServeAsync);
    }

    public Uri Root { get; }

    /// <summary>The ranges that were asked for, in order; empty for a whole file.</summary>
    public List<string> Ranges { get; } = [];

    /// <summary>Break off after so many bytes, as often as there are entries.</summary>
    public Queue<int> BreakAfter { get; } = new();

    public bool IgnoreRanges { get; set; }

    public Uri Add(string name, byte[] content)
    {
        _files[name] = content;
        return new Uri(Root, name);
    }

    public void Dispose()
    {
        _listener.Close();
        _loop.Wait(TimeSpan.FromSeconds(5));
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            try
            {
                await AnswerAsync(context);
            }
            catch (HttpListenerException)
            {
                context.Response.Abort();
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        HttpListenerResponse response = context.Response;
        string range = context.Request.Headers["Range"] ?? "";
        Ranges.Add(range);
        if (!_files.TryGetValue(context.Request.Url!.AbsolutePath[1..], out byte[]? content))
        {
            response.StatusCode = 404;
            response.Close();
            return;
        }
        int start = 0;
        if (range.Length > 0 && !IgnoreRanges)
        {
            start = int.Parse(range["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
            if (start >= content.Length)
            {
                response.StatusCode = 416;
                response.Close();
                return;
            }
            response.StatusCode = 206;
            response.Headers["Content-Range"] = $"bytes {start}-{content.Length - 1}/{content.Length}";
        }
        response.ContentLength64 = content.Length - start;
        int count = BreakAfter.TryDequeue(out int broken) ? Math.Min(broken, content.Length - start) : content.Length - start;
        await response.OutputStream.WriteAsync(content.AsMemory(start, count));
        await response.OutputStream.FlushAsync();
        if (start + count < content.Length)
            response.Abort();
        else
            response.Close();
    }
}
