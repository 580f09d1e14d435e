using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Retort.Tests.Asking;

/// <summary>A chat endpoint that does to each request what a test says, over bare sockets.</summary>
internal sealed class MisbehavingServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, string, string> _behave;
    private int _requests, _open;

    /// <param name="behave">Gives what to do with the k-th request, from 0, about this prompt: a whole HTTP response, or
    /// "hang".</param>
    public MisbehavingServer(Func<int, string, string> behave)
    {
        _behave = behave;
        _listener.Start();
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1");
        _ = Task.Run(AcceptAsync);
    }

    public string Url { get; }

    public int Requests => _requests;

    /// <summary>Requests that are being answered or wait for it: what a client that is killed now leaves behind.</summary>
    public int Open => Volatile.Read(ref _open) + (_listener.Pending() ? 1 : 0);

    /// <summary>Questions that got a whole, paid answer, one entry an answer.</summary>
    public ConcurrentQueue<string> Paid { get; } = [];

    public ConcurrentQueue<DateTime> Times { get; } = [];

    public static string Answer(string text, string reason = "stop") => Ok(JsonSerializer.Serialize(new
    {
        choices = new[] { new { message = new { role = "assistant", content = text }, finish_reason = reason } },
        usage = new { prompt_tokens = 10, completion_tokens = 5 },
    }));

    public static string Ok(string body) => Status("200 OK", body);

    public static string Status(string status, string body, string headers = "") => string.Create(
        CultureInfo.InvariantCulture,
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}");

    /// <summary>The response without its end, as a lost connection leaves it.</summary>
    public static string CutOff(string response) => response[..^20];

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _open);
                _ = Task.Run(() => AnswerAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                NetworkStream stream = client.GetStream();
                string prompt = await ReadPromptAsync(stream);
                Times.Enqueue(DateTime.UtcNow);
                string response = _behave(Interlocked.Increment(ref _requests) - 1, prompt);
                if (response == "hang")
                {
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                    return;
                }

                await stream.WriteAsync(Encoding.UTF8.GetBytes(response));
                if (response.EndsWith("\"completion_tokens\":5}}", StringComparison.Ordinal))
                    Paid.Enqueue(prompt);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away, or the test is over.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private static async Task<string> ReadPromptAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[4096];
        while (true)
        {
            int read = await stream.ReadAsync(buffer);
            if (read == 0)
                throw new IOException("the client went away.");
            bytes.AddRange(buffer.AsSpan(0, read));
            string text = Encoding.UTF8.GetString([.. bytes]);
            int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0)
                continue;
            int length = int.Parse(
                text[..end].Split("\r\n").First(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Split(
                    ':')[1],
                CultureInfo.InvariantCulture);
            if (Encoding.UTF8.GetByteCount(text[(end + 4)..]) < length)
                continue;
            JsonElement messages = JsonDocument.Parse(text[(end + 4)..]).RootElement.GetProperty("messages");
            return messages[messages.GetArrayLength() - 1].GetProperty("content").GetString()!;
        }
    }
}
