using System.Globalization;
using Retort.Evaluation;
using Retort.Reports;

namespace Retort.Runs.Index;

/// <summary>What tells two runs apart: recipe, figures, environment.</summary>
public sealed record RunDifference
{
    /// <summary>Keys of the recipes with different values, in the recipes' order.</summary>
    public required IReadOnlyList<ValueDifference> Recipe { get; init; }

    /// <summary>Figures that both runs have, in the first run's order; equal ones too.</summary>
    public required IReadOnlyList<FigureDifference> Figures { get; init; }

    /// <summary>Figures (<c>model split metric</c>) that only one of them has.</summary>
    public required IReadOnlyList<ValueDifference> Unshared { get; init; }

    /// <summary>What they ran on, where it differs.</summary>
    public required IReadOnlyList<ValueDifference> Environment { get; init; }

    /// <summary>Compares two runs.</summary>
    /// <exception cref="RunException">A run has no recipe that can be read.</exception>
    public static RunDifference Between(RunDetails first, RunDetails second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        IReadOnlyList<ResultSummary> left = first.Summary?.Results ?? [], right = second.Summary?.Results ?? [];
        return new RunDifference
        {
            Recipe = Differences(RecipeOf(first), RecipeOf(second)),
            Figures =
            [
                .. from a in left
                   let b = right.FirstOrDefault(r => Key(r) == Key(a))
                   where b is not null
                   let test = Test(first.Summary!, a, second.Summary!, b)
                   select new FigureDifference(a.Name, a.Split, a.Metric, a.Mean, b.Mean, test),
            ],
            Unshared =
            [
                .. Differences(Means(left), Means(right)).Where(d => d.First is null || d.Second is null),
            ],
            Environment = Differences(EnvironmentOf(first.Summary), EnvironmentOf(second.Summary)),
        };
    }

    private static string Key(ResultSummary result) => $"{result.Name} {result.Split} {result.Metric}";

    private static List<KeyValuePair<string, string>> Means(IReadOnlyList<ResultSummary> results) =>
        [.. results.Select(r => new KeyValuePair<string, string>(Key(r), r.Mean.ToString("F4", CultureInfo.InvariantCulture)))];

    private static PairedTest? Test(RunSummary first, ResultSummary a, RunSummary second, ResultSummary b)
    {
        if (a.Values.Count != first.Seeds.Count || b.Values.Count != second.Seeds.Count)
            return null;
        Dictionary<long, double> bySeed = [];
        foreach ((int k, long seed) in first.Seeds.Index())
            bySeed[seed] = a.Values[k];
        (double Before, double After)[] pairs =
            [.. second.Seeds.Index().Where(s => bySeed.ContainsKey(s.Item)).Select(s => (bySeed[s.Item], b.Values[s.Index]))];
        return pairs.Length < 2
            ? null
            : PairedTest.Of(Array.ConvertAll(pairs, p => p.After), Array.ConvertAll(pairs, p => p.Before));
    }

    private static List<KeyValuePair<string, string>> RecipeOf(RunDetails run)
    {
        string name = Path.Combine(run.Entry.Folder, "recipe.yaml");
        if (run.RecipeText is null)
            throw new RunException($"run '{run.Entry.Name}' has no recipe.yaml that can be read.", isInputWrong: true);
        try
        {
            return FlatRecipe.Of(run.RecipeText, name);
        }
        catch (RecipeException e)
        {
            throw new RunException($"the recipe of run '{run.Entry.Name}' cannot be read:\n{e.Message}", isInputWrong: true, e);
        }
    }

    private static List<KeyValuePair<string, string>> EnvironmentOf(RunSummary? summary)
    {
        RunEnvironment on = summary?.Environment ?? new RunEnvironment();
        (string Key, string? Value)[] all =
        [
            ("seeds", summary is null ? null : string.Join(", ", summary.Seeds)),
            ("retort", on.Retort),
            ("commit", on.Commit),
            ("libtorch", on.Libtorch),
            ("dotnet", on.Dotnet),
            ("operating_system", on.OperatingSystem),
            ("processor", on.Processor),
            ("device", on.Device),
            ("threads", on.Threads?.ToString(CultureInfo.InvariantCulture)),
            .. (on.Libraries ?? new Dictionary<string, string>()).Select(l => (l.Key, (string?)l.Value)),
        ];
        return [.. all.Where(a => a.Value is not null).Select(a => new KeyValuePair<string, string>(a.Key, a.Value!))];
    }

    private static List<ValueDifference> Differences(
        List<KeyValuePair<string, string>> first, List<KeyValuePair<string, string>> second)
    {
        // A hostile recipe may have a key twice; the last one counts, as in YAML readers that allow it.
        Dictionary<string, string> left = [], right = [];
        foreach ((string key, string value) in first)
            left[key] = value;
        foreach ((string key, string value) in second)
            right[key] = value;
        return
        [
            .. from key in first.Concat(second).Select(p => p.Key).Distinct()
               let a = left.GetValueOrDefault(key)
               let b = right.GetValueOrDefault(key)
               where a != b
               select new ValueDifference(key, a, b),
        ];
    }
}
