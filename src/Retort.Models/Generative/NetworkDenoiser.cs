using Retort.Torch;

namespace Retort.Models.Generative;

/// <summary>A denoiser around a trained network, which predicts what its options say.</summary>
/// <param name="options">How the network's output is read.</param>
public abstract class NetworkDenoiser(DenoiserOptions options) : Denoiser
{
    // ln 0 is not finite; a lower level of 0 means no noise at all.
    private const double LeastLevel = 1e-6;

    private readonly DenoiserOptions _options = options;

    /// <inheritdoc/>
    public override double SigmaMax => _options.SigmaMax;

    /// <inheritdoc/>
    public override bool SpansIntervals => _options.Interval;

    /// <inheritdoc/>
    public override Tensor Denoise(Tensor noisy, Tensor sigma, Tensor? until = null)
    {
        ArgumentNullException.ThrowIfNull(noisy);
        ArgumentNullException.ThrowIfNull(sigma);
        RequireSpan(until);
        Tensor level = Spread(sigma, noisy);
        Tensor? end = SpansIntervals ? Embedded(until ?? sigma) : null;
        switch (_options.Parameterization)
        {
            case Parameterization.Flow:
                (Tensor data, Tensor noise) = NoiseConversion.Factors(NoiseConvention.Flow, level);
                Tensor state = noisy * data, time = sigma / (sigma + 1);
                Tensor velocity = Velocity(state, time, until is null ? null : until / (until + 1));
                return NoiseConversion.Convert(velocity, Prediction.Velocity, Prediction.Clean, state, data, noise);
            case Parameterization.Noise or Parameterization.V:
                Prediction said = _options.Parameterization == Parameterization.V ? Prediction.V : Prediction.Noise;
                (Tensor kept, Tensor added) = NoiseConversion.Factors(NoiseConvention.Preserving, level);
                Tensor mixed = noisy * kept;
                return NoiseConversion.Convert(Raw(mixed, Embedded(sigma), end), said, Prediction.Clean, mixed, kept, added);
            case Parameterization.Signal:
                return Raw(noisy / _options.SigmaMax, Embedded(sigma), end);
            case Parameterization.Consistency:
                Preconditioning by = Preconditioning.Consistency(level, _options.SigmaData, _options.SigmaMin);
                return Preconditioned(by, noisy, sigma, end);
            default:
                return Preconditioned(Preconditioning.Edm(level, _options.SigmaData), noisy, sigma, end);
        }
    }

    /// <inheritdoc/>
    public override Tensor Velocity(Tensor state, Tensor time, Tensor? until = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        RequireSpan(until);
        return _options.Parameterization == Parameterization.Flow
            ? Raw(state, time, SpansIntervals ? until ?? time : null)
            : base.Velocity(state, time, until);
    }

    /// <inheritdoc/>
    public override Tensor Generate(Tensor noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        switch (_options.Parameterization)
        {
            case Parameterization.Flow:
                Tensor time = LevelsOf(noise, 1);
                return noise - Velocity(noise, time, SpansIntervals ? time.ZerosLike() : null);
            case Parameterization.Signal:
                return Denoise(noise * SigmaMax, LevelsOf(noise, _options.SigmaMin));
            default:
                return base.Generate(noise);
        }
    }

    /// <summary>The network itself.</summary>
    /// <param name="state">What is left of the sample's scale, [N, …].</param>
    /// <param name="time">The moment, [N]: ln(σ) / 4, or a flow's time.</param>
    /// <param name="until">The other end of an interval in the same units, [N]; null where there is no input for it.</param>
    protected abstract Tensor Raw(Tensor state, Tensor time, Tensor? until);

    /// <summary>How a moment is told to the network: sines and cosines of its multiples by 1, 2, 4, ….</summary>
    /// <param name="time">[N].</param>
    /// <param name="until">The other end of an interval, [N]; null where there is none.</param>
    /// <param name="frequencies">How many multiples.</param>
    /// <returns>Columns [N, 1]: two a multiple, and as many again of an interval's length.</returns>
    private protected static IEnumerable<Tensor> Waves(Tensor time, Tensor? until, int frequencies)
    {
        // The interval's length says more than its end where the interval is short.
        foreach (Tensor moment in until is null ? [time] : (Tensor[])[time, time - until])
        {
            Tensor column = moment.Unsqueeze(1);
            for (int k = 0; k < frequencies; k++)
            {
                Tensor angle = column * (1 << k);
                yield return angle.Sin();
                yield return angle.Cos();
            }
        }
    }

    private Tensor Preconditioned(Preconditioning by, Tensor noisy, Tensor sigma, Tensor? end) =>
        by.Skip * noisy + by.Out * Raw(by.In * noisy, Embedded(sigma), end);

    private static Tensor Embedded(Tensor sigma) => sigma.ClampMin(LeastLevel).Log() / 4;
}
