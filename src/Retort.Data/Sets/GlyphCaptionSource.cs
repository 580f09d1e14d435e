using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Retort.Data.Glyphs;
using Retort.Torch;

namespace Retort.Data.Sets;

/// <summary>Two glyphs side by side, drawn when they are asked for, and their captions.</summary>
/// <param name="seed">Seed of the whole set.</param>
/// <param name="split">A number for the split.</param>
/// <param name="pairs">Classes of each picture: 36 times the left one's and the right one's.</param>
/// <param name="captions">What is said of each picture.</param>
/// <param name="style">How hard the characters are to read.</param>
internal sealed class GlyphCaptionSource(ulong seed, ulong split, int[] pairs, string[] captions, GlyphStyle style)
    : ISampleSource
{
    private const int CaptionTokens = 12;
    private const int Size = GlyphRenderer.Size;
    private readonly GlyphRenderer _renderer = new(seed, split, style);

    public int Count => pairs.Length;

    public IReadOnlyList<long> SampleShape { get; } = [1, Size, 2 * Size];

    public DType ElementType => DType.UInt8;

    public bool IsCostly => false;

    public string Identity => FormattableString.Invariant($"glyph-captions 1 {seed} {split} {style} ")
        + Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(pairs.AsSpan())))
        + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', captions))));

    public IReadOnlyList<SampleField> Fields { get; } = [new SampleField("caption", [CaptionTokens], DType.Int64)];

    public void Read(int place, Span<byte> target)
    {
        Span<byte> glyph = stackalloc byte[Size * Size];
        for (int side = 0; side < 2; side++)
        {
            int kind = side == 0 ? pairs[place] / GlyphRenderer.Classes : pairs[place] % GlyphRenderer.Classes;

            // The drawing at an index is of class index % 36; each drawing is shown once.
            _renderer.Draw(((2L * place + side) * GlyphRenderer.Classes) + kind, glyph);
            for (int row = 0; row < Size; row++)
                glyph.Slice(row * Size, Size).CopyTo(target.Slice((row * 2 * Size) + (side * Size), Size));
        }
    }

    public void ReadField(int place, int field, Span<byte> target) =>
        ByteTokens.Encode(captions[place], MemoryMarshal.Cast<byte, long>(target));
}
