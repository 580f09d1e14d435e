using System.Text;

namespace Retort.Recipes;

/// <summary>How C# names are written in recipes.</summary>
internal static class Names
{
    /// <summary><c>WeightDecay</c> → <c>weight_decay</c>, <c>TopK</c> → <c>top_k</c>, <c>UseEMA</c> → <c>use_ema</c>.</summary>
    public static string Snake(string name) => Split(name, '_');

    /// <summary><c>LastFeature</c> → <c>last-feature</c>.</summary>
    public static string Kebab(string name) => Split(name, '-');

    public static Dictionary<string, object> EnumValues(Type type) =>
        Enum.GetNames(type).ToDictionary(Kebab, name => Enum.Parse(type, name), StringComparer.Ordinal);

    private static string Split(string name, char separator)
    {
        var result = new StringBuilder(name.Length + 4);
        for (int i = 0; i < name.Length; i++)
        {
            bool starts = char.IsUpper(name[i]) && i > 0
                && (!char.IsUpper(name[i - 1]) || i + 1 < name.Length && char.IsLower(name[i + 1]));
            if (starts)
                result.Append(separator);
            result.Append(char.ToLowerInvariant(name[i]));
        }
        return result.ToString();
    }
}
