using System.Globalization;
using Retort.Cli.Commands;
using Retort.Recipes;
using Retort.Runs;

namespace Retort.Cli;

/// <summary>Makes several recipes ready to run: all are checked, and each gets its folder and its share of the
/// processors.</summary>
internal static class BatchPlan
{
    private const string DefaultParent = "runs";

    /// <summary>Checks them all, says everything that is wrong, and runs them only where nothing is.</summary>
    /// <returns>The worst exit code.</returns>
    public static int Run(RunArguments arguments)
    {
        var recipes = new List<(string Path, Recipe Recipe)>();
        int code = arguments.Recipes.Max(path => Exit.Guard(() =>
        {
            recipes.Add((path, Checked(path, arguments)));
            return Exit.Done;
        }));
        if (code != Exit.Done)
        {
            Console.Error.WriteLine($"{Words.Count(arguments.Recipes.Count, "recipe")} were checked; nothing was run.");
            return code;
        }

        int processors = Environment.ProcessorCount;
        IReadOnlyList<BatchItem> items = Items(recipes, arguments, processors);
        using var signals = new StopSignals();
        return new RunBatch(items, arguments.Jobs, processors).Run(signals.Token);
    }

    /// <summary>The recipes with their folders and command lines.</summary>
    /// <exception cref="RunException">Two of them would be written to one folder.</exception>
    internal static IReadOnlyList<BatchItem> Items(
        IReadOnlyList<(string Path, Recipe Recipe)> recipes, RunArguments arguments, int processors)
    {
        int atOnce = Math.Min(Math.Min(arguments.Jobs, recipes.Count), processors);
        int share = Math.Max(1, processors / atOnce);
        string[] names = Names(recipes);
        string parent = arguments.Out ?? DefaultParent;
        return
        [
            .. recipes.Zip(names, (r, name) =>
            {
                // A thread count changes results, so it is set only where recipes share the machine, and then by the recipe's own
                // key: it stands in the run's recipe, and the command that repeats the run has it.
                bool shares = atOnce > 1 && r.Recipe.Threads is null;
                string folder = Path.Combine(parent, name);
                string[] threads = shares ? ["--set", $"threads={share.ToString(CultureInfo.InvariantCulture)}"] : [];
                return new BatchItem(
                    r.Path, name, folder, Math.Min(processors, r.Recipe.Threads ?? (shares ? share : processors)),
                    [
                        "run", r.Path, "--out", folder, .. arguments.Overrides(), .. threads,
                        .. arguments.Resume ? ["--resume"] : Array.Empty<string>(),
                        .. arguments.StageStore is { } store ? ["--stage-store", store] : Array.Empty<string>(),
                        .. arguments.Quiet ? ["--quiet"] : Array.Empty<string>(),
                    ]);
            }),
        ];
    }

    // Recipes of one name (a copy with another rate) are told apart by their files.
    private static string[] Names(IReadOnlyList<(string Path, Recipe Recipe)> recipes)
    {
        HashSet<string> shared = [.. recipes.GroupBy(r => r.Recipe.Name).Where(g => g.Count() > 1).Select(g => g.Key)];
        string[] names =
        [
            .. recipes.Select(r => shared.Contains(r.Recipe.Name)
                ? $"{r.Recipe.Name}-{Path.GetFileNameWithoutExtension(r.Path)}"
                : r.Recipe.Name),
        ];
        string? twice = names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (twice is null)
            return names;
        IEnumerable<string> files = recipes.Zip(names).Where(r => r.Second == twice).Select(r => $"'{r.First.Path}'");
        throw new RunException(
            $"{string.Join(" and ", files)} would both be written to '{twice}'; give the recipes names of their own.",
            isInputWrong: true);
    }

    private static Recipe Checked(string path, RunArguments arguments)
    {
        RecipeDocument document = RecipeDocument.Load(path, arguments.Set);
        (RecipePlan plan, Binding<Recipe> binding) = Runner.Check(document, arguments.Registry);
        using (plan)
        {
            Recipe recipe = binding.Require();
            using var data = new DataProviders(recipe.Data, arguments.Registry);
            plan.RequireFit(data);
            binding.ThrowIfWrong();
            return recipe;
        }
    }
}
