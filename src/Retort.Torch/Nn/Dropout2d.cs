namespace Retort.Torch.Nn;

/// <summary>Zeroes whole channels at random while training and scales the others by 1 / (1 − p).</summary>
/// <remarks>[N, C, …], shape kept. Evaluation passes the input through. Draws from the run's default generator.</remarks>
public sealed class Dropout2d : Module
{
    /// <summary>Creates the layer with the probability of a zeroed channel.</summary>
    /// <exception cref="ArgumentOutOfRangeException">p is no probability.</exception>
    public Dropout2d(double p = 0.5) => P = Check.Probability(p);

    /// <summary>The probability that a channel becomes zero.</summary>
    public double P { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) =>
        Training && P > 0 ? Ops.FeatureDropout(input, P, train: true) : input;
}
