using System.ComponentModel.DataAnnotations;

namespace Retort.Data.Sets;

/// <summary>Points of Gaussians on a ring in the plane: data whose density is known, so that generators are measured
/// exactly.</summary>
/// <remarks>Centres lie at angles 2πk / modes; the label is the Gaussian, all equally likely. A seed gives the same points on
/// every machine.</remarks>
[Dataset("mixture")]
public sealed record Mixture : DatasetOptions
{
    /// <summary>How many Gaussians there are.</summary>
    [Range(1, 10_000)]
    public int Modes { get; init; } = 8;

    /// <summary>The ring's radius.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public double Radius { get; init; } = 0.65;

    /// <summary>Standard deviation of each along each axis.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public double Spread { get; init; } = 0.05;

    /// <summary>Points of the training split.</summary>
    [Range(1, 10_000_000)]
    public int Train { get; init; } = 20_000;

    /// <summary>Points of the test split.</summary>
    [Range(1, 10_000_000)]
    public int Test { get; init; } = 8_000;

    /// <summary>Which points are drawn.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <inheritdoc/>
    public override bool HasFiles => false;

    /// <inheritdoc/>
    public override string Task => "generation";

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        (ulong number, int count) = Drawn("mixture", split, Train, Test);
        var random = RandomStream.Derive((ulong)Seed, 0x313174, number);
        var points = new float[2 * count];
        var labels = new long[count];
        for (int k = 0; k < count; k++)
        {
            int mode = random.NextInt(Modes);
            (double sine, double cosine) = ExactMath.SinCos(2 * Math.PI * mode / Modes);
            points[2 * k] = (float)(Radius * cosine + Spread * random.NextGaussian());
            points[2 * k + 1] = (float)(Radius * sine + Spread * random.NextGaussian());
            labels[k] = mode;
        }

        return Dataset.OfNumbers("mixture", split, points, [2], labels, [.. Enumerable.Range(0, Modes).Select(k => $"mode {k}")]);
    }
}
