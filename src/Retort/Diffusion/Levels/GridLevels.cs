using System.ComponentModel.DataAnnotations;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Diffusion.Levels;

/// <summary>Levels whose place on a grid is uniform: from the largest level (0) to the least (1).</summary>
[Named("grid")]
public sealed record GridLevels : NoiseLevels
{
    /// <summary>The first place that is drawn, 0 for the largest level.</summary>
    [Range(0.0, 1.0)]
    public double From { get; init; }

    /// <summary>The last place that is drawn, 1 for the least level.</summary>
    [Range(0.0, 1.0)]
    public double To { get; init; } = 1;

    /// <summary>The least level.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public double SigmaMin { get; init; } = 0.002;

    /// <summary>The largest level.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public double SigmaMax { get; init; } = 80;

    /// <summary>How dense the small levels are.</summary>
    [Range(0.1, 100)]
    public double Rho { get; init; } = 7;

    /// <inheritdoc/>
    public override Tensor Draw(Tensor like) => At(Uniform(like));

    /// <summary>The levels at shares of the way from <see cref="From"/> to <see cref="To"/>.</summary>
    public Tensor At(Tensor share)
    {
        ArgumentNullException.ThrowIfNull(share);
        return new NoiseGrid(SigmaMin, SigmaMax, Rho).At(share * (To - From) + From);
    }
}
