namespace Retort.Asking;

/// <summary>What a chat teacher answered, as the journal keeps it.</summary>
public sealed record Reply
{
    /// <summary>Hash of the question, the teacher, and which attempt it was.</summary>
    public required string Key { get; init; }

    /// <summary>What it wrote.</summary>
    public required string Text { get; init; }

    /// <summary>Whether it was cut off before its end.</summary>
    public bool IsCut { get; init; }

    /// <summary>Tokens of the question, as the teacher counted them.</summary>
    public long InputTokens { get; init; }

    /// <summary>Tokens of the answer, as the teacher counted them.</summary>
    public long OutputTokens { get; init; }
}
