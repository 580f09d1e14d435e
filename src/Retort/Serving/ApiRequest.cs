using System.Globalization;
using System.Text.Json;

namespace Retort.Serving;

/// <summary>A request of OpenAI's chat or completion endpoint, read with suspicion.</summary>
internal sealed record ApiRequest
{
    private const int MostMessages = 1024;
    private const int MostStops = 16;
    private const int LongestStop = 256;
    private const int MostAlternatives = 20;

    // What OpenAI's completion endpoint writes where nobody says how much.
    private const int UsualCompletion = 16;
    private static readonly string[] Roles = ["system", "developer", "user", "assistant"];
    private static readonly string[] Unsupported =
    [
        "tools", "functions", "response_format", "suffix", "logit_bias", "modalities",
    ];

    public required string Model { get; init; }

    public required bool IsChat { get; init; }

    public required TextRequest Text { get; init; }

    public bool Stream { get; init; }

    public bool IncludeUsage { get; init; }

    /// <summary>Reads a body.</summary>
    /// <param name="body">JSON.</param>
    /// <param name="isChat">Whether it went to the chat endpoint.</param>
    /// <param name="mostTokens">The most tokens that it may ask for.</param>
    /// <param name="seed">The seed where it names none.</param>
    /// <exception cref="ApiException">Something is missing, of another type or out of range.</exception>
    public static ApiRequest Read(ReadOnlyMemory<byte> body, bool isChat, int mostTokens, ulong seed)
    {
        using JsonDocument document = Parse(body);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new ApiException(400, "the body must be a JSON object.");
        foreach (string name in Unsupported.Where(n => Find(root, n) is { } value && !IsPlainText(n, value)))
            throw new ApiException(400, $"'{name}' is not supported here.", name, "unsupported_parameter");
        if (Integer(root, "n", 1, 128) is > 1)
            throw new ApiException(400, "'n' must be 1: ask again with another seed.", "n", "unsupported_value");
        if (Boolean(root, "echo"))
            throw new ApiException(400, "'echo' is not supported here.", "echo", "unsupported_parameter");
        return new ApiRequest
        {
            Model = TextOf(root, "model") ?? throw new ApiException(400, "'model' is missing.", "model"),
            IsChat = isChat,
            Stream = Boolean(root, "stream"),
            IncludeUsage = Find(root, "stream_options") is { ValueKind: JsonValueKind.Object } stream
                && Boolean(stream, "include_usage"),
            Text = new TextRequest
            {
                Messages = isChat ? Messages(root) : [new TextMessage(string.Empty, Prompt(root))],
                MaxTokens = (int)Math.Min(
                    mostTokens,
                    Integer(root, "max_completion_tokens", 1, int.MaxValue) ?? Integer(root, "max_tokens", 1, int.MaxValue)
                        ?? (isChat ? mostTokens : UsualCompletion)),
                Temperature = Number(root, "temperature", 0, 2) ?? 1,
                TopP = Number(root, "top_p", double.Epsilon, 1) ?? 1,
                Seed = Integer(root, "seed", long.MinValue, long.MaxValue) is { } chosen ? unchecked((ulong)chosen) : seed,
                Stop = Stops(root),
                Alternatives = isChat
                    ? Boolean(root, "logprobs") ? (int)(Integer(root, "top_logprobs", 0, MostAlternatives) ?? 0) : null
                    : (int?)Integer(root, "logprobs", 0, MostAlternatives),
            },
        };
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
        }
        catch (JsonException e)
        {
            throw new ApiException(400, string.Create(
                CultureInfo.InvariantCulture,
                $"the body is not valid JSON (line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1})."));
        }
    }

    // {"type": "text"} is what is given anyway.
    private static bool IsPlainText(string name, JsonElement value) => name == "response_format"
        && value.ValueKind == JsonValueKind.Object && value.TryGetProperty("type", out JsonElement type)
        && type.ValueKind == JsonValueKind.String && type.ValueEquals("text");

    private static TextMessage[] Messages(JsonElement root)
    {
        if (Find(root, "messages") is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() is 0 or > MostMessages)
            throw new ApiException(400, $"'messages' must be a list of 1 to {MostMessages} messages.", "messages");
        return [.. list.EnumerateArray().Select((m, k) => Message(m, $"messages[{k}]"))];
    }

    private static TextMessage Message(JsonElement message, string place)
    {
        string? role = message.ValueKind == JsonValueKind.Object ? TextOf(message, "role") : null;
        if (role is null || !Roles.Contains(role))
            throw new ApiException(400, $"'{place}.role' must be one of: {string.Join(", ", Roles)}.", place);
        string content = Find(message, "content") switch
        {
            { ValueKind: JsonValueKind.String } text => Decode(text, place),
            { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(p => Part(p, place))),
            _ => throw new ApiException(400, $"'{place}.content' must be a text, or a list of text parts.", place),
        };
        return new TextMessage(role, content);
    }

    private static string Part(JsonElement part, string place) =>
        part.ValueKind == JsonValueKind.Object && TextOf(part, "type") == "text" && TextOf(part, "text") is { } text
            ? text
            : throw new ApiException(
                400, $"'{place}.content' holds a part that is no text; only text is understood here.", place);

    private static string Prompt(JsonElement root) => Find(root, "prompt") switch
    {
        { ValueKind: JsonValueKind.String } text => Decode(text, "prompt"),
        { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() == 1 && list[0].ValueKind == JsonValueKind.String =>
            Decode(list[0], "prompt"),
        _ => throw new ApiException(400, "'prompt' must be one text.", "prompt"),
    };

    private static string[] Stops(JsonElement root)
    {
        JsonElement[] found = Find(root, "stop") switch
        {
            null => [],
            { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Take(MostStops + 1)],
            { } single => [single],
        };
        return found.Length <= MostStops
            && found.All(s => s.ValueKind == JsonValueKind.String && Decode(s, "stop").Length is > 0 and <= LongestStop)
            ? [.. found.Select(s => s.GetString()!)]
            : throw new ApiException(
                400, $"'stop' must be a text, or at most {MostStops} of them, of 1 to {LongestStop} characters each.", "stop");
    }

    private static JsonElement? Find(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? TextOf(JsonElement root, string name) => Find(root, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => Decode(text, name),
        _ => throw new ApiException(400, $"'{name}' must be a text.", name),
    };

    // Half a surrogate pair is JSON, and no text.
    private static string Decode(JsonElement text, string name)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new ApiException(400, $"'{name}' is not valid Unicode.", name);
        }
    }

    private static bool Boolean(JsonElement root, string name) => Find(root, name) switch
    {
        null => false,
        { ValueKind: JsonValueKind.True or JsonValueKind.False } value => value.GetBoolean(),
        _ => throw new ApiException(400, $"'{name}' must be true or false.", name),
    };

    private static long? Integer(JsonElement root, string name, long least, long most) => Find(root, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out long number)
            && number >= least && number <= most => number,
        _ => throw new ApiException(
            400, FormattableString.Invariant($"'{name}' must be a whole number from {least} to {most}."), name),
    };

    private static double? Number(JsonElement root, string name, double least, double most) => Find(root, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out double number)
            && number >= least && number <= most => number,
        _ => throw new ApiException(
            400, FormattableString.Invariant($"'{name}' must be {(least > 0 ? "above 0" : "from 0")} and at most {most}."), name),
    };
}
