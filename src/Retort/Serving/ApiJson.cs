using System.Text;
using System.Text.Json.Nodes;

namespace Retort.Serving;

/// <summary>Writes answers in the form of OpenAI's chat and completion endpoints.</summary>
/// <param name="id">What the answer is called.</param>
/// <param name="model">Who gives it.</param>
/// <param name="created">When, in seconds since 1970.</param>
/// <param name="isChat">Whether it is a message, or the continuation of a text.</param>
internal sealed class ApiJson(string id, string model, long created, bool isChat)
{
    /// <summary>A whole answer.</summary>
    public JsonObject Whole(IReadOnlyList<TextPiece> pieces, bool withLogProbabilities, string reason, int promptTokens)
    {
        string text = Encoding.UTF8.GetString([.. pieces.SelectMany(p => p.Bytes.ToArray())]);
        var choice = new JsonObject { ["index"] = 0 };
        if (isChat)
            choice["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text, ["refusal"] = null };
        else
            choice["text"] = text;
        choice["logprobs"] = withLogProbabilities ? LogProbabilities(pieces, 0) : null;
        choice["finish_reason"] = reason;
        JsonObject answer = Envelope(isChat ? "chat.completion" : "text_completion", choice);
        answer["usage"] = Usage(promptTokens, pieces.Count);
        return answer;
    }

    /// <summary>A part of a streamed answer.</summary>
    /// <param name="text">What it adds.</param>
    /// <param name="piece">The token, where probabilities are told; else null.</param>
    /// <param name="offset">Characters before it.</param>
    /// <param name="isFirst">Whether it is the first part.</param>
    /// <param name="reason">Why the answer ends; null where it goes on.</param>
    public JsonObject Part(string text, TextPiece? piece, int offset, bool isFirst, string? reason)
    {
        var choice = new JsonObject { ["index"] = 0 };
        if (isChat)
        {
            var delta = new JsonObject();
            if (isFirst)
                delta["role"] = "assistant";
            if (reason is null)
                delta["content"] = text;
            choice["delta"] = delta;
        }
        else
        {
            choice["text"] = text;
        }

        choice["logprobs"] = piece is null ? null : LogProbabilities([piece], offset);
        choice["finish_reason"] = reason;
        return Envelope(isChat ? "chat.completion.chunk" : "text_completion", choice);
    }

    /// <summary>The last part of a streamed answer, where it was asked for: what it cost.</summary>
    public JsonObject UsagePart(int promptTokens, int tokens)
    {
        JsonObject part = Envelope(isChat ? "chat.completion.chunk" : "text_completion", null);
        part["usage"] = Usage(promptTokens, tokens);
        return part;
    }

    /// <summary>An error.</summary>
    public static JsonObject Error(ApiException error) => new()
    {
        ["error"] = new JsonObject
        {
            ["message"] = error.Message,
            ["type"] = error.Type,
            ["param"] = error.Parameter,
            ["code"] = error.Code,
        },
    };

    private JsonObject Envelope(string kind, JsonObject? choice) => new()
    {
        ["id"] = id,
        ["object"] = kind,
        ["created"] = created,
        ["model"] = model,
        ["choices"] = choice is null ? new JsonArray() : new JsonArray(choice),
    };

    private static JsonObject Usage(int prompt, int written) => new()
    {
        ["prompt_tokens"] = prompt,
        ["completion_tokens"] = written,
        ["total_tokens"] = prompt + written,
    };

    private JsonObject LogProbabilities(IReadOnlyList<TextPiece> pieces, int offset)
    {
        if (isChat)
        {
            return new JsonObject
            {
                ["content"] = new JsonArray([.. pieces.Select(p =>
                {
                    JsonObject token = Token(p.Bytes, p.LogProbability ?? 0);
                    token["top_logprobs"] = new JsonArray([.. p.Alternatives.Select(a => Token(a.Bytes, a.LogProbability))]);
                    return token;
                })]),
                ["refusal"] = null,
            };
        }

        var places = new JsonArray();
        foreach (TextPiece piece in pieces)
        {
            places.Add(offset);
            offset += Encoding.UTF8.GetString(piece.Bytes.Span).Length;
        }

        return new JsonObject
        {
            ["tokens"] = new JsonArray([.. pieces.Select(p => (JsonNode)Name(p.Bytes))]),
            ["token_logprobs"] = new JsonArray([.. pieces.Select(p => (JsonNode)(p.LogProbability ?? 0))]),
            ["top_logprobs"] = new JsonArray([.. pieces.Select(Best)]),
            ["text_offset"] = places,
        };
    }

    // Bytes that are no text of their own are told apart by their names.
    private static JsonObject Best(TextPiece piece)
    {
        var best = new JsonObject();
        foreach (TokenChance chance in piece.Alternatives)
            best[Name(chance.Bytes)] = chance.LogProbability;
        return best;
    }

    private static JsonObject Token(ReadOnlyMemory<byte> bytes, double chance) => new()
    {
        ["token"] = Name(bytes),
        ["logprob"] = chance,
        ["bytes"] = new JsonArray([.. bytes.ToArray().Select(b => (JsonNode)(int)b)]),
    };

    // OpenAI's own form for bytes that are no characters: bytes:\xe2\x82.
    private static string Name(ReadOnlyMemory<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes.Span);
        return text.Contains('\uFFFD', StringComparison.Ordinal)
            ? "bytes:" + string.Concat(bytes.ToArray().Select(b => $"\\x{b:x2}"))
            : text.Length == 0 ? "<|end|>" : text;
    }
}
