namespace Retort.Data.Glyphs;

/// <summary>Draws the pictures of the procedural set: 28 × 28 grey pixels of a digit or a capital letter.</summary>
/// <remarks>A picture is a function of (seed, split, index) and the style alone: each has a random stream of its own, and
/// only + − × ÷ and square roots are used, so that every machine draws the same bits, in whatever order and on however many
/// threads.</remarks>
public sealed class GlyphRenderer
{
    /// <summary>Width and height of a picture in pixels.</summary>
    public const int Size = 28;

    /// <summary>Number of classes: 0–9, then A–Z.</summary>
    public const int Classes = 36;

    // Keeps the streams of the pictures apart from those that other parts derive from the same seed.
    private const ulong Purpose = 0x676C797068UL;

    [ThreadStatic]
    private static GlyphCanvas? _canvas;

    private readonly ulong _seed;
    private readonly ulong _split;
    private readonly GlyphStyle _style;

    /// <summary>Creates a renderer for one split of one seed.</summary>
    /// <param name="seed">Seed of the whole set.</param>
    /// <param name="split">A number for the split; the splits of a seed share no picture.</param>
    /// <param name="style">How hard the pictures are.</param>
    /// <exception cref="ArgumentOutOfRangeException">A figure of the style is out of its range.</exception>
    public GlyphRenderer(ulong seed, ulong split, GlyphStyle style)
    {
        ArgumentNullException.ThrowIfNull(style);
        style.Validate();
        (_seed, _split, _style) = (seed, split, style);
    }

    /// <summary>Names of the classes in label order.</summary>
    public static IReadOnlyList<string> ClassNames { get; } =
        [.. GlyphOutlines.Characters.Select(character => character.ToString())];

    /// <summary>Class of the picture at an index: the classes take turns, so that every prefix is balanced.</summary>
    public static int Label(long index) => (int)(index % Classes);

    /// <summary>Draws the picture at an index. Several threads may draw at once.</summary>
    /// <param name="index">Position in the split, 0 or more.</param>
    /// <param name="pixels">Receives 28 × 28 bytes, row by row.</param>
    /// <exception cref="ArgumentException">The index is negative or there is room for another number of bytes.</exception>
    public void Draw(long index, Span<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (pixels.Length != Size * Size)
            throw new ArgumentException($"{pixels.Length} bytes; {Size * Size} are expected.", nameof(pixels));
        _canvas ??= new GlyphCanvas();
        _canvas.Draw(RandomStream.Derive(_seed, Purpose, _split, (ulong)index), Label(index), _style, pixels);
    }
}
