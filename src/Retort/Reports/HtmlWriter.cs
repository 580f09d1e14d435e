using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Retort.Reports.Plots;

namespace Retort.Reports;

/// <summary>Writes HTML. What is interpolated is escaped; only literals and plots reach the page as they are.</summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder _text = new();
    private int _plots;

    /// <summary>Writes markup; <c>html.Write($"&lt;td&gt;{name}&lt;/td&gt;")</c> escapes the name.</summary>
    public void Write([InterpolatedStringHandlerArgument("")] ref Escaping content)
    {
        // The handler has already written it: its constructor is handed this writer.
        _ = content;
        _text.Append('\n');
    }

    /// <summary>Writes a plot under its caption.</summary>
    public void Figure(Plot plot, string caption, string note = "", string cssClass = "card")
    {
        Write($"<figure class=\"{cssClass}\"><figcaption>{caption}");
        if (note.Length > 0)
            Write($"<span class=\"note\">{note}</span>");
        Write($"</figcaption>");
        Drawing(plot);
        Write($"</figure>");
    }

    /// <summary>Writes a style sheet, which is ours alone.</summary>
    public void Style(string css) => _text.Append("<style>\n").Append(css).Append("</style>\n");

    /// <summary>Writes a plot alone.</summary>
    public void Drawing(Plot plot)
    {
        _plots++;
        _text.Append(plot.ToElement("plot-" + _plots.ToString(CultureInfo.InvariantCulture))).Append('\n');
    }

    /// <summary>Begins a section that the contents can point to.</summary>
    public void BeginSection(string id, string title, string lead = "")
    {
        Write($"<section id=\"{id}\" aria-labelledby=\"{id}-title\"><h2 id=\"{id}-title\">{title}</h2>");
        if (lead.Length > 0)
            Write($"<p class=\"lead\">{lead}</p>");
    }

    /// <summary>Ends a section.</summary>
    public void EndSection() => Write($"</section>");

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>Escapes the holes of an interpolated string.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Escaping
    {
        private readonly StringBuilder _text;

        public Escaping(int literalLength, int formattedCount, HtmlWriter writer)
        {
            _text = writer._text;
            _text.EnsureCapacity(_text.Length + literalLength + formattedCount * 16);
        }

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted(string? text) => _text.Append(Markup.Escape(text ?? ""));

        public void AppendFormatted(long number) => _text.Append(number.ToString(CultureInfo.InvariantCulture));
    }
}
