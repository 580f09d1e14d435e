using System.Buffers;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using HttpProtocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Retort.Runs;

namespace Retort.Serving;

/// <summary>Serves a text source over HTTP, by the protocol of OpenAI's endpoints: <c>/v1/chat/completions</c>,
/// <c>/v1/completions</c>, <c>/v1/models</c>, and <c>/health</c>.</summary>
/// <remarks>Answers stream where a request asks for it. Requests are bounded, answered in the order in which they came, and
/// refused with 429 where too many wait. A request with an <c>Idempotency-Key</c> that was answered before gets the same answer
/// again.</remarks>
public sealed class TextServer : IAsyncDisposable
{
    private readonly TextSource _source;
    private readonly ServerOptions _options;
    private readonly GenerationQueue _queue;
    private readonly ReplyMemory _memory = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly byte[]? _key;
    private WebApplication? _app;
    private long _replies;

    private TextServer(TextSource source, ServerOptions options)
    {
        _source = source;
        _options = options;
        _key = options.Key is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(options.Key));
        _queue = new GenerationQueue(source, options.MaxWaiting);
    }

    /// <summary>Where it listens, as <c>http://127.0.0.1:8080</c>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>How many answers were written; one that was remembered and given again is not counted again.</summary>
    public long Replies => Interlocked.Read(ref _replies);

    /// <summary>Starts a server.</summary>
    /// <param name="source">What it serves; the caller keeps it, and disposes of it after the server.</param>
    /// <param name="options">Where and for whom.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="RunException">It would answer everybody on an address that others reach, or the port is
    /// taken.</exception>
    public static async Task<TextServer> StartAsync(
        TextSource source, ServerOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        if (!IPAddress.IsLoopback(options.Address) && string.IsNullOrEmpty(options.Key))
        {
            throw new RunException(
                $"on {options.Address} others could reach the server, and it has no key; give one, or serve on "
                + "127.0.0.1.", isInputWrong: true);
        }

        var server = new TextServer(source, options);
        try
        {
            await server.StartAsync(cancellation).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops: takes no more requests, lets those under way end within <see cref="ServerOptions.Grace"/>, then cuts them
    /// off.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            using var grace = new CancellationTokenSource(_options.Grace);
            await app.StopAsync(grace.Token).ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
            _app = null;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        _queue.Dispose();
        _stopping.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellation)
    {
        // An empty builder reads no settings from the environment or the working folder, and logs nothing.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = _options.Grace);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = _options.MaxRequestBytes;
            kestrel.Limits.MaxConcurrentConnections = 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Listen(_options.Address, _options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
        try
        {
            await _app.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new RunException(string.Create(
                CultureInfo.InvariantCulture, $"cannot listen on {_options.Address} port {_options.Port}: {e.Message}"),
                isInputWrong: true, e);
        }

        Address = new Uri(_app.Urls.First());
    }

    private async Task AnswerAsync(HttpContext http)
    {
        try
        {
            RequireHost(http.Request);
            RequireKey(http);
            string path = http.Request.Path.Value ?? string.Empty;
            switch (path)
            {
                case "/health" when Is(http, "GET"):
                    await WriteAsync(http, 200, new JsonObject { ["status"] = "ok" }).ConfigureAwait(false);
                    break;
                case "/v1/models" when Is(http, "GET"):
                    await WriteAsync(http, 200, Models()).ConfigureAwait(false);
                    break;
                case "/v1/chat/completions" or "/v1/completions" when Is(http, "POST"):
                    await GenerateAsync(http, isChat: path == "/v1/chat/completions").ConfigureAwait(false);
                    break;
                case "/health" or "/v1/models" or "/v1/chat/completions" or "/v1/completions":
                    throw new ApiException(405, $"{http.Request.Method} is not answered at {path}.");
                default:
                    throw new ApiException(
                        404, "there is nothing here; there are: /v1/chat/completions, /v1/completions, /v1/models, /health.");
            }
        }
        catch (OperationCanceledException)
        {
            http.Abort();
        }
        catch (Exception e) when (e is ApiException or BadHttpRequestException)
        {
            await FailAsync(http, e as ApiException
                ?? new ApiException(((BadHttpRequestException)e).StatusCode, e.Message)).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // one request's failure is that request's answer
        catch (Exception e)
#pragma warning restore CA1031
        {
            await FailAsync(http, new ApiException(500, $"the model failed: {e.Message.Split('\n')[0]}")).ConfigureAwait(false);
        }
    }

    private static bool Is(HttpContext http, string method) => http.Request.Method == method;

    // A page in a browser may send requests to this machine under a name of its own; it cannot choose the Host to be loopback.
    private void RequireHost(HttpRequest request)
    {
        string host = request.Host.Host.Trim('[', ']');
        bool isLoopback = host == "localhost"
            || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));
        if (IPAddress.IsLoopback(_options.Address) && !isLoopback)
            throw new ApiException(403, "this server answers requests to this machine alone.");
    }

    private void RequireKey(HttpContext http)
    {
        if (_key is null)
            return;
        const string scheme = "Bearer ";
        string given = http.Request.Headers.Authorization.ToString();
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(
            given.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? given[scheme.Length..] : string.Empty));
        if (!CryptographicOperations.FixedTimeEquals(hash, _key))
            throw new ApiException(
                401, "the API key is missing or wrong: send it as 'Authorization: Bearer KEY'.", code: "invalid_api_key");
    }

    private JsonObject Models() => new()
    {
        ["object"] = "list",
        ["data"] = new JsonArray(
            new JsonObject { ["id"] = _source.Name, ["object"] = "model", ["created"] = 0, ["owned_by"] = "retort" }),
    };

    private async Task GenerateAsync(HttpContext http, bool isChat)
    {
        // A page of another site can send text without being asked about it, but not JSON.
        if (http.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
            throw new ApiException(415, "the body must be of the type application/json.");
        ReadOnlyMemory<byte> body = await ReadAsync(http).ConfigureAwait(false);
        // Without a seed every request is drawn anew.
        ulong seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        ApiRequest request = ApiRequest.Read(body, isChat, _options.MaxTokens, seed);
        if (request.Model != _source.Name)
            throw new ApiException(
                404, $"there is no model '{request.Model}'; this server serves '{_source.Name}'.", "model", "model_not_found");
        int room = _source.Room(request.Text);
        if (room < 1)
            throw new ApiException(400, "the text is as long as the model can see, which leaves no room for an answer.",
                code: "context_length_exceeded");
        request = request with { Text = request.Text with { MaxTokens = Math.Min(request.Text.MaxTokens, room) } };
        var json = new ApiJson(
            $"{(isChat ? "chatcmpl" : "cmpl")}-{Guid.NewGuid():N}", _source.Name,
            DateTimeOffset.UtcNow.ToUnixTimeSeconds(), isChat);
        if (request.Stream)
        {
            await StreamAsync(http, request, json).ConfigureAwait(false);
            return;
        }

        string? key = http.Request.Headers["Idempotency-Key"].FirstOrDefault();
        byte[] reply = key is { Length: > 0 and <= 256 }
            ? await _memory.Get($"{http.Request.Path} {key}", body,
                () => WholeAsync(request, json, _stopping.Token)).ConfigureAwait(false)
            : await WholeAsync(request, json, http.RequestAborted).ConfigureAwait(false);
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = reply.Length;
        await http.Response.Body.WriteAsync(reply, http.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext http)
    {
        var body = new ArrayBufferWriter<byte>();
        int read;
        do
        {
            read = await http.Request.Body.ReadAsync(body.GetMemory(4096), http.RequestAborted).ConfigureAwait(false);
            body.Advance(read);
        }
        while (read > 0);
        return body.WrittenMemory;
    }

    private async Task<byte[]> WholeAsync(ApiRequest request, ApiJson json, CancellationToken cancellation)
    {
        var pieces = new List<TextPiece>();
        string reason = await EachAsync(
            request, piece =>
            {
                pieces.Add(piece);
                return Task.CompletedTask;
            },
            cancellation).ConfigureAwait(false);
        Interlocked.Increment(ref _replies);
        return Encoding.UTF8.GetBytes(
            json.Whole(pieces, request.Text.Alternatives is not null, reason, _source.CountTokens(request.Text)).ToJsonString());
    }

    private async Task StreamAsync(HttpContext http, ApiRequest request, ApiJson json)
    {
        Decoder decoder = Encoding.UTF8.GetDecoder();
        int written = 0, offset = 0;
        async Task SendAsync(JsonNode? part)
        {
            string text = part?.ToJsonString() ?? "[DONE]";
            await http.Response.WriteAsync($"data: {text}\n\n", http.RequestAborted).ConfigureAwait(false);
            await http.Response.Body.FlushAsync(http.RequestAborted).ConfigureAwait(false);
        }

        string Decode(ReadOnlyMemory<byte> bytes, bool flush)
        {
            var characters = new char[bytes.Length + 3];
            return new string(characters, 0, decoder.GetChars(bytes.Span, characters, flush));
        }

        async Task SeeAsync(TextPiece piece)
        {
            if (written == 0)
                Begin(http);
            string text = Decode(piece.Bytes, flush: false);
            TextPiece? shown = request.Text.Alternatives is null ? null : piece;
            if (text.Length > 0 || shown is not null)
                await SendAsync(json.Part(text, shown, offset, isFirst: written == 0, reason: null)).ConfigureAwait(false);
            offset += text.Length;
            written++;
        }

        string reason = await EachAsync(request, SeeAsync, http.RequestAborted).ConfigureAwait(false);
        if (written == 0)
            Begin(http);
        string rest = Decode(ReadOnlyMemory<byte>.Empty, flush: true);
        if (rest.Length > 0)
            await SendAsync(json.Part(rest, null, offset, isFirst: false, reason: null)).ConfigureAwait(false);
        await SendAsync(json.Part(string.Empty, null, offset, isFirst: written == 0, reason)).ConfigureAwait(false);
        if (request.IncludeUsage)
            await SendAsync(json.UsagePart(_source.CountTokens(request.Text), written)).ConfigureAwait(false);
        await SendAsync(null).ConfigureAwait(false);
        Interlocked.Increment(ref _replies);
    }

    private static void Begin(HttpContext http)
    {
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-cache";
    }

    // Gives what is to be shown, and why the text ended.
    private async Task<string> EachAsync(ApiRequest request, Func<TextPiece, Task> see, CancellationToken cancellation)
    {
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping.Token);
        ChannelReader<TextPiece> pieces = _queue.Ask(request.Text, abandon.Token);
        var filter = new StopFilter(request.Text.Stop);
        try
        {
            int count = 0;
            await foreach (TextPiece piece in pieces.ReadAllAsync(abandon.Token).ConfigureAwait(false))
            {
                count++;
                foreach (TextPiece shown in filter.Add(piece))
                    await see(shown).ConfigureAwait(false);
                if (filter.IsStopped)
                    return "stop";
            }

            abandon.Token.ThrowIfCancellationRequested();
            foreach (TextPiece shown in filter.End())
                await see(shown).ConfigureAwait(false);
            return count >= request.Text.MaxTokens ? "length" : "stop";
        }
        finally
        {
            await abandon.CancelAsync().ConfigureAwait(false);
        }
    }

    private static async Task FailAsync(HttpContext http, ApiException error)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        if (error.Status == 429)
            http.Response.Headers.RetryAfter = "1";
        await WriteAsync(http, error.Status, ApiJson.Error(error)).ConfigureAwait(false);
    }

    private static Task WriteAsync(HttpContext http, int status, JsonObject body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(body.ToJsonString(), http.RequestAborted);
    }

    /// <summary>Signals are the program's business, not the server's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
