using System.ComponentModel.DataAnnotations;
using Retort.Generation;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>generate:</c>.</summary>
public sealed record GenerateStageOptions : StageOptions
{
    /// <summary>The model that writes: a train stage, or a role with weights.</summary>
    public required string Writer { get; init; }

    /// <summary>Texts to write, as long as the data's samples.</summary>
    [Range(1, int.MaxValue)]
    public int Samples { get; init; } = 1000;

    /// <summary>Tokens that each text takes over from the beginning of a training sample. They are no targets for who trains on
    /// the text.</summary>
    [Range(1, 1 << 20)]
    public int Prompt { get; init; } = 1;

    /// <summary>How the model chooses its tokens.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Texts written at once; what is drawn depends on it.</summary>
    [Range(1, 1 << 16)]
    public int BatchSize { get; init; } = 64;

    /// <summary>Whether the first seed's texts serve all seeds.</summary>
    public bool Once { get; init; }
}
