using Retort.Reports;
using Retort.Runs;

namespace Retort.Comparison;

/// <summary>Finds out which methods a recipe can run, before anything is trained.</summary>
/// <remarks>
/// First each method's recipe is checked as a run's is, which finds taps that are not there and shapes that do not fit. Those
/// that pass then take one step on one batch of the recipe's data, with networks that have learnt nothing, in a folder that is
/// thrown away: that finds what only a step shows.
/// </remarks>
internal static class MethodProbe
{
    /// <summary>Returns those that cannot run.</summary>
    /// <exception cref="RunException">Options that a user wrote are wrong in themselves, or what all methods share
    /// fails.</exception>
    public static IReadOnlyList<LeagueAbsence> Run(
        ComparisonPlan plan, IReadOnlyList<MethodChoice> methods, CancellationToken cancellation)
    {
        var failures = new List<LeagueAbsence>();
        using var data = new DataProviders(plan.Recipe.Data, plan.Registry);
        foreach (MethodChoice method in methods)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Wrong(plan, method, data) is { } reason)
                failures.Add(new LeagueAbsence(method.Name, reason, HasRun: false));
        }

        MethodChoice[] able = [.. methods.Where(m => failures.TrueForAll(f => f.Name != m.Name))];
        string folder = Directory.CreateTempSubdirectory("retort-probe-").FullName;
        try
        {
            IReadOnlyList<(string Path, string Yaml)> step = plan.OneStep();
            IReadOnlyDictionary<string, string> failed = StageBatch.Run(
                [.. able.Select(m => m.Name)],
                left => plan.MethodRecipe(able.Where(m => left.Contains(m.Name)).Select(m => (m, step)), step),
                folder, [plan.Recipe.Seeds[0]], plan.Registry, () => new StageWatch(), cancellation);
            failures.AddRange(failed.Select(f => new LeagueAbsence(f.Key, Plain(f.Value, f.Key), HasRun: false)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return [.. methods.Select(m => failures.Find(f => f.Name == m.Name)).OfType<LeagueAbsence>()];
    }

    private static string? Wrong(ComparisonPlan plan, MethodChoice method, DataProviders data)
    {
        RecipeDocument document = RecipeDocument.Parse(plan.MethodRecipe([(method, [])]));
        Binding<Recipe> binding = Recipe.Bind(document, plan.Registry);
        if (binding.Errors.Count > 0)
        {
            // What is wrong with the method as it is does not fit the recipe; what its settings bring in is a slip of the user's.
            string text = Describe(binding.Errors);
            return text == Describe(Bare(plan, method).Errors) ? text : throw new RunException(
                $"{method.Name} with {{ {method.Settings} }}: {text}. `retort methods {method.Slug}` describes its options.",
                isInputWrong: true);
        }

        using var checkedPlan = new RecipePlan(binding, plan.Registry);
        if (binding.Errors.Count == 0)
            checkedPlan.RequireFit(data);
        return binding.Errors.Count == 0 ? null : Describe(binding.Errors);
    }

    private static Binding<Recipe> Bare(ComparisonPlan plan, MethodChoice method) => Recipe.Bind(
        RecipeDocument.Parse(plan.MethodRecipe([(new MethodChoice { Name = method.Name, Slug = method.Slug }, [])])),
            plan.Registry);

    private static string Describe(IReadOnlyList<Diagnostic> errors) => string.Join("; ", errors.Take(3).Select(e =>
        e.Message + (e.Nearest is null ? "" : $" (nearest: {e.Nearest})")
            + (e.Expected is null ? "" : $", expected {e.Expected}")));

    // The stage is the method itself here, so its name would only repeat what stands before.
    private static string Plain(string message, string name) =>
        message.StartsWith($"stage '{name}': ", StringComparison.Ordinal) ? message[$"stage '{name}': ".Length..] : message;
}
