using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>Pulls samples along a given gradient: what score distillation puts in the place of a loss.</summary>
public static class ScorePull
{
    // A sample on which real and generated agree to the last bit has nothing to be divided by.
    private const double Unknown = 0;

    /// <summary>½ |x − sg(x − g)|², whose gradient in x is g, but for the mean.</summary>
    /// <param name="samples">x, [N, …]. Gradients flow here.</param>
    /// <param name="gradient">g, [N, …]; values that are no numbers count as 0.</param>
    /// <returns>A scalar: the mean over all elements.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Along(Tensor samples, Tensor gradient) => Pulled(samples, gradient).Mean() / 2;

    /// <summary>The same, summed over a sample's elements: its gradient in x is g, but for the mean over samples.</summary>
    /// <param name="samples">x, [N, …]. Gradients flow here.</param>
    /// <param name="gradient">g, [N, …]; values that are no numbers count as 0.</param>
    /// <returns>A scalar: the mean over the batch alone.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Summed(Tensor samples, Tensor gradient) => Pulled(samples, gradient).SumEach().Mean() / 2;

    private static Tensor Pulled(Tensor samples, Tensor gradient)
    {
        Shapes.RequireSame(samples, gradient);
        Tensor known = gradient.Detach().NanToNum(Unknown);
        return (samples - (samples.Detach() - known)).Square();
    }
}
