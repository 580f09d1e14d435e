using System.ComponentModel.DataAnnotations;
using Retort.Data.Glyphs;

namespace Retort.Data.Sets;

/// <summary>Drawn characters, 28 × 28, 36 classes: made by the program, so that nothing has to be fetched.</summary>
/// <remarks>A seed gives the same pictures on every machine. Each is drawn when it is first asked for and then kept.</remarks>
[Dataset("glyphs")]
public sealed record GlyphSet : DatasetOptions
{
    /// <summary>Samples of the training split.</summary>
    [Range(1, 10_000_000)]
    public int Train { get; init; } = 10_000;

    /// <summary>Samples of the test split.</summary>
    [Range(1, 10_000_000)]
    public int Test { get; init; } = 5_000;

    /// <summary>Which set is drawn.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <summary>How hard the pictures are, as a factor of the usual distortion, noise, occlusion and clutter.</summary>
    [Range(0.0, 2.0)]
    public double Difficulty { get; init; } = 1;

    /// <inheritdoc/>
    public override bool HasFiles => false;

    /// <inheritdoc/>
    protected override (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual => ([0.257], [0.250]);

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        (ulong number, int count) = Drawn("glyphs", split, Train, Test);
        GlyphStyle style = GlyphStyle.Of(Difficulty);
        long[] labels = [.. Enumerable.Range(0, count).Select(index => (long)GlyphRenderer.Label(index))];
        var source = new CachedSource(new GlyphSource((ulong)Seed, number, count, style));
        return Dataset.Of("glyphs", split, source, labels, GlyphRenderer.ClassNames);
    }
}
