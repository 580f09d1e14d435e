using System.Security.Cryptography;
using Retort.Data.Glyphs;

namespace Retort.Tests.Data.Glyphs;

public sealed class GlyphRendererTests
{
    private const int Area = GlyphRenderer.Size * GlyphRenderer.Size;

    private static readonly GlyphStyle Plain =
        new() { Affine = 0, Distortion = 0, Noise = 0, Occlusion = 0, Clutter = 0, Contrast = 1 };

    // If this changes, every published figure on glyphs changes with it: it needs a line in the changelog.
    [Fact]
    public void A_seed_gives_the_same_bits_everywhere() =>
        Assert.Equal("7cac733627537370909b33ed7391a5319aab79ed616f3592e37d3fdaab40125d", Convert.ToHexStringLower(SHA256.HashData(Draw(1234, 0, new GlyphStyle(), 0, 720))));

    [Fact]
    public void Pictures_do_not_depend_on_the_order_in_which_they_are_drawn()
    {
        GlyphRenderer renderer = new(1, 0, new GlyphStyle());
        byte[] late = new byte[Area];
        renderer.Draw(500, late);
        renderer.Draw(37, late);
        Assert.Equal(Draw(1, 0, new GlyphStyle(), 37, 1), late);
    }

    [Fact]
    public void Seeds_and_splits_share_no_picture()
    {
        byte[] one = Draw(1, 0, new GlyphStyle(), 0, 1);
        Assert.NotEqual(one, Draw(2, 0, new GlyphStyle(), 0, 1));
        Assert.NotEqual(one, Draw(1, 1, new GlyphStyle(), 0, 1));
    }

    [Fact]
    public void Classes_take_turns() =>
        Assert.Equal("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ01",
            string.Concat(Enumerable.Range(0, 38).Select(index => GlyphRenderer.ClassNames[GlyphRenderer.Label(index)])));

    [Fact]
    public void Every_character_of_every_font_is_drawn_within_the_picture()
    {
        byte[] pixels = Draw(5, 0, Plain, 0, 36 * 60);
        for (int i = 0; i < 36 * 60; i++)
        {
            ReadOnlySpan<byte> picture = pixels.AsSpan(i * Area, Area);
            int ink = 0;
            int edge = 0;
            for (int at = 0; at < Area; at++)
            {
                bool border = at < GlyphRenderer.Size || at >= Area - GlyphRenderer.Size || at % GlyphRenderer.Size is 0 or GlyphRenderer.Size - 1;
                ink += picture[at];
                edge += border ? picture[at] : 0;
            }
            Assert.True(edge < 0.03 * ink, $"picture {i} is cut off at the border");
            Assert.InRange(ink / 255.0, 15, 260);
        }
    }

    // Every drawing of one class must differ from those of all others: otherwise nothing could tell them apart.
    [Fact]
    public void The_nearest_plain_picture_tells_the_class()
    {
        byte[] known = Draw(5, 0, Plain, 0, 36 * 40);
        byte[] asked = Draw(5, 1, Plain, 0, 36 * 4);
        int right = 0;
        for (int i = 0; i < 36 * 4; i++)
        {
            int best = Enumerable.Range(0, 36 * 40).MinBy(j => Distance(asked.AsSpan(i * Area, Area), known.AsSpan(j * Area, Area)));
            right += best % 36 == i % 36 ? 1 : 0;
        }
        Assert.InRange(right, 141, 144);
    }

    [Theory]
    [InlineData(nameof(GlyphStyle.Noise))]
    [InlineData(nameof(GlyphStyle.Affine))]
    [InlineData(nameof(GlyphStyle.Distortion))]
    [InlineData(nameof(GlyphStyle.Occlusion))]
    [InlineData(nameof(GlyphStyle.Clutter))]
    [InlineData(nameof(GlyphStyle.Contrast))]
    public void Each_figure_of_the_style_changes_the_pictures(string figure)
    {
        GlyphStyle style = figure switch
        {
            nameof(GlyphStyle.Noise) => Plain with { Noise = 0.2 },
            nameof(GlyphStyle.Affine) => Plain with { Affine = 1 },
            nameof(GlyphStyle.Distortion) => Plain with { Distortion = 2 },
            nameof(GlyphStyle.Occlusion) => Plain with { Occlusion = 2 },
            nameof(GlyphStyle.Clutter) => Plain with { Clutter = 4 },
            _ => Plain with { Contrast = 0.2 },
        };
        Assert.True(Distance(Draw(1, 0, Plain, 0, 72), Draw(1, 0, style, 0, 72)) > 72 * 1000);
    }

    [Fact]
    public void Extreme_styles_are_drawn_and_impossible_ones_are_refused()
    {
        GlyphStyle extreme = new() { Affine = 3, Distortion = 8, Noise = 1, Occlusion = 5, Clutter = 10, Contrast = 0.05 };
        Assert.Equal(360 * Area, Draw(3, 0, extreme, 0, 360).Length);
        foreach (GlyphStyle style in (GlyphStyle[])[new() { Noise = -0.1 }, new() { Contrast = 0 }, new() { Affine = double.NaN }])
            Assert.Throws<ArgumentOutOfRangeException>(() => new GlyphRenderer(0, 0, style));
        GlyphRenderer renderer = new(0, 0, Plain);
        Assert.Throws<ArgumentOutOfRangeException>(() => renderer.Draw(-1, new byte[Area]));
        Assert.Throws<ArgumentException>(() => renderer.Draw(0, new byte[Area - 1]));
    }

    private static byte[] Draw(ulong seed, ulong split, GlyphStyle style, int first, int count)
    {
        GlyphRenderer renderer = new(seed, split, style);
        byte[] pixels = new byte[count * Area];
        for (int i = 0; i < count; i++)
            renderer.Draw(first + i, pixels.AsSpan(i * Area, Area));
        return pixels;
    }

    private static long Distance(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        long sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }
}
