namespace Retort.Torch.Nn;

/// <summary>Zeroes whole samples of a residual branch at random while training (stochastic depth).</summary>
/// <remarks>
/// <para>[N, …], shape kept. Huang et al., arXiv:1603.09382. Kept samples are scaled by 1 / (1 − p); evaluation passes the
/// input through. Draws from the run's default generator.</para>
/// </remarks>
public sealed class DropPath : Module
{
    /// <summary>Creates the layer with the probability that a sample's branch is dropped.</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is no probability.</exception>
    public DropPath(double p = 0) => P = Check.Probability(p);

    /// <summary>The probability that a sample's branch is dropped.</summary>
    public double P { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        if (!Training || P == 0)
            return input;
        long[] shape = new long[input.Dimensions];
        Array.Fill(shape, 1);
        shape[0] = input.Size(0);
        Tensor mask = input.NewFull(shape, 1 - P).Bernoulli();
        // With p = 1 nothing is kept: dividing by zero would turn the zeros into NaN.
        return P < 1 ? input * (mask / (1 - P)) : input * mask;
    }
}
