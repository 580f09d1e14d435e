using System.CommandLine;
using Retort.Runs;
using Retort.Runs.Index;

namespace Retort.Cli.Commands;

/// <summary><c>retort runs</c>.</summary>
internal static class RunsCommand
{
    private const string DefaultRoot = "runs";
    private const int ShownByDefault = 50;
    private const int RankedByDefault = 10;

    public static Command Create()
    {
        var root = new Option<string>("--root")
        {
            Description = "Folder that holds the runs.",
            DefaultValueFactory = _ => DefaultRoot,
            Recursive = true,
        };
        var command = new Command("runs", "List, show, compare and rank the runs of a folder.") { root };
        command.Subcommands.Add(CreateList(root));
        command.Subcommands.Add(CreateShow(root));
        command.Subcommands.Add(CreateDiff(root));
        command.Subcommands.Add(CreateBest(root));
        return command;
    }

    private static Command CreateList(Option<string> root)
    {
        Option<string?> recipe = RecipeOption();
        var metric = new Option<string?>("--metric") { Description = "Only runs that have this metric; shows it." };
        Option<int?> limit = LimitOption($"At most so many; 0 for all (default: {ShownByDefault}, with --json all).");
        Option<bool> json = JsonOption();
        var list = new Command("list", "List runs, newest first.") { recipe, metric, limit, json };
        list.SetAction(parsed =>
        {
            using RunIndex index = Open(parsed.GetRequiredValue(root));
            bool asJson = parsed.GetValue(json);
            int most = LimitOf(parsed.GetValue(limit), asJson ? 0 : ShownByDefault);
            IReadOnlyList<RunEntry> found =
                index.List(parsed.GetValue(recipe), parsed.GetValue(metric), most == int.MaxValue ? most : most + 1);
            RunEntry[] runs = [.. found.Take(most)];
            if (asJson)
                Console.WriteLine(RunsJson.Text(runs));
            else
                RunsText.List(Console.Out, runs, parsed.GetValue(metric), index.Root, isCut: found.Count > runs.Length);
            return Exit.Done;
        });
        return list;
    }

    private static Command CreateShow(Option<string> root)
    {
        var run = new Argument<string>("RUN") { Description = "A run of `retort runs list`, or its folder." };
        Option<bool> json = JsonOption();
        var show = new Command("show", "Show a run: results, models, stages, environment, recipe.") { run, json };
        show.SetAction(parsed =>
        {
            using RunIndex index = Open(parsed.GetRequiredValue(root));
            RunDetails details = RunDetails.Read(index.Find(parsed.GetRequiredValue(run)));
            if (parsed.GetValue(json))
                Console.WriteLine(RunsJson.Text(details));
            else
                RunsText.Show(Console.Out, details);
            return Exit.Done;
        });
        return show;
    }

    private static Command CreateDiff(Option<string> root)
    {
        var first = new Argument<string>("A") { Description = "A run." };
        var second = new Argument<string>("B") { Description = "The run that is compared with it." };
        Option<bool> json = JsonOption();
        var diff = new Command("diff", "Compare two runs: recipe, results (paired over the seeds of both), environment.")
        {
            first, second, json,
        };
        diff.SetAction(parsed =>
        {
            using RunIndex index = Open(parsed.GetRequiredValue(root));
            RunDetails a = RunDetails.Read(index.Find(parsed.GetRequiredValue(first)));
            RunDetails b = RunDetails.Read(index.Find(parsed.GetRequiredValue(second)));
            RunDifference difference = RunDifference.Between(a, b);
            if (parsed.GetValue(json))
                Console.WriteLine(RunsJson.Text(a.Entry, b.Entry, difference));
            else
                RunsText.Diff(Console.Out, a.Entry, b.Entry, difference);
            return Exit.Done;
        });
        return diff;
    }

    private static Command CreateBest(Option<string> root)
    {
        var metric = new Option<string>("--metric") { Description = "What ranks them.", DefaultValueFactory = _ => "accuracy" };
        var split = new Option<string>("--split") { Description = "Where it was measured.", DefaultValueFactory = _ => "test" };
        var model = new Option<string?>("--model") { Description = "Only this model (default: each model's best run)." };
        Option<string?> recipe = RecipeOption();
        Option<int?> limit = LimitOption($"At most so many; 0 for all (default: {RankedByDefault}).");
        Option<bool> json = JsonOption();
        var best = new Command("best", "Rank runs by a metric, best first; losses and errors rank upwards.")
        {
            metric, split, model, recipe, limit, json,
        };
        best.SetAction(parsed =>
        {
            using RunIndex index = Open(parsed.GetRequiredValue(root));
            IReadOnlyList<RankedRun> ranked = index.Best(
                parsed.GetRequiredValue(metric), parsed.GetRequiredValue(split), parsed.GetValue(model), parsed.GetValue(recipe));
            ranked = [.. ranked.Take(LimitOf(parsed.GetValue(limit), RankedByDefault))];
            if (parsed.GetValue(json))
                Console.WriteLine(RunsJson.Text(ranked));
            else
                RunsText.Best(Console.Out, ranked);
            return Exit.Done;
        });
        return best;
    }

    private static RunIndex Open(string root)
    {
        // Nobody has run anything yet where the default folder is missing; a folder that was named must be there.
        if (root != DefaultRoot && !Directory.Exists(root))
        {
            throw new RunException(
                File.Exists(root)
                    ? $"--root: '{root}' is a file; a folder of runs is needed."
                    : $"--root: there is no folder '{root}'.",
                isInputWrong: true);
        }

        return new RunIndex(root);
    }

    private static Option<string?> RecipeOption() => new("--recipe") { Description = "Only runs of the recipe of this name." };

    private static Option<int?> LimitOption(string description) => new("--limit") { Description = description };

    private static Option<bool> JsonOption() => new("--json") { Description = "Print JSON." };

    private static int LimitOf(int? given, int otherwise) => (given ?? otherwise) switch
    {
        0 => int.MaxValue,
        > 0 and var most => most,
        var wrong => throw new RunException(
            FormattableString.Invariant($"--limit is {wrong}; it must be 0 (for all) or more."), isInputWrong: true),
    };
}
