using System.Text;

namespace Retort.Reports.Plots;

/// <summary>
/// How wide text will be in a browser whose fonts are unknown: the widths of a wide sans-serif, so never too little.
/// </summary>
internal static class TextMetrics
{
    // Advance widths of DejaVu Sans, ' ' … '~', in thousandths of the font size. Other common sans-serifs are narrower.
    private static readonly short[] AsciiWidths =
    [
        318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636,
        636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
        603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635,
        634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
    ];

    /// <summary>The width of a line of text in the unit of <paramref name="size"/>.</summary>
    public static double Width(string text, double size)
    {
        double thousandths = 0;
        foreach (Rune rune in text.EnumerateRunes())
            thousandths += WidthOf(rune);
        return thousandths * size / 1000;
    }

    /// <summary>The width of the same text in a heavier cut, such as the labels of series are in.</summary>
    public static double StrongWidth(string text, double size) => Width(text, size) * 1.15;

    /// <summary>The text, or as much of it as fits with an ellipsis; empty where not even that fits.</summary>
    public static string Fit(string text, double size, double width)
    {
        // The slack is for callers who measured the text themselves and lost the last bit.
        if (Width(text, size) <= width + 1e-6)
            return text;
        double left = width - Width("…", size);
        if (left < 0)
            return "";
        var kept = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            left -= WidthOf(rune) * size / 1000;
            if (left < 0)
                break;
            kept.Append(rune);
        }

        return kept.ToString().TrimEnd() + "…";
    }

    private static double WidthOf(Rune rune) => rune.Value switch
    {
        < ' ' => 1200,
        <= '~' => AsciiWidths[rune.Value - ' '],
        '…' => 1000,
        >= 0x1100 => rune.Value is >= 0x2000 and < 0x2E80 ? 838 : 1200,
        _ => 700,
    };
}
