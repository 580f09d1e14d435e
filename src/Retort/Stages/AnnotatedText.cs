using System.ComponentModel.DataAnnotations;

namespace Retort.Stages;

/// <summary>What a recipe may write for a further text of each sample: a second task, or an explanation.</summary>
[Noun("text")]
public sealed record AnnotatedText
{
    /// <summary>What stands before what is to be written.</summary>
    [MinLength(1)]
    public required string Prompt { get; init; }

    /// <summary>What is to be written.</summary>
    public string Completion { get; init; } = "{reply}";

    /// <summary>Bytes of both together at most; a sample whose text is longer is refused.</summary>
    [Range(2, 1 << 20)]
    public int MaxLength { get; init; } = 256;
}
