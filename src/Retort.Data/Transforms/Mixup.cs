using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Adds two samples in proportions drawn for the batch, and their labels likewise.</summary>
/// <remarks>
/// <para>Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018, arXiv:1710.09412, section 2: the share is from
/// Beta(α, α).</para>
/// <para>Input [N, …] stays in shape; targets [N, K] are set.</para>
/// </remarks>
public sealed class Mixup(MixupOptions options, int classes) : MixTransform(classes, options.Probability)
{
    private protected override (Tensor Input, double Share) Mix(Tensor input, Tensor partners, RandomStream random)
    {
        double share = random.NextBeta(options.Alpha, options.Alpha);
        return ((input * share) + (partners * (1 - share)), share);
    }
}

/// <summary>What a recipe may write under <c>mixup:</c>.</summary>
[Transform("mixup")]
public sealed record MixupOptions : TransformOptions
{
    /// <summary>α of the Beta distribution: small numbers leave most samples nearly pure. The paper uses 0.1 to 0.4 on ImageNet
    /// and 1 on CIFAR.</summary>
    [Shorthand, Range(1e-3, 100.0)]
    public double Alpha { get; init; } = 0.2;

    /// <summary>Share of the batches that are mixed.</summary>
    [Range(0.0, 1.0)]
    public double Probability { get; init; } = 1;

    /// <inheritdoc/>
    public override IBatchTransform Create(int classes) => new Mixup(this, classes);
}
