using System.ComponentModel.DataAnnotations;
using Retort.Diffusion;
using Retort.Diffusion.Samplers;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>sample:</c>.</summary>
public sealed record SampleStageOptions : StageOptions
{
    /// <summary>The stage that trained the generator, or a role with weights.</summary>
    public required string Model { get; init; }

    /// <summary>How noise becomes samples.</summary>
    public SamplerOptions Sampler { get; init; } = new HeunSampler();

    /// <summary>How many samples to make.</summary>
    [Range(1, 100_000_000)]
    public int Samples { get; init; } = 20_000;

    /// <summary>Samples made at a time; changes speed and memory, and what is drawn.</summary>
    [Range(1, 1 << 20)]
    public int BatchSize { get; init; } = 1000;

    /// <summary>Whether the first seed's samples serve all seeds.</summary>
    public bool Once { get; init; }
}
