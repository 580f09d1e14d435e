using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Generative;

/// <summary>The exact denoiser of Gaussians on a ring: a teacher without weights, so that a student's error is the method's
/// own.</summary>
/// <remarks>
/// <para>Of p(x) = Σ_k w_k N(μ_k, s²I) the noised density is a mixture too: with v = s² + σ² and
/// r_k = softmax_k(ln w_k − |x − μ_k|² / 2v), D(x, σ) = Σ_k r_k (μ_k + (s² / v)(x − μ_k)).</para>
/// <para>Centres lie at angles 2πk / modes on a circle around (shift, 0); the same as the data set <c>mixture</c>. Any noise
/// level; computed in float64, since v is small beside |x − μ|².</para>
/// </remarks>
public sealed class MixtureDenoiser : Denoiser
{
    private readonly MixtureDenoiserOptions _options;
    private readonly Torch.Nn.Buffer _centres;

    internal MixtureDenoiser(MixtureDenoiserOptions options)
    {
        _options = options;
        var centres = new double[options.Modes, 2];
        for (int k = 0; k < options.Modes; k++)
        {
            double angle = 2 * Math.PI * k / options.Modes;
            centres[k, 0] = options.Radius * Math.Cos(angle) + options.Shift;
            centres[k, 1] = options.Radius * Math.Sin(angle);
        }

        _centres = Buffer("centres", Tensor.From(centres), persistent: false);
    }

    /// <inheritdoc/>
    public override double SigmaMax => _options.SigmaMax;

    /// <inheritdoc/>
    public override Tensor Denoise(Tensor noisy, Tensor sigma, Tensor? until = null)
    {
        ArgumentNullException.ThrowIfNull(noisy);
        ArgumentNullException.ThrowIfNull(sigma);
        RequireSpan(until);
        Shapes.RequireDimensions(noisy, 2);
        Tensor x = noisy.To(DType.Float64), level = Spread(sigma.To(DType.Float64), noisy);
        double narrow = _options.Deviation * _options.Deviation;
        Tensor variance = level.Square() + narrow;                                          // [N, 1]
        Tensor centres = _centres.Value.To(DType.Float64);
        Tensor apart = x.Unsqueeze(1) - centres.Unsqueeze(0);                               // [N, K, 2]
        Tensor shares = (apart.Square().Sum([2]) / (variance * -2)).Softmax(1);             // [N, K]
        Tensor centre = shares.MatMul(centres);                                             // [N, 2]
        return (centre + narrow / variance * (x - centre)).To(noisy.DType);
    }
}

/// <summary>What a recipe may give the exact denoiser of Gaussians on a ring.</summary>
public sealed record MixtureDenoiserOptions : ModelOptions
{
    /// <summary>How many Gaussians there are.</summary>
    public int Modes { get; init; } = 8;

    /// <summary>The ring's radius.</summary>
    public double Radius { get; init; } = 0.65;

    /// <summary>s, the standard deviation of each along each axis.</summary>
    public double Deviation { get; init; } = 0.05;

    /// <summary>How far the whole ring is moved to the right: a teacher that is wrong in a known way.</summary>
    public double Shift { get; init; }

    /// <summary>The noise level at which generation starts.</summary>
    public double SigmaMax { get; init; } = 80;

    /// <inheritdoc/>
    public override bool HasWeights => false;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("mixture-denoiser")]
    public static MixtureDenoiserOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        if (InChannels != 3 || Classes != 10)
            throw new ArgumentException("in_channels and classes belong to image models; this one is of points in the plane.");
        RequireAtLeast(Modes, 1, nameof(Modes));
        RequirePositive(Radius, nameof(Radius));
        RequirePositive(Deviation, nameof(Deviation));
        RequirePositive(SigmaMax, nameof(SigmaMax));
    }

    /// <inheritdoc/>
    protected override Module Create() => new MixtureDenoiser(this);
}
