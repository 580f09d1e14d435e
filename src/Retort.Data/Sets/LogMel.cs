using Retort.Torch;

namespace Retort.Data.Sets;

/// <summary>Log-mel spectrograms: short-time power spectra, summed by overlapping triangles that are evenly spaced on the mel
/// scale.</summary>
/// <remarks>mel(f) = 2595 log₁₀(1 + f / 700 Hz) (O'Shaughnessy 1987); triangles from 0 to half the sampling rate reach 1 at their
/// centres and 0 at their neighbours' centres. The window is Hann's, periodic; frames lie wholly within the sound.</remarks>
internal sealed class LogMel
{
    // Power below this is silence; 16-bit noise lies above it.
    private const double SmallestPower = 1e-8;

    // Standard deviation below which a recording says nothing: dividing by it would blow rounding up.
    private const double SmallestDeviation = 1e-5;

    private readonly int _window;
    private readonly int _hop;
    private readonly int _mels;
    private readonly int _frames;
    private readonly float[] _filters;

    /// <summary>Prepares window and filters.</summary>
    /// <param name="rate">Samples a second.</param>
    /// <param name="window">Samples under a window, at least 2.</param>
    /// <param name="hop">Samples from one window's start to the next.</param>
    /// <param name="mels">Filters, the rows of a spectrogram.</param>
    /// <param name="frames">Windows in a spectrogram, its columns.</param>
    public LogMel(int rate, int window, int hop, int mels, int frames)
    {
        (_window, _hop, _mels, _frames) = (window, hop, mels, frames);
        _filters = Filters(rate, window, mels);
    }

    /// <summary>Whether each filter sees at least one frequency of the spectrum.</summary>
    public bool IsFineEnough => Enumerable.Range(0, _mels).All(
        mel => _filters.AsSpan(mel * Bins, Bins).ContainsAnyExcept(0f));

    private int Bins => (_window / 2) + 1;

    /// <summary>The triangles as rows of a matrix, [mels, window / 2 + 1].</summary>
    public static float[] Filters(int rate, int window, int mels)
    {
        int bins = (window / 2) + 1;
        double top = Mel(rate / 2.0);
        var filters = new float[mels * bins];
        for (int mel = 0; mel < mels; mel++)
        {
            double left = Hertz(top * mel / (mels + 1));
            double centre = Hertz(top * (mel + 1) / (mels + 1));
            double right = Hertz(top * (mel + 2) / (mels + 1));
            for (int bin = 0; bin < bins; bin++)
            {
                double hertz = (double)bin * rate / window;
                double height = Math.Min((hertz - left) / (centre - left), (right - hertz) / (right - centre));
                filters[(mel * bins) + bin] = (float)Math.Max(height, 0);
            }
        }
        return filters;
    }

    /// <summary>The spectrogram of one recording, [mels, frames], with mean 0 and deviation 1 over its own windows.</summary>
    /// <remarks>Longer recordings give their middle; around shorter ones stand zeros, which is their mean.</remarks>
    /// <param name="sound">Its samples, at least one; shorter than a window, it is filled up with silence.</param>
    /// <param name="target">mels × frames values, row-major.</param>
    public void Write(ReadOnlySpan<float> sound, Span<float> target)
    {
        using var scope = new TensorScope();
        var whole = new float[Math.Max(sound.Length, _window)];
        sound.CopyTo(whole);
        Tensor spectrum = Tensor.From(whole).Stft(
            _window, _hop, _window, Ops.HannWindow(_window), onesided: true, returnComplex: true);   // [bins, L]
        Tensor power = Tensor.From(_filters, _mels, Bins).MatMul(spectrum.Abs().Square());           // [mels, L]
        float[] values = power.ClampMin(SmallestPower).Log().ToArray<float>();

        double mean = values.Average(value => (double)value);
        double deviation = Math.Max(Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), SmallestDeviation);
        int length = values.Length / _mels;
        int taken = Math.Min(length, _frames);
        int from = (length - taken) / 2;
        int to = (_frames - taken) / 2;
        target.Clear();
        for (int mel = 0; mel < _mels; mel++)
        {
            for (int k = 0; k < taken; k++)
                target[(mel * _frames) + to + k] = (float)((values[(mel * length) + from + k] - mean) / deviation);
        }
    }

    private static double Mel(double hertz) => 2595 * Math.Log10(1 + (hertz / 700));

    private static double Hertz(double mel) => 700 * (Math.Pow(10, mel / 2595) - 1);
}
