using System.Text;

namespace Retort.Recipes;

/// <summary>What the reading of one recipe shares between its files: errors, limits, the environment.</summary>
internal sealed class ReadContext(Func<string, string?> environment)
{
    public const int LongestText = 1 << 20;
    public const int Deepest = 64;
    public const int MostNodes = 100_000;

    private int _nodes;
    private int _sources;

    public List<Diagnostic> Errors { get; } = [];

    public Func<string, string?> Environment { get; } = environment;

    /// <summary>Half of a surrogate pair, which no file can hold, becomes U+FFFD: as many characters, and it can be
    /// written.</summary>
    public static string WellFormed(string text) =>
        text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;

    public SourceText Source(string name, string directory, string text, bool isArgument = false) =>
        new(name, directory, text, _sources++, isArgument);

    public void Report(RecipeCode code, SourceSpan span, string message, string? expected = null, string? nearest = null) =>
        Errors.Add(new Diagnostic(code, span, message) { Expected = expected, Nearest = nearest });

    /// <summary>Ends the reading: nothing after this place can be trusted.</summary>
    public RecipeException Fatal(
        RecipeCode code, SourceSpan? span, string message, string? expected = null, string? nearest = null)
    {
        Errors.Add(new Diagnostic(code, span, message) { Expected = expected, Nearest = nearest });
        return new RecipeException(Errors);
    }

    /// <summary>Counts a value; aliases count each time, which is what stops a few lines from becoming billions of
    /// values.</summary>
    public void SpendNode(SourceSpan span)
    {
        if (++_nodes > MostNodes)
            throw Fatal(RecipeCodes.TooLarge, span, $"the recipe has more than {MostNodes} values once aliases are expanded");
    }
}
