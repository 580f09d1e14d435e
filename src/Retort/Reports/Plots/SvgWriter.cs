using System.Globalization;
using System.Text;

namespace Retort.Reports.Plots;

/// <summary>Writes well-formed SVG: every text and attribute is escaped, every number invariant and finite.</summary>
internal sealed class SvgWriter
{
    private readonly StringBuilder _text = new();
    private readonly Stack<string> _open = new();

    /// <summary>Opens an element; <see cref="End"/> closes it.</summary>
    public void Begin(string tag, params ReadOnlySpan<SvgAttribute> attributes)
    {
        Start(tag, attributes);
        _text.Append('>');
        _open.Push(tag);
    }

    /// <summary>Closes the element opened last.</summary>
    public void End() => _text.Append("</").Append(_open.Pop()).Append('>');

    /// <summary>Writes an element without content.</summary>
    public void Leaf(string tag, params ReadOnlySpan<SvgAttribute> attributes)
    {
        Start(tag, attributes);
        _text.Append("/>");
    }

    /// <summary>Writes an element that holds text.</summary>
    public void Text(string tag, string content, params ReadOnlySpan<SvgAttribute> attributes)
    {
        Start(tag, attributes);
        _text.Append('>').Append(Markup.Escape(content)).Append("</").Append(tag).Append('>');
    }

    /// <summary>Writes an element whose only content is what shows when the pointer rests on it.</summary>
    public void Hover(string tag, string title, params ReadOnlySpan<SvgAttribute> attributes)
    {
        Begin(tag, attributes);
        Text("title", title);
        End();
    }

    /// <summary>
    /// A coordinate with two decimals. What is not finite becomes 0; plots leave such values out before they draw.
    /// </summary>
    public static string Number(double value) =>
        double.IsFinite(value) ? Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture) : "0";

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private void Start(string tag, ReadOnlySpan<SvgAttribute> attributes)
    {
        _text.Append('<').Append(tag);
        foreach (SvgAttribute attribute in attributes)
            _text.Append(' ').Append(attribute.Name).Append("=\"").Append(Markup.Escape(attribute.Value)).Append('"');
    }
}

/// <summary>An attribute, written as a pair: <c>("x", 3.5)</c>.</summary>
internal readonly record struct SvgAttribute(string Name, string Value)
{
    public static implicit operator SvgAttribute((string Name, string Value) pair) => new(pair.Name, pair.Value);

    public static implicit operator SvgAttribute((string Name, double Value) pair) =>
        new(pair.Name, SvgWriter.Number(pair.Value));
}
