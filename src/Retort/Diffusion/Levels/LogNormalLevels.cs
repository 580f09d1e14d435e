using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Diffusion.Levels;

/// <summary>Levels whose logarithm is normal: most in the middle, where there is something to learn.</summary>
/// <remarks>σ = exp(deviation · n + mean) (Karras et al., arXiv:2206.00364, table 1).</remarks>
[Named("log-normal")]
public sealed record LogNormalLevels : NoiseLevels
{
    /// <summary>Mean of ln σ.</summary>
    [Range(-100.0, 100.0)]
    public double Mean { get; init; } = -1.2;

    /// <summary>Standard deviation of ln σ.</summary>
    [Range(0.0, 100.0)]
    public double Deviation { get; init; } = 1.2;

    /// <inheritdoc/>
    public override Tensor Draw(Tensor like) => At(Normal(like));

    /// <summary>The levels that unit normal numbers stand for.</summary>
    public Tensor At(Tensor normal)
    {
        ArgumentNullException.ThrowIfNull(normal);
        return (normal * Deviation + Mean).Exp();
    }
}
