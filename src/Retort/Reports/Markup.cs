using System.Text;

namespace Retort.Reports;

/// <summary>Text for HTML and XML alike.</summary>
internal static class Markup
{
    /// <summary>
    /// Escapes text for content and double-quoted attributes. Control characters and halves of surrogate pairs, which XML
    /// cannot hold in any form, become U+FFFD.
    /// </summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var result = new StringBuilder(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => result.Append("&amp;"),
                '<' => result.Append("&lt;"),
                '>' => result.Append("&gt;"),
                '"' => result.Append("&quot;"),
                '\'' => result.Append("&#39;"),
                '\t' or '\n' => result.Append((char)rune.Value),
                '\r' => result,
                < 0x20 or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF => result.Append('\uFFFD'),
                _ => result.Append(rune),
            };
        }

        return result.ToString();
    }
}
