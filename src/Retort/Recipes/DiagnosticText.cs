using System.Globalization;
using System.Text;

namespace Retort.Recipes;

/// <summary>The one place that knows how errors look on a terminal.</summary>
internal static class DiagnosticText
{
    private const int MostShown = 50;
    private const int WidestLine = 150;
    private const int LongestMessage = 400;
    private const string Gutter = "      ";

    public static string Render(Diagnostic diagnostic)
    {
        var text = new StringBuilder();
        if (diagnostic.Span is { } span)
            text.Append(Printable(span.ToString())).Append(": ");
        text.Append("error ").Append(diagnostic.Code.Id).Append(": ").Append(Shorten(Printable(diagnostic.Message)));
        if (diagnostic.Span is { } place && place.Line >= 1 && place.Line <= place.Source.Lines.Count)
            AppendExcerpt(text, place, diagnostic.Nearest);
        else if (diagnostic.Nearest is { } nearest)
            text.Append('\n').Append(Gutter).Append("nearest: ").Append(Printable(nearest));
        if (diagnostic.Expected is { } expected)
            text.Append('\n').Append(Gutter).Append("expected ").Append(Printable(expected));
        return text.ToString();
    }

    public static string RenderAll(IReadOnlyList<Diagnostic> diagnostics)
    {
        var text = new StringBuilder();
        foreach (Diagnostic diagnostic in diagnostics.Take(MostShown))
            text.Append(Render(diagnostic)).Append("\n\n");
        if (diagnostics.Count > MostShown)
            text.Append("… and ").Append(diagnostics.Count - MostShown).Append(" more.\n\n");
        text.Append(diagnostics.Count).Append(diagnostics.Count == 1 ? " error." : " errors.").Append(" Nothing was run.");
        if (diagnostics.Select(d => d.Hint).FirstOrDefault(hint => hint is not null) is { } firstHint)
            text.Append(' ').Append(Printable(firstHint));
        return text.ToString();
    }

    /// <summary>Sorts by place and drops what repeats: a default that is wrong is wrong in every stage that takes it.</summary>
    public static List<Diagnostic> InOrder(IEnumerable<Diagnostic> diagnostics) =>
        [.. diagnostics.DistinctBy(d => (d.Code.Id, d.Span, d.Message))
            .OrderBy(d => d.Span?.Source.Order ?? -1).ThenBy(d => d.Span?.Line ?? 0).ThenBy(d => d.Span?.Column ?? 0)
            .ThenBy(d => d.Code.Id, StringComparer.Ordinal)];

    private static void AppendExcerpt(StringBuilder text, SourceSpan span, string? nearest)
    {
        string line = span.Source.Lines[span.Line - 1];
        int start = Math.Clamp(span.Column - 1, 0, line.Length);
        int length = Math.Max(1, Math.Min(span.Length, line.Length - start));
        if (line.Length > WidestLine)
        {
            int from = Math.Clamp(start - WidestLine / 3, 0, line.Length - WidestLine);
            line = string.Concat(from > 0 ? "…" : "", line.AsSpan(from, WidestLine), from + WidestLine < line.Length ? "…" : "");
            start = start - from + (from > 0 ? 1 : 0);
            length = Math.Min(length, Math.Max(1, line.Length - start));
        }
        string number = span.Source.IsArgument ? "" : span.Line.ToString(CultureInfo.InvariantCulture);
        text.Append('\n').Append(number.PadLeft(5)).Append(" | ").Append(Printable(line).TrimEnd());
        text.Append('\n').Append(Gutter).Append("| ").Append(' ', start).Append('^', length);
        if (nearest is not null)
            text.Append(" nearest: ").Append(Printable(nearest));
    }

    private static string Shorten(string text) =>
        text.Length <= LongestMessage ? text : string.Concat(text.AsSpan(0, LongestMessage), "…");

    // A recipe is someone else's text: escape sequences in it must not reach the terminal. What is replaced keeps its width
    // of one column, so that carets stay under their words.
    private static string Printable(string text)
    {
        if (!text.Any(NeedsReplacing))
            return text;
        return string.Create(text.Length, text, static (target, source) =>
        {
            for (int i = 0; i < source.Length; i++)
                target[i] = source[i] == '\t' ? ' ' : NeedsReplacing(source[i]) ? '\uFFFD' : source[i];
        });
    }

    private static bool NeedsReplacing(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;
}
