using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Retort.Runs;

/// <summary>Options as canonical text, so that equal options have equal hashes whatever the recipe's wording was.</summary>
internal static class OptionsText
{
    /// <summary>Writes a record with all its properties, by name in ordinal order, and what they hold.</summary>
    public static string Of(object? options)
    {
        var text = new StringBuilder();
        Write(text, options);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string or TapPath:
                text.Append('"').Append(value).Append('"');
                break;
            case FilePath path:
                text.Append('"').Append(path.FullPath).Append('"');
                break;
            case IFormattable formattable when value.GetType().IsPrimitive || value is Enum or decimal:
                text.Append(formattable.ToString(value is double or float ? "R" : null, CultureInfo.InvariantCulture));
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case IDictionary dictionary:
                WriteItems(text, dictionary.Keys.Cast<object>().OrderBy(k => k.ToString(), StringComparer.Ordinal)
                    .Select(k => (k.ToString()!, dictionary[k])));
                break;
            case IEnumerable items:
                WriteItems(text, items.Cast<object?>().Select(item => (string.Empty, item)));
                break;
            default:
                text.Append(value.GetType().Name);
                WriteItems(text, value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
                    .Where(p => p.GetMethod is not null && p.SetMethod is not null && p.GetIndexParameters().Length == 0)
                    .OrderBy(p => p.Name, StringComparer.Ordinal)
                    .Select(p => (p.Name, p.GetValue(value))));
                break;
        }
    }

    private static void WriteItems(StringBuilder text, IEnumerable<(string Name, object? Value)> items)
    {
        text.Append('{');
        foreach ((string name, object? value) in items)
        {
            text.Append(name).Append(':');
            Write(text, value);
            text.Append(';');
        }

        text.Append('}');
    }
}
