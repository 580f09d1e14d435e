using Retort.Torch;

namespace Retort.Models.Generative;

/// <summary>The factors around a raw network F that make a denoiser of it: D(x, σ) = skip·x + out·F(in·x, …).</summary>
/// <param name="Skip">What of the input is let through.</param>
/// <param name="Out">What the network's output is multiplied by.</param>
/// <param name="In">What the network's input is multiplied by.</param>
public readonly record struct Preconditioning(Tensor Skip, Tensor Out, Tensor In)
{
    /// <summary>EDM's: input, output and loss have unit scale at every noise level (arXiv:2206.00364, table 1).</summary>
    /// <param name="sigma">Noise levels, any shape.</param>
    /// <param name="sigmaData">The data's standard deviation.</param>
    public static Preconditioning Edm(Tensor sigma, double sigmaData)
    {
        ArgumentNullException.ThrowIfNull(sigma);
        Tensor whole = sigma.Square() + sigmaData * sigmaData, scale = whole.Rsqrt();
        return new Preconditioning(sigmaData * sigmaData / whole, sigma * sigmaData * scale, scale);
    }

    /// <summary>Those of a consistency model: at the least noise level it is the identity (arXiv:2303.01469, appendix
    /// C).</summary>
    /// <param name="sigma">Noise levels, any shape.</param>
    /// <param name="sigmaData">The data's standard deviation.</param>
    /// <param name="sigmaMin">The least noise level.</param>
    public static Preconditioning Consistency(Tensor sigma, double sigmaData, double sigmaMin)
    {
        ArgumentNullException.ThrowIfNull(sigma);
        Tensor beyond = sigma - sigmaMin, scale = (sigma.Square() + sigmaData * sigmaData).Rsqrt();
        Tensor skip = sigmaData * sigmaData / (beyond.Square() + sigmaData * sigmaData);
        return new Preconditioning(skip, beyond * sigmaData * scale, scale);
    }
}
