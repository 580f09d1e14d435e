using System.Text;

namespace Retort.Recipes;

/// <summary>Replaces <c>${NAME}</c> and <c>${NAME:-default}</c> in a scalar by environment variables.</summary>
internal static class EnvironmentText
{
    private static readonly string[] SecretWords = ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"];

    public static RecipeScalar Substitute(string text, bool plain, SourceSpan span, ReadContext context)
    {
        if (!text.Contains("${", StringComparison.Ordinal))
            return new RecipeScalar(span, text, plain);
        var result = new StringBuilder();
        bool secret = false;
        for (int at = 0; at < text.Length;)
        {
            if (string.CompareOrdinal(text, at, "$${", 0, 3) == 0)
            {
                result.Append("${");
                at += 3;
                continue;
            }
            if (string.CompareOrdinal(text, at, "${", 0, 2) != 0)
            {
                result.Append(text[at++]);
                continue;
            }
            int close = text.IndexOf('}', at);
            string inner = close < 0 ? "" : text[(at + 2)..close];
            int colon = inner.IndexOf(":-", StringComparison.Ordinal);
            string name = colon < 0 ? inner : inner[..colon];
            if (!IsName(name))
            {
                context.Report(RecipeCodes.BadVariable, span,
                    close < 0 ? "'${' without its '}'" : $"'{name}' is no variable's name",
                    "${NAME} or ${NAME:-default}, or $${ for a literal ${");
                return new RecipeScalar(span, text, plain);
            }
            string? value = context.Environment(name);
            if (string.IsNullOrEmpty(value) && colon >= 0)
                value = inner[(colon + 2)..];
            if (value is null)
            {
                context.Report(RecipeCodes.UnsetVariable, span, $"the environment variable '{name}' is not set",
                    $"it to be set, or a default: ${{{name}:-default}}");
                return new RecipeScalar(span, text, plain);
            }
            if (result.Length + value.Length > ReadContext.LongestText)
                throw context.Fatal(RecipeCodes.TooLarge, span, $"the value of '{name}' is too long");
            secret |= SecretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
            result.Append(value);
            at = close + 1;
        }
        // Inside { } and [ ] a reference must be quoted, though what it stands for may be a number.
        plain |= text[0] == '$' && text[1] == '{' && text.IndexOf('}', StringComparison.Ordinal) == text.Length - 1;
        // The resolved recipe is kept beside results and passed on, so a secret stays a reference there.
        return new RecipeScalar(span, result.ToString(), plain) { Written = secret ? text : null };
    }

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
