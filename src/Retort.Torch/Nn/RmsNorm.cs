namespace Retort.Torch.Nn;

/// <summary>Divides by the root mean square over the last dimension, then scales; nothing is subtracted.</summary>
/// <remarks>
/// <para>[…, width] → same shape. Zhang and Sennrich, arXiv:1910.07467: y = x / √(mean(x²) + ε) · weight.</para>
/// <para>Computed in float32 where the input is narrower. Parameter: <c>weight</c> [width], ones.</para>
/// </remarks>
public sealed class RmsNorm : Module
{
    /// <summary>Creates the layer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The width is below 1.</exception>
    public RmsNorm(long width, double epsilon = 1e-6)
    {
        Weight = Parameter("weight", Tensor.Ones(Check.AtLeastOne(width)));
        Epsilon = epsilon;
    }

    /// <summary>What is added to the mean square.</summary>
    public double Epsilon { get; }

    /// <summary>The scale, [width].</summary>
    public Parameter Weight { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor x = input.DType is DType.Float16 or DType.BFloat16 ? input.To(DType.Float32) : input;
        Tensor scale = (x.Square().Mean([-1], keepDim: true) + Epsilon).Rsqrt();
        return (x * scale).To(input.DType) * Weight;
    }
}
