using System.ComponentModel.DataAnnotations;
using Retort.Caching;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>cache:</c>.</summary>
public sealed record CacheStageOptions : StageOptions
{
    /// <summary>The stage that trained it, or a role with weights.</summary>
    public required string Teacher { get; init; }

    /// <summary>Keep so many of the largest logits, and one number for all the others. The default is the whole output.</summary>
    [Range(1, 1 << 20)]
    public int? TopK { get; init; }

    /// <summary>Tensors inside the teacher that criteria will want, by the same paths.</summary>
    public IReadOnlyList<TapPath> Taps { get; init; } = [];

    /// <summary>How numbers are kept: <c>float16</c>, or <c>float32</c> for the very bits of the teacher.</summary>
    [AllowedValues("float16", "float32")]
    public string Precision { get; init; } = "float16";

    /// <summary>How many epochs of augmentation the teacher sees. Without augmentation one serves all.</summary>
    [Range(1, 100_000)]
    public int Epochs { get; init; } = 1;

    /// <summary>The cache's own folder, which other runs may share. The default is the stage's, inside the run.</summary>
    public FilePath? Folder { get; init; }

    /// <summary>Whether the first seed's answers serve all seeds, which then all see its augmentation.</summary>
    public bool Once { get; init; }

    /// <summary>Ask about so many samples, as a train stage of the same <c>train_samples</c> draws them. The default is
    /// all.</summary>
    [Range(1, int.MaxValue)]
    public int? TrainSamples { get; init; }

    /// <summary>Samples in a batch. The default is the data's, or 256 where nothing is augmented.</summary>
    [Range(1, 1 << 20)]
    public int? BatchSize { get; init; }

    /// <summary>What is kept of each answer.</summary>
    internal CacheContents Contents => new() { TopK = TopK, Taps = [.. Taps.Distinct()], Half = Precision == "float16" };
}
