using Retort.Torch;

namespace Retort.Models.Generative;

/// <summary>Noise levels from the largest to the least, dense where there is little noise.</summary>
/// <remarks>Karras et al., arXiv:2206.00364, equation 5: σ(p) = (σ_max^{1/ρ} + p (σ_min^{1/ρ} − σ_max^{1/ρ}))^ρ, p in [0,
/// 1].</remarks>
/// <param name="SigmaMin">The least level, above 0.</param>
/// <param name="SigmaMax">The largest level.</param>
/// <param name="Rho">ρ, how dense the small levels are; 7 in the paper.</param>
public sealed record NoiseGrid(double SigmaMin = 0.002, double SigmaMax = 80, double Rho = 7)
{
    /// <summary>The level at a place from 0 (the largest) to 1 (the least).</summary>
    public double At(double place)
    {
        double large = Math.Pow(SigmaMax, 1 / Rho), small = Math.Pow(SigmaMin, 1 / Rho);
        return Math.Pow(large + place * (small - large), Rho);
    }

    /// <summary>The levels at places.</summary>
    /// <param name="place">From 0 (the largest) to 1 (the least), any shape.</param>
    public Tensor At(Tensor place)
    {
        ArgumentNullException.ThrowIfNull(place);
        double large = Math.Pow(SigmaMax, 1 / Rho), small = Math.Pow(SigmaMin, 1 / Rho);
        return (place * (small - large) + large).Pow(Rho);
    }

    /// <summary>Levels at equal distances of place, the largest first.</summary>
    /// <param name="count">How many; one alone is the largest.</param>
    public double[] Levels(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return [.. Enumerable.Range(0, count).Select(k => At(count == 1 ? 0 : (double)k / (count - 1)))];
    }
}
