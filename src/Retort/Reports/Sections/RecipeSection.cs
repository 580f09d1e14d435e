namespace Retort.Reports.Sections;

/// <summary>The recipe as it was run, with every default written out, and how to run it again.</summary>
internal sealed class RecipeSection(ReportData data) : ReportSection(data)
{
    public override string Id => "recipe";

    public override string Title => "Recipe";

    public override bool HasContent => Data.RecipeYaml.Length > 0 || Data.Reproduce.Count > 0;

    public override void WriteBody(HtmlWriter html)
    {
        if (Data.Reproduce.Count > 0)
        {
            html.Write($"<p>The same run again:</p>");
            html.Write($"<pre>{string.Join('\n', Data.Reproduce)}</pre>");
        }

        if (Data.RecipeYaml.Length == 0)
            return;
        html.Write($"<h3>As it was run, defaults written out</h3><pre>");
        foreach (string line in Data.RecipeYaml.TrimEnd().Split('\n'))
            WriteLine(html, line.TrimEnd('\r'));
        html.Write($"</pre>");
    }

    // Only what is certain is coloured: a line that is a comment, and a plain key before its colon.
    private static void WriteLine(HtmlWriter html, string line)
    {
        if (line.TrimStart().StartsWith('#'))
        {
            html.Write($"<span class=\"r\">{line}</span>");
            return;
        }

        int indent = line.Length - line.TrimStart(' ', '-').Length;
        int end = indent;
        while (end < line.Length && (char.IsLetterOrDigit(line[end]) || line[end] is '_' or '-' or '.'))
            end++;
        bool isKey = end > indent && end < line.Length && line[end] == ':' && (end + 1 == line.Length || line[end + 1] == ' ');
        if (isKey)
            html.Write($"{line[..indent]}<span class=\"k\">{line[indent..end]}</span>{line[end..]}");
        else
            html.Write($"{line}");
    }
}
