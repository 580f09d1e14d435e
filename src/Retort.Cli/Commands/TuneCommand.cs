using System.CommandLine;
using System.Globalization;
using Retort.Comparison;
using Retort.Recipes;
using Retort.Registry;

namespace Retort.Cli.Commands;

/// <summary><c>retort tune RECIPE</c>.</summary>
internal static class TuneCommand
{
    public static Command Create()
    {
        var recipe = new Argument<string>("RECIPE")
        {
            Description = "A recipe with a train stage that has teachers, and validation data.",
        };
        var methods = new Option<string?>("--methods")
        {
            Description = "Methods with commas between them; options written after one are kept: 'kd,at={power: 2}'. The default "
                + "is what the stage has.",
        };
        var budget = new Option<int>("--budget")
        {
            Description = "Full trainings for each method, the baseline included.",
            DefaultValueFactory = _ => new TuningOptions().Budget,
        };
        var strategy = new Option<string>("--strategy")
        {
            Description = "random, or halving (many settings briefly, the better third longer).",
            DefaultValueFactory = _ => "random",
        };
        strategy.AcceptOnlyFromAmong("random", "halving");
        var seed = new Option<long>("--seed") { Description = "Decides which settings are tried." };
        var seeds = new Option<string?>("--seeds")
        {
            Description = "Seeds of every trial (how many, or which); the default is the recipe's first.",
        };
        var output = new Option<string?>("--out") { Description = "Folder of the search (default: runs/tune-NAME)." };
        var stage = new Option<string?>("--stage")
        {
            Description = "The stage whose criteria are replaced, where several have teachers.",
        };
        var plugin = PluginOption.Create();
        var set = new Option<string[]>("--set") { Description = "Override a value of the recipe: path.to.key=value." };
        var quiet = new Option<bool>("--quiet") { Description = "Print results only." };
        var command = new Command("tune", "Search for each method's settings on validation data, with the same budget for each.")
        {
            recipe, methods, budget, strategy, seed, seeds, output, stage, set, plugin, quiet,
        };
        command.SetAction(parsed => ComparisonInput.Interruptible(cancellation =>
        {
            ComponentRegistry registry = PluginOption.RegistryOf(parsed, plugin);
            TunedSettings found = MethodTuning.Run(
                RecipeDocument.Load(parsed.GetValue(recipe)!, parsed.GetValue(set) ?? []),
                new TuningOptions
                {
                    Methods = parsed.GetValue(methods) is { } list ? MethodChoice.Parse(list, registry) : [],
                    Budget = parsed.GetValue(budget),
                    Strategy = parsed.GetValue(strategy) == "halving" ? SearchStrategy.Halving : SearchStrategy.Random,
                    Seed = parsed.GetValue(seed),
                    Seeds = ComparisonInput.Seeds(parsed.GetValue(seeds)),
                    Out = parsed.GetValue(output),
                    Stage = parsed.GetValue(stage),
                    Registry = registry,
                    Say = parsed.GetValue(quiet) ? null : Console.Error.WriteLine,
                },
                cancellation);
            Write(found);
        }));
        return command;
    }

    private static void Write(TunedSettings found)
    {
        int width = found.Methods.Max(m => m.Name.Length);
        foreach (TunedMethod method in found.Methods)
        {
            string settings = string.Join(", ", method.Settings.Select(s => $"{s.Key}: {s.Value}")
                .Concat(method.LearningRate is { } rate ? [string.Create(CultureInfo.InvariantCulture, $"lr: {rate}")] : []));
            string before = method.DefaultScore is { } score
                ? string.Create(CultureInfo.InvariantCulture, $" (defaults {score:F4})") : "";
            string figure = method.Score is { } best ? string.Create(CultureInfo.InvariantCulture, $"{best:F4}") : "failed";
            string name = method.Name.PadRight(width);
            Console.WriteLine(
                $"{name}  {found.Split} {found.Metric} {figure}{before}  {(settings.Length > 0 ? settings : "defaults")}");
        }
    }
}
