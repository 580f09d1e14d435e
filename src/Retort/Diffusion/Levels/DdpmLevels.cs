using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Diffusion.Levels;

/// <summary>Levels of a DDPM's steps, all equally likely between two shares of them: what score distillation draws.</summary>
/// <remarks>√β goes evenly from √0.00085 to √0.012 in 1000 steps, as in Stable Diffusion (Rombach et al., arXiv:2112.10752); with
/// ᾱ the product of 1 − β up to a step, σ = √((1 − ᾱ) / ᾱ): 0.029 at the first, 14.6 at the last.</remarks>
[Named("ddpm")]
public sealed record DdpmLevels : NoiseLevels, IValidatable
{
    private const int Steps = 1000;
    private const double FirstBeta = 0.00085;
    private const double LastBeta = 0.012;

    private static readonly double[] Table = Sigmas();

    /// <summary>The share of the steps from which levels are drawn, 0 for the least level.</summary>
    [Range(0.0, 1.0)]
    public double From { get; init; } = 0.02;

    /// <summary>The share up to which they are drawn, 1 for the largest level.</summary>
    [Range(0.0, 1.0)]
    public double To { get; init; } = 0.98;

    /// <inheritdoc/>
    public override Tensor Draw(Tensor like)
    {
        ArgumentNullException.ThrowIfNull(like);
        int first = Math.Min((int)(From * Steps), Steps - 1), end = Math.Max((int)(To * Steps), first + 1);
        Tensor step = (Uniform(like) * (end - first)).Floor().ClampMax(end - first - 1) + first;
        return At(step).To(like.DType);
    }

    /// <summary>The levels of steps, float64.</summary>
    /// <param name="step">Whole numbers from 0 to 999, any shape.</param>
    public static Tensor At(Tensor step)
    {
        ArgumentNullException.ThrowIfNull(step);
        Tensor table = Tensor.From(Table).To(step.Device);
        return table.IndexSelect(0, step.To(DType.Int64).Flatten()).Reshape(step.Shape);
    }

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        if (From >= To)
        {
            yield return new Problem(nameof(From), $"from ({From}) is not below to ({To})")
            {
                Code = RecipeCodes.Contradiction,
                Expected = "a share below `to`",
            };
        }
    }

    private static double[] Sigmas()
    {
        var found = new double[Steps];
        double kept = 1, low = Math.Sqrt(FirstBeta), high = Math.Sqrt(LastBeta);
        for (int k = 0; k < Steps; k++)
        {
            double root = low + (high - low) * k / (Steps - 1);
            kept *= 1 - root * root;
            found[k] = Math.Sqrt((1 - kept) / kept);
        }

        return found;
    }
}
