using System.Globalization;
using Retort.Distillation;

namespace Retort.Training;

/// <summary>What figures call a training's terms: their slugs, with their place where two are alike.</summary>
internal static class TermNames
{
    public static string[] Of(ComponentRegistry registry, IReadOnlyList<CriterionOptions> criteria) =>
        Of([.. criteria.Select(c => registry.ComponentOf(c).Slug)]);

    public static string[] Of(IReadOnlyList<string> slugs) =>
    [
        .. slugs.Select((s, k) => slugs.Count(o => o == s) == 1 ? s : string.Create(CultureInfo.InvariantCulture, $"{s}-{k}")),
    ];
}
