using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Retort.Recipes;

/// <summary>Says in words what a place in a recipe takes.</summary>
internal static class Expect
{
    private const int MostNames = 20;
    private const int ShownOfMany = 12;
    private const int LongestWord = 100;

    public static string Value(Type type, PropertyModel? property, ComponentRegistry registry)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (TypeModel.ElementOf(type) is { } element)
            return $"a list, each item {Value(element, property, registry)}";
        if (TypeModel.ValueOf(type) is { } value)
            return $"a mapping from names to {Value(value, property, registry)}";
        if (property?.Allowed is { } allowed)
            return OneOf(allowed.Select(Text));
        if (type.IsEnum)
            return OneOf(Names.EnumValues(type).Keys);
        if (type.IsAbstract && ComponentRegistry.KindOf(type) is { } kind)
            return kind.Tag is { } tag ? $"a mapping with the key {tag}, or the name of a {kind.Noun}"
                : (kind.Number is null ? "" : "a number, or ") + OneOf(registry.Of(type).Select(component => component.Slug));
        return type == typeof(bool) ? "true or false"
            : type == typeof(int) || type == typeof(long) ? "a whole number" + Limits(property?.Range)
            : type == typeof(double) ? "a number" + Limits(property?.Range)
            : type == typeof(string) ? property?.Pattern?.ErrorMessage ?? "text"
            : type == typeof(FilePath) ? "a path"
            : type == typeof(TapPath) ? TapPath.Form
            : type == typeof(Duration) ? Duration.Form
            : type == typeof(Seeds) ? Seeds.Form
            : "a mapping of options";
    }

    /// <summary>Lists names; of very many only those nearest to the word that was found.</summary>
    public static string OneOf(IEnumerable<string> names, string? found = null)
    {
        string[] all = [.. names.Order(StringComparer.Ordinal)];
        if (all.Length == 0)
            return "nothing here: nothing is registered";
        if (all.Length <= MostNames)
            return (all.Length == 1 ? "" : "one of: ") + string.Join(", ", all);
        IEnumerable<string> shown = found is null || found.Length > LongestWord ? all
            : all.OrderBy(name => Spelling.Distance(found, name));
        return $"one of: {string.Join(", ", shown.Take(ShownOfMany).Order(StringComparer.Ordinal))}, … ({all.Length} in all)";
    }

    /// <summary>The limits of a range as words to put behind "a number"; nothing where it has none.</summary>
    public static string Limits(RangeAttribute? range)
    {
        if (range is null)
            return "";
        var (least, greatest) = Ends(range);
        string lower = double.IsInfinity(least) ? ""
            : (range.MinimumIsExclusive ? " above " : " of at least ") + Text(range.Minimum);
        string upper = double.IsInfinity(greatest) ? ""
            : (range.MaximumIsExclusive ? " below " : " at most ") + Text(range.Maximum);
        return lower + (lower.Length > 0 && upper.Length > 0 ? " and" : "") + upper;
    }

    public static bool Within(RangeAttribute range, double value)
    {
        var (least, greatest) = Ends(range);
        return (range.MinimumIsExclusive ? value > least : value >= least)
            && (range.MaximumIsExclusive ? value < greatest : value <= greatest);
    }

    public static string Text(object? value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        Enum name => Names.Kebab(name.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>The ends of a range; infinite where the attribute names the end of its type, which means "none".</summary>
    public static (double Least, double Greatest) Ends(RangeAttribute range)
    {
        double least = Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture);
        double greatest = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
        return (range.Minimum is double.MinValue or int.MinValue ? double.NegativeInfinity : least,
            range.Maximum is double.MaxValue or int.MaxValue ? double.PositiveInfinity : greatest);
    }
}
