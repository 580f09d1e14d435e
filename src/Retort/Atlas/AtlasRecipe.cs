using Retort.Runs;

namespace Retort.Atlas;

/// <summary>What of a recipe a measurement depends on.</summary>
internal static class AtlasRecipe
{
    private static readonly string[] Wording = ["name", "description"];

    /// <summary>Hashes the recipe with includes, defaults and overrides filled in; names and comments do not count.</summary>
    /// <remarks>The text is hashed and not the bound options, so that an option which a later version adds, and this recipe does
    /// not use, makes no measurement out of date.</remarks>
    public static string HashOf(RecipeDocument document)
    {
        IEnumerable<RecipeEntry> counted = document.Root.Entries
            .Where(e => !Wording.Contains(e.Key)).OrderBy(e => e.Key, StringComparer.Ordinal);
        return StageKeys.Of(RecipeWriter.Write(new RecipeMapping(document.Root.Span, [.. counted])))[..16];
    }
}
