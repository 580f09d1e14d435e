namespace Retort.Torch.Nn;

/// <summary>Zeroes elements at random while training and scales the others by 1 / (1 − p).</summary>
/// <remarks>Any shape, kept. Evaluation passes the input through. Draws from the run's default generator.</remarks>
public sealed class Dropout : Module
{
    /// <summary>Creates the layer with the probability of a zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is no probability.</exception>
    public Dropout(double p = 0.5) => P = Check.Probability(p);

    /// <summary>The probability that an element becomes zero.</summary>
    public double P { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Training && P > 0 ? Ops.Dropout(input, P, train: true) : input;
}
