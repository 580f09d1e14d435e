using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Retort.Asking;

/// <summary>Asks a server that speaks the protocol of OpenAI's chat endpoint.</summary>
/// <remarks>
/// <para>Everything that comes back is mistrusted: bodies are bounded, and what lacks a message is a failure, never an
/// exception of the parser's.</para>
/// <para>Each request carries an <c>Idempotency-Key</c> made of its body, by which servers that know the header (`retort
/// serve` does) give an answer again without computing it again.</para>
/// </remarks>
public sealed class OpenAiChatClient : IChatClient
{
    private const int MostBytes = 16 << 20;
    private static readonly HashSet<HttpStatusCode> Passing =
    [
        HttpStatusCode.RequestTimeout, HttpStatusCode.Conflict, HttpStatusCode.TooManyRequests,
        HttpStatusCode.InternalServerError,
        HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout,
    ];

    private readonly HttpClient _http;
    private readonly string _model;

    /// <summary>Creates a client; nothing is sent yet.</summary>
    /// <param name="url">Where the endpoints are, with a slash at the end.</param>
    /// <param name="model">The model's name there.</param>
    /// <param name="key">The key, or null to send none.</param>
    public OpenAiChatClient(Uri url, string model, string? key)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentException.ThrowIfNullOrEmpty(model);
        _model = model;
        // A redirection would carry the question, and perhaps the key, to somewhere that the user did not name.
        _http = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            BaseAddress = url,
            MaxResponseContentBufferSize = MostBytes,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (!string.IsNullOrEmpty(key))
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <inheritdoc/>
    /// <exception cref="ChatFailureException">There was no answer, or none that can be understood.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        byte[] body = Body(messages, options);
        using var request = new HttpRequestMessage(HttpMethod.Post, "chat/completions") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Idempotency-Key", Convert.ToHexStringLower(SHA256.HashData(body)));
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            byte[] reply = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? Read(reply) : throw Failure(response, reply);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Too long a body would be too long again; a lost connection may be found.
            bool isTooLong = e is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded };
            throw new ChatFailureException($"'{_http.BaseAddress}' did not answer: {e.Message}", !isTooLong, inner: e);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The answer comes as a whole: annotation has no use for parts.</remarks>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChatResponse whole = await GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        foreach (ChatResponseUpdate update in whole.ToChatResponseUpdates())
            yield return update;
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private byte[] Body(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var list = new JsonArray();
        foreach (ChatMessage message in messages)
            list.Add(new JsonObject { ["role"] = message.Role.Value, ["content"] = message.Text });
        var body = new JsonObject { ["model"] = options?.ModelId ?? _model, ["messages"] = list };
        if (options?.Temperature is { } temperature)
            body["temperature"] = temperature;
        if (options?.TopP is { } topP)
            body["top_p"] = topP;
        if (options?.MaxOutputTokens is { } tokens)
            body["max_tokens"] = tokens;
        if (options?.Seed is { } seed)
            body["seed"] = seed;
        if (options?.StopSequences is { Count: > 0 } stops)
            body["stop"] = new JsonArray([.. stops.Select(s => (JsonNode)s)]);
        return Encoding.UTF8.GetBytes(body.ToJsonString());
    }

    private static ChatResponse Read(byte[] reply)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(reply);
            JsonElement root = document.RootElement, choice = root.GetProperty("choices")[0];
            JsonElement content = choice.GetProperty("message").GetProperty("content");
            // A refusal is an answer too: one without content.
            string text = content.ValueKind == JsonValueKind.Null ? string.Empty : content.GetString() ?? string.Empty;
            string? reason = choice.TryGetProperty("finish_reason", out JsonElement why) ? why.GetString() : null;
            return new ChatResponse(new ChatMessage(ChatRole.Assistant, text))
            {
                FinishReason = reason is null ? null : new ChatFinishReason(reason),
                Usage = root.TryGetProperty("usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.Object
                    ? new UsageDetails
                    {
                        InputTokenCount = Count(usage, "prompt_tokens"),
                        OutputTokenCount = Count(usage, "completion_tokens"),
                    }
                    : null,
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException
            or IndexOutOfRangeException or ArgumentException)
        {
            throw new ChatFailureException(
                $"the server's reply cannot be understood ({e.Message.TrimEnd('.')}); it begins: {Beginning(reply)}",
                isPassing: true, inner: e);
        }
    }

    private static long? Count(JsonElement usage, string name) =>
        usage.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out long count) && count >= 0 ? count : null;

    private static ChatFailureException Failure(HttpResponseMessage response, byte[] reply) => new(
        string.Create(CultureInfo.InvariantCulture, $"the server answered {(int)response.StatusCode}: {MessageIn(reply)}"),
        Passing.Contains(response.StatusCode),
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - DateTimeOffset.UtcNow,
            _ => null,
        });

    private static string MessageIn(byte[] reply)
    {
        try
        {
            return JsonNode.Parse(reply)?["error"]?["message"]?.GetValue<string>() ?? Beginning(reply);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return Beginning(reply);
        }
    }

    // One line of what may be anything.
    private static string Beginning(byte[] reply)
    {
        const int length = 120;
        string text = Encoding.UTF8.GetString(reply.AsSpan(0, Math.Min(reply.Length, length)));
        return text.Length == 0 ? "nothing" : string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
    }
}
