using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Retort.Tests.Cli;

/// <summary>Takes what OpenTelemetry's exporter sends over HTTP on the loopback interface.</summary>
internal sealed class Collector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _loop;

    public Collector()
    {
        using (TcpListener probe = new(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _loop = Task.Run(ServeAsync);
    }

    public string Address { get; }

    /// <summary>Path and body of each request: protocol buffers, read as Latin-1, so that names can be looked for.</summary>
    public List<(string Path, string Body)> Requests { get; } = [];

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

            using var reader = new StreamReader(context.Request.InputStream, Encoding.Latin1);
            string body = await reader.ReadToEndAsync();
            lock (Requests)
                Requests.Add((context.Request.Url!.AbsolutePath, body));
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
    }
}
