namespace Retort.Serving;

/// <summary>What somebody wants a text source to write.</summary>
public sealed record TextRequest
{
    /// <summary>The conversation so far; a single message without a role where a text is to be continued.</summary>
    public required IReadOnlyList<TextMessage> Messages { get; init; }

    /// <summary>Tokens at most, at least 1.</summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>What logits are divided by before a token is drawn; 0 takes the likeliest.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Draw among the fewest tokens that have this share of the probability together, in (0, 1].</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Decides what is drawn: the same request with the same seed gives the same text.</summary>
    public ulong Seed { get; init; }

    /// <summary>The text ends before any of these.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>How many of the likeliest tokens are told with each piece; null to tell no probabilities.</summary>
    public int? Alternatives { get; init; }

    /// <summary>The text that is to be continued: what was said, one message after another on lines of their own.</summary>
    public string Prompt => string.Join('\n', Messages.Select(m => m.Content));
}
