using System.ComponentModel.DataAnnotations;

namespace Retort.Data.Sets;

/// <summary>Lines of pixels that a circle of coloured blobs shows from all around: scenes whose distribution is known.</summary>
/// <remarks>
/// <para>A sample, [3, pixels], is what one scene shows from one angle; the label is the angle. A scene is its blobs' colours:
/// those of a colour circle, turned by φ ~ N(0, hue²), made greyer by haze, e^(−haze |h|) with h ~ N(0, 1), and each moved by
/// N(0, jitter²). So most scenes are clear, and the clearest of the middle hue is the likeliest. Colours go from −1 to 1; 0 is
/// grey.</para>
/// <para>Blobs lie on a circle of radius 0.65, with s = 0.18 and an opacity of 0.8; a view's pixels are composed as the model
/// <c>splats</c> composes them. A seed gives the same samples on every machine.</para>
/// </remarks>
[Dataset("projections")]
public sealed record Projections : DatasetOptions
{
    private const int Channels = 3;
    private const double Radius = 0.65;
    private const double Scale = 0.18;
    private const double Opacity = 0.8;
    private const double OrderWidth = 0.05;

    /// <summary>How much of a pure colour a blob without haze has.</summary>
    private const double Chroma = 0.8;

    /// <summary>Blobs of a scene.</summary>
    [Range(1, 1024)]
    public int Blobs { get; init; } = 8;

    /// <summary>Angles to look from, evenly all around.</summary>
    [Range(1, 1024)]
    public int Angles { get; init; } = 12;

    /// <summary>Pixels of a line, evenly from −1 to 1.</summary>
    [Range(2, 1024)]
    public int Pixels { get; init; } = 16;

    /// <summary>Standard deviation of the turn of all hues of a scene, in radians.</summary>
    [Range(0.0, 100.0)]
    public double Hue { get; init; } = 0.5;

    /// <summary>How much haze there is; 0 for none.</summary>
    [Range(0.0, 100.0)]
    public double Haze { get; init; } = 0.5;

    /// <summary>Standard deviation of each blob's channels about the scene's.</summary>
    [Range(0.0, 1.0)]
    public double Jitter { get; init; } = 0.02;

    /// <summary>Samples of the training split.</summary>
    [Range(1, 1_000_000)]
    public int Train { get; init; } = 20_000;

    /// <summary>Samples of the test split.</summary>
    [Range(1, 1_000_000)]
    public int Test { get; init; } = 6_000;

    /// <summary>Which scenes are drawn.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <inheritdoc/>
    public override bool HasFiles => false;

    /// <inheritdoc/>
    public override string Task => "scene";

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        (ulong number, int count) = Drawn("projections", split, Train, Test);
        var random = RandomStream.Derive((ulong)Seed, 0x9407EC7, number);
        double[][] shown = [.. Enumerable.Range(0, Angles).Select(Shown)];
        var samples = new float[checked(count * Channels * Pixels)];
        var labels = new long[count];
        for (int k = 0; k < count; k++)
        {
            labels[k] = random.NextInt(Angles);
            Look(shown[labels[k]], Scene(random), samples.AsSpan(k * Channels * Pixels, Channels * Pixels));
        }

        return Dataset.OfNumbers(
            "projections", split, samples, [Channels, Pixels], labels, [.. Enumerable.Range(0, Angles).Select(v => $"view {v}")]);
    }

    private double[] Scene(RandomStream random)
    {
        double turn = Hue * random.NextGaussian(), clear = Chroma * ExactMath.Exp(-Haze * Math.Abs(random.NextGaussian()));
        var colors = new double[Blobs * Channels];
        for (int k = 0; k < colors.Length; k++)
        {
            int blob = k / Channels, channel = k % Channels;
            double angle = 2 * Math.PI * blob / Blobs + turn - 2 * Math.PI * channel / Channels;
            colors[k] = Math.Clamp(clear * ExactMath.SinCos(angle).Cos + Jitter * random.NextGaussian(), -1, 1);
        }

        return colors;
    }

    // Of a view: how much of each blob each pixel shows, [blobs, pixels].
    private double[] Shown(int view)
    {
        (double sine, double cosine) = ExactMath.SinCos(2 * Math.PI * view / Angles);
        var depth = new double[Blobs];
        var cover = new double[Blobs * Pixels];
        for (int b = 0; b < Blobs; b++)
        {
            (double y, double x) = ExactMath.SinCos(2 * Math.PI * b / Blobs);
            double across = Radius * (x * cosine + y * sine);
            depth[b] = Radius * (y * cosine - x * sine);
            for (int j = 0; j < Pixels; j++)
            {
                double apart = 2 * (j + 0.5) / Pixels - 1 - across;
                cover[b * Pixels + j] = Opacity * ExactMath.Exp(apart * apart / (-2 * Scale * Scale));
            }
        }

        var shown = new double[Blobs * Pixels];
        for (int k = 0; k < shown.Length; k++)
        {
            int blob = k / Pixels, pixel = k % Pixels;
            double through = 0;
            for (int other = 0; other < Blobs; other++)
            {
                double before = other == blob ? 0 : 1 / (1 + ExactMath.Exp((depth[blob] - depth[other]) / OrderWidth));
                through += before * ExactMath.Log(1 - cover[other * Pixels + pixel]);
            }

            shown[k] = cover[k] * ExactMath.Exp(through);
        }

        return shown;
    }

    private void Look(double[] shown, double[] colors, Span<float> picture)
    {
        for (int k = 0; k < picture.Length; k++)
        {
            double sum = 0;
            for (int b = 0; b < Blobs; b++)
                sum += shown[b * Pixels + k % Pixels] * colors[b * Channels + k / Pixels];
            picture[k] = (float)sum;
        }
    }
}
