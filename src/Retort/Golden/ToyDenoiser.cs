using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Golden;

/// <summary>The small closed-form networks that reference vectors of generative methods are computed with.</summary>
internal sealed class ToyDenoiser : Denoiser
{
    private readonly Func<Tensor, Tensor, Tensor?, Tensor> _denoise;
    private readonly Func<Tensor, Tensor, Tensor?, Tensor>? _velocity;

    private ToyDenoiser(Func<Tensor, Tensor, Tensor?, Tensor> denoise, Func<Tensor, Tensor, Tensor?, Tensor>? velocity = null) =>
        (_denoise, _velocity) = (denoise, velocity);

    public override double SigmaMax => 80;

    public override bool SpansIntervals => true;

    /// <summary>D(x, σ) = a·x/(1 + σ) + b·tanh(x); gradients in a and b are asked for by these names.</summary>
    public static ToyDenoiser Of(GoldenInputs vector, double a, double b)
    {
        Tensor first = vector.Leaf("a", a), second = vector.Leaf("b", b);
        return new((x, sigma, _) => first * x / (1 + Spread(sigma, x)) + second * x.Tanh());
    }

    /// <summary>The same with constants.</summary>
    public static ToyDenoiser Of(double a, double b) => new((x, sigma, _) => x * a / (1 + Spread(sigma, x)) + x.Tanh() * b);

    /// <summary>The exact denoiser of a Gaussian with this mean, [D], and a covariance of F·Fᵀ for the factor F, [D,
    /// D].</summary>
    public static ToyDenoiser Gaussian(Tensor mean, Tensor factor)
    {
        Tensor covariance = factor.MatMul(factor.T());
        return new((x, sigma, _) =>
        {
            Tensor noise = Ops.Eye(covariance.Size(0), covariance.DType) * sigma.Square().Reshape([-1, 1, 1]);
            Tensor apart = (x - mean).Unsqueeze(2);   // [N, D, 1]
            return mean + covariance.MatMul(Ops.LinalgSolve(covariance + noise, apart)).Squeeze(2);
        });
    }

    /// <summary>A raw network F(u, σ) under EDM's factors, or a consistency model's where a least level is given.</summary>
    public static ToyDenoiser Preconditioned(double sigmaData, double? sigmaMin, Func<Tensor, Tensor, Tensor> raw) =>
        new((x, sigma, _) =>
        {
            Tensor level = Spread(sigma, x);
            Preconditioning by = sigmaMin is { } least
                ? Preconditioning.Consistency(level, sigmaData, least)
                : Preconditioning.Edm(level, sigmaData);
            return by.Skip * x + by.Out * raw(by.In * x, level);
        });

    /// <summary>A network of the direction from data to noise, of state, time (1 for noise) and the interval's earlier
    /// end.</summary>
    public static ToyDenoiser Flow(Func<Tensor, Tensor, Tensor?, Tensor> velocity) =>
        new((_, _, _) => throw new InvalidOperationException("the toy has a velocity alone."), velocity);

    public override Tensor Denoise(Tensor noisy, Tensor sigma, Tensor? until = null) => _denoise(noisy, sigma, until);

    public override Tensor Velocity(Tensor state, Tensor time, Tensor? until = null) =>
        _velocity is null ? base.Velocity(state, time, until) : _velocity(state, time, until);
}
