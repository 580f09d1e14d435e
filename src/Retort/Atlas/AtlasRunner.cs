using Retort.Evaluation;
using Retort.Reports;
using Retort.Runs;
using Retort.Stages;

namespace Retort.Atlas;

/// <summary>Measures entries of the atlas: runs their recipes, decides their claims, and searches their settings.</summary>
public static class AtlasRunner
{
    private const string Validation = "validation";

    /// <summary>Runs an entry's recipe, decides its claim, and writes the result beside it, unless given other seeds.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="options">Where and how.</param>
    /// <param name="progress">Told what happens.</param>
    /// <param name="cancellation">Stops between steps, after the state was saved; the next call goes on from there.</param>
    /// <exception cref="RecipeException">The recipe does not fit the data or itself.</exception>
    /// <exception cref="RunException">The run cannot go on, or its results lack a figure of the claim.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static AtlasResult Run(
        AtlasEntry entry, AtlasRunOptions options, IRunProgress progress, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(options);
        (RunSummary summary, double seconds) = new AtlasRun(entry, options, progress, cancellation).Run();
        var figures = new SortedDictionary<string, IReadOnlyList<double>>(StringComparer.Ordinal);
        foreach (string name in entry.FigureNames)
            figures[name] = ValuesOf(summary, name, entry.Slug);
        IReadOnlyList<AtlasCheck> checks = entry.Check(figures);
        var result = new AtlasResult
        {
            Holds = checks.All(c => c.Holds),
            Checks = checks,
            Figures = figures,
            Seeds = summary.Seeds,
            WallSeconds = Math.Round(seconds, 1),
            Date = DateOnly.FromDateTime(DateTime.UtcNow),
            Commit = BuildInfo.Commit,
            Machine = summary.Environment is { } machine ? machine with { Commit = null } : null,
            Recipe = entry.RecipeHash,
        };
        if (options.Seeds is null)
            AtlasJson.Write(entry.ResultPath, result, AtlasJson.Default.AtlasResult);
        return result;
    }

    /// <summary>Runs an entry's searches on validation data, and writes what they found beside the claim.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="options">Where; the searches have seeds of their own.</param>
    /// <param name="progress">Told what happens.</param>
    /// <param name="cancellation">Stops between steps, after the state was saved.</param>
    /// <returns>A result for each search, in the claim's order.</returns>
    /// <exception cref="RecipeException">A value cannot be set.</exception>
    /// <exception cref="RunException">The recipe compares nothing, so there is nothing to search by.</exception>
    public static IReadOnlyList<AtlasSearchResult> Search(
        AtlasEntry entry, AtlasRunOptions options, IRunProgress progress, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(progress);
        string[] onValidation =
        [
            .. entry.Recipe.Stages.Index().Where(s => s.Item is CompareStageOptions or EvaluateStageOptions)
                .Select(s => $"stages.{s.Index}.{(s.Item is CompareStageOptions ? "compare" : "evaluate")}.split={Validation}"),
        ];
        if (onValidation.Length == 0)
        {
            throw new RunException(
                $"the recipe of '{entry.Slug}' has no compare or evaluate stage, so a search has nothing to go by.",
                isInputWrong: true);
        }

        var results = new List<AtlasSearchResult>();
        foreach (AtlasSearch search in entry.Claim.Searches)
        {
            string[] before = [.. onValidation, .. results.Select(r => $"{r.Set}={r.Best}")];
            var found = new Dictionary<string, IReadOnlyList<double>>();
            foreach (string value in search.Values)
                found[value] = Measure(entry, search, [.. before, $"{search.Set}={value}"], options, progress, cancellation);
            results.Add(new AtlasSearchResult
            {
                Set = search.Set,
                Stage = search.Stage,
                Best = BestOf(search.Values, found),
                Accuracy = found,
                Seeds = [.. search.Seeds.Select(s => (long)s)],
                Date = DateOnly.FromDateTime(DateTime.UtcNow),
                Commit = BuildInfo.Commit,
            });
        }

        if (results.Count > 0)
            AtlasJson.Write(entry.SearchPath, results, AtlasJson.Default.IReadOnlyListAtlasSearchResult);
        return results;
    }

    /// <summary>Whether an entry's recipe has the value that its search found best.</summary>
    public static bool Uses(AtlasEntry entry, AtlasSearchResult found)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(found);
        RecipeDocument document = RecipeDocument.Load(entry.RecipePath, [$"{found.Set}={found.Best}"]);
        Binding<Recipe> binding = Recipe.Bind(document, RetortCatalog.Default);
        return binding.Errors.Count == 0 && AtlasRecipe.HashOf(document) == entry.RecipeHash;
    }

    internal static string BestOf(IReadOnlyList<string> values, IReadOnlyDictionary<string, IReadOnlyList<double>> found) =>
        values.MaxBy(v => MeanAndSpread.Of(found[v]).Mean is var mean && double.IsNaN(mean) ? double.NegativeInfinity : mean)!;

    private static IReadOnlyList<double> Measure(
        AtlasEntry entry, AtlasSearch search, string[] overrides, AtlasRunOptions options, IRunProgress progress,
        CancellationToken cancellation)
    {
        try
        {
            RunSummary summary = Runner.Run(
                RecipeDocument.Load(entry.RecipePath, overrides),
                new RunOptions
                {
                    Out = Path.Combine(options.Runs, "atlas", $"{entry.Slug}-search"),
                    Resume = true,
                    Seeds = search.Seeds,
                    StageStore = Path.Combine(options.Runs, ".stages"),
                },
                progress, cancellation);
            return ValuesOf(summary, $"{search.Stage}/{Validation}/{search.Metric}", entry.Slug);
        }
        catch (RunException e) when (!e.IsInputWrong)
        {
            // A value with which the training diverges is a value that lost.
            progress.Warned($"{overrides[^1]}: {e.Message}");
            return [.. search.Seeds.Select(_ => double.NaN)];
        }
    }

    private static IReadOnlyList<double> ValuesOf(RunSummary summary, string figure, string slug) =>
        figure.Split('/') is [.. var model, var split, var metric]
            && summary.Find(string.Join('/', model), split, metric) is { } result
            ? result.Values
            : throw new RunException($"the run of '{slug}' has no result '{figure}'.");
}
