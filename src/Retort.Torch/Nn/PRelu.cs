namespace Retort.Torch.Nn;

/// <summary>x above zero, a learned slope times x below.</summary>
/// <remarks>[N, C, …], shape kept. He et al., arXiv:1502.01852. Parameter: <c>weight</c>, one slope or one a channel.</remarks>
public sealed class PRelu : Module
{
    /// <summary>Creates the function with one slope, or as many as there are channels.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number of slopes is below 1.</exception>
    public PRelu(long slopes = 1, double initial = 0.25) =>
        Weight = Parameter("weight", Tensor.Full([Check.AtLeastOne(slopes)], initial));

    /// <summary>The slopes, [1] or [C].</summary>
    public Parameter Weight { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Prelu(Weight);
}
