namespace Retort.Torch.Nn;

/// <summary>y = x·Wᵀ + b over the last dimension.</summary>
/// <remarks>
/// <para>[…, inFeatures] → […, outFeatures].</para>
/// <para>Parameters: <c>weight</c> [outFeatures, inFeatures], <c>bias</c> [outFeatures].
/// Both start uniform in ±1/√inFeatures, as in PyTorch.</para>
/// </remarks>
public sealed class Linear : Module
{
    /// <summary>Creates the layer with PyTorch's initial values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public Linear(long inFeatures, long outFeatures, bool bias = true)
    {
        InFeatures = Check.AtLeastOne(inFeatures);
        OutFeatures = Check.AtLeastOne(outFeatures);
        Tensor weight = Tensor.Empty(DType.Float32, outFeatures, inFeatures);
        Weight = Parameter("weight", Init.KaimingUniform(weight, slope: Math.Sqrt(5)));
        double bound = 1 / Math.Sqrt(inFeatures);
        Bias = bias ? Parameter("bias", Init.Uniform(Tensor.Empty(DType.Float32, outFeatures), -bound, bound)) : null;
    }

    /// <summary>Width of the input's last dimension.</summary>
    public long InFeatures { get; }

    /// <summary>Width of the output's last dimension.</summary>
    public long OutFeatures { get; }

    /// <summary>The matrix W, [outFeatures, inFeatures].</summary>
    public Parameter Weight { get; }

    /// <summary>The vector b, [outFeatures], or null without one.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Ops.Linear(input, Weight, Bias?.Value);
}
