using System.CommandLine;
using Retort.Recipes;
using Retort.Runs;

namespace Retort.Cli.Commands;

/// <summary><c>retort run RECIPE</c>.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var recipes = new Argument<string[]>("RECIPE") { Description = "Recipe files; several are run one after another.", Arity = ArgumentArity.OneOrMore };
        recipes.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => t.Value.StartsWith('-')))
                result.AddError($"there is no option '{token.Value}'.");
        });
        var output = new Option<string?>("--out") { Description = "Folder of the run (default: runs/NAME)." };
        var seed = new Option<long?>("--seed") { Description = "Run with this seed alone." };
        var seeds = new Option<string?>("--seeds") { Description = "Run with these seeds: 0..4, or 1,5,9." };
        var set = new Option<string[]>("--set") { Description = "Override a value of the recipe: path.to.key=value.", AllowMultipleArgumentsPerToken = false };
        var resume = new Option<bool>("--resume") { Description = "Take up the checkpoints of an interrupted run." };
        var dry = new Option<bool>("--dry-run") { Description = "Check everything and stop before the first stage." };
        var quiet = new Option<bool>("--quiet") { Description = "Print results only." };
        var command = new Command("run", "Run a recipe: train, distil, evaluate, report.") { recipes, output, seed, seeds, set, resume, dry, quiet };
        command.SetAction(parsed =>
        {
            string[] paths = parsed.GetValue(recipes)!;
            if (paths.Length > 1 && parsed.GetValue(output) is not null)
                throw new RunException("--out names one folder, and there are several recipes.", isInputWrong: true);
            foreach (string path in paths)
            {
                RecipeDocument document = RecipeDocument.Load(path, parsed.GetValue(set) ?? []);
                if (parsed.GetValue(dry))
                {
                    Check(document, path);
                    continue;
                }

                Run(document, path, new RunOptions
                {
                    Out = parsed.GetValue(output),
                    Resume = parsed.GetValue(resume),
                    Seeds = SeedsOf(parsed.GetValue(seed), parsed.GetValue(seeds)),
                    CommandLine = CommandLineOf(path, parsed.GetValue(set) ?? [], parsed.GetValue(seed), parsed.GetValue(seeds)),
                }, parsed.GetValue(quiet));
            }

            return Exit.Done;
        });
        return command;
    }

    private static void Run(RecipeDocument document, string path, RunOptions options, bool quiet)
    {
        using var progress = new ConsoleProgress(quiet);
        Interruptible.Run(stop => progress.Finished(Runner.Run(document, options, progress, stop), path));
    }

    private static void Check(RecipeDocument document, string path)
    {
        (RecipePlan plan, Binding<Recipe> binding) = Runner.Check(document, RetortCatalog.Default);
        using (plan)
            binding.ThrowIfWrong();
        Console.WriteLine($"{path}: nothing is wrong; nothing was run.");
    }

    private static Seeds? SeedsOf(long? one, string? several)
    {
        if (one is not null && several is not null)
            throw new RunException("--seed and --seeds exclude each other.", isInputWrong: true);
        if (one is < 0)
            throw new RunException($"--seed is {one}; seeds are whole numbers from 0.", isInputWrong: true);
        try
        {
            return one is { } seed ? [(ulong)seed] : several is null ? null : Seeds.Parse(several);
        }
        catch (FormatException e)
        {
            throw new RunException($"--seeds: {e.Message}", isInputWrong: true, e);
        }
    }

    private static string CommandLineOf(string path, string[] set, long? seed, string? seeds)
    {
        string line = $"./retort run {path}";
        foreach (string value in set)
            line += $" --set {(value.Any(c => char.IsWhiteSpace(c) || "'\"{}[]$&;|<>*?".Contains(c, StringComparison.Ordinal)) ? $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'" : value)}";
        return line + (seed is null ? string.Empty : $" --seed {seed}") + (seeds is null ? string.Empty : $" --seeds {seeds}");
    }
}
