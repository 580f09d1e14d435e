namespace Retort.Torch.Nn;

/// <summary>Normalises each sample over its last dimensions to mean 0 and variance 1, then scales and shifts.</summary>
/// <remarks>
/// <para>[…, shape] → same shape. Ba et al., arXiv:1607.06450. Biased variance, as in PyTorch.</para>
/// <para>Parameters: <c>weight</c> (ones) and <c>bias</c> (zeros), both of the normalised shape.</para>
/// </remarks>
public sealed class LayerNorm : Module
{
    private readonly long[] _shape;

    /// <summary>Creates the layer.</summary>
    /// <param name="shape">The last dimensions, over which it normalises: one number is the width.</param>
    /// <param name="epsilon">What is added to the variance; PyTorch's 1e-5, where transformers often have 1e-6 or 1e-12.</param>
    /// <param name="affine">Whether there are a scale and a shift.</param>
    /// <param name="bias">Whether there is a shift beside the scale.</param>
    /// <exception cref="ArgumentException">There is no dimension, or one is below 1.</exception>
    public LayerNorm(Sizes shape, double epsilon = 1e-5, bool affine = true, bool bias = true)
    {
        if (shape.Count == 0)
            throw new ArgumentException("Must name at least one dimension.", nameof(shape));
        _shape = Check.Spread(shape, shape.Count, missing: 0);
        Epsilon = epsilon;
        if (!affine)
            return;
        Weight = Parameter("weight", Tensor.Ones(_shape));
        if (bias)
            Bias = Parameter("bias", Tensor.Zeros(_shape));
    }

    /// <summary>The last dimensions, over which it normalises.</summary>
    public IReadOnlyList<long> NormalizedShape => _shape;

    /// <summary>What is added to the variance.</summary>
    public double Epsilon { get; }

    /// <summary>The scale, or null without one.</summary>
    public Parameter? Weight { get; }

    /// <summary>The shift, or null without one.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Ops.LayerNorm(input, _shape, Weight?.Value, Bias?.Value, Epsilon);
}
