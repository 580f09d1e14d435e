namespace Retort.Data.Glyphs;

/// <summary>How hard the glyphs are to read.</summary>
/// <remarks>With the defaults and 12,000 pictures a network of 84,000 parameters reached 93 % and one of 6,500 reached 73 %
/// (75 % when the first one taught it).</remarks>
public sealed record GlyphStyle
{
    /// <summary>How far position, size, slant and rotation vary: 1 is ±2.5 pixels, ±18 %, ±0.25 and ±15°. In [0, 3].</summary>
    public double Affine { get; init; } = 1;

    /// <summary>How far strokes are bent, in pixels of displacement at the nodes of a coarse grid. In [0, 8].</summary>
    public double Distortion { get; init; } = 1.4;

    /// <summary>Standard deviation of the pixel noise, where white is 1. In [0, 1].</summary>
    public double Noise { get; init; } = 0.09;

    /// <summary>How many bars or patches cover parts of a glyph on average. In [0, 5].</summary>
    public double Occlusion { get; init; } = 0.5;

    /// <summary>How many stray strokes lie around a glyph on average. In [0, 10].</summary>
    public double Clutter { get; init; } = 0.8;

    /// <summary>The least difference between stroke and ground, where white is 1. In [0.05, 1].</summary>
    public double Contrast { get; init; } = 0.4;

    /// <summary>The usual style with its distortion, noise, occlusion and clutter multiplied.</summary>
    internal static GlyphStyle Of(double difficulty)
    {
        var usual = new GlyphStyle();
        return usual with
        {
            Affine = usual.Affine * difficulty,
            Distortion = usual.Distortion * difficulty,
            Noise = usual.Noise * difficulty,
            Occlusion = Math.Min(1, usual.Occlusion * difficulty),
            Clutter = Math.Min(1, usual.Clutter * difficulty),
        };
    }

    internal void Validate()
    {
        Require(Affine, 0, 3, nameof(Affine));
        Require(Distortion, 0, 8, nameof(Distortion));
        Require(Noise, 0, 1, nameof(Noise));
        Require(Occlusion, 0, 5, nameof(Occlusion));
        Require(Clutter, 0, 10, nameof(Clutter));
        Require(Contrast, 0.05, 1, nameof(Contrast));
    }

    private static void Require(double value, double low, double high, string name)
    {
        if (!(value >= low && value <= high))
            throw new ArgumentOutOfRangeException(name, value, $"Glyphs need {name} in [{low}, {high}].");
    }
}
