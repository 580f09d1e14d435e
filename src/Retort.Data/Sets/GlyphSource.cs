using Retort.Data.Glyphs;
using Retort.Torch;

namespace Retort.Data.Sets;

/// <summary>Glyphs drawn when they are asked for.</summary>
internal sealed class GlyphSource(ulong seed, ulong split, int count, GlyphStyle style) : ISampleSource
{
    private readonly GlyphRenderer _renderer = new(seed, split, style);

    public int Count => count;

    public IReadOnlyList<long> SampleShape { get; } = [1, GlyphRenderer.Size, GlyphRenderer.Size];

    public DType ElementType => DType.UInt8;

    public bool IsCostly => false;

    // The number is that of the drawing itself: it rises when the same seed gives other pictures.
    public string Identity => FormattableString.Invariant($"glyphs 1 {seed} {split} {count} {style}");

    public void Read(int place, Span<byte> target) => _renderer.Draw(place, target);
}
