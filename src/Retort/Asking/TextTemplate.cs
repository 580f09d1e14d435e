using System.Text;
using System.Text.RegularExpressions;

namespace Retort.Asking;

/// <summary>A text with places to fill in, as <c>Question: {text}</c>; <c>{{</c> and <c>}}</c> are braces.</summary>
internal sealed partial class TextTemplate
{
    private readonly List<(string Text, bool IsName)> _parts = [];

    private TextTemplate()
    {
    }

    /// <summary>The names of its places.</summary>
    public IEnumerable<string> Names => _parts.Where(p => p.IsName).Select(p => p.Text).Distinct();

    /// <summary>Reads a template.</summary>
    /// <exception cref="FormatException">A brace stands alone, or encloses no name.</exception>
    public static TextTemplate Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var template = new TextTemplate();
        var plain = new StringBuilder();
        for (int at = 0; at < text.Length; at++)
        {
            char c = text[at];
            if (c is not ('{' or '}'))
            {
                plain.Append(c);
            }
            else if (at + 1 < text.Length && text[at + 1] == c)
            {
                plain.Append(c);
                at++;
            }
            else if (Place().Match(text, at) is { Success: true } place)
            {
                template._parts.Add((plain.ToString(), false));
                template._parts.Add((place.Groups[1].Value, true));
                plain.Clear();
                at += place.Length - 1;
            }
            else
            {
                throw new FormatException($"the brace at character {at + 1} encloses no name; write it twice for a brace");
            }
        }

        template._parts.Add((plain.ToString(), false));
        return template;
    }

    /// <summary>The text with every place filled in.</summary>
    /// <exception cref="KeyNotFoundException">A value is missing.</exception>
    public string Fill(IReadOnlyDictionary<string, string> values) =>
        string.Concat(_parts.Select(p => p.IsName ? values[p.Text] : p.Text));

    [GeneratedRegex(@"\G\{([a-z][a-z0-9_]*)\}")]
    private static partial Regex Place();
}
