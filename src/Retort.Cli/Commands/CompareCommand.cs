using System.CommandLine;
using Retort.Comparison;
using Retort.Recipes;
using Retort.Registry;
using Retort.Reports;

namespace Retort.Cli.Commands;

/// <summary><c>retort compare RECIPE</c>.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var recipe = new Argument<string>("RECIPE")
        {
            Description = "A recipe with a train stage that has teachers; methods take the place of its criteria.",
        };
        var methods = new Option<string?>("--methods")
        {
            Description = "Methods with commas between them, with options where wanted: 'kd,at={weight: 10}'; all for every one "
                + "that fits.",
            Required = true,
        };
        var seeds = new Option<string?>("--seeds") { Description = "How many seeds (5), or which: 0..4, or 1,5,9." };
        var output = new Option<string?>("--out") { Description = "Folder of the comparison (default: runs/compare-NAME)." };
        var csv = new Option<string?>("--csv") { Description = "Write the table to this file too." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var weight = new Option<string>("--weight")
        {
            Description = "Weight of methods whose weight nobody chose: auto, or default (the published one).",
            DefaultValueFactory = _ => "default",
        };
        weight.AcceptOnlyFromAmong("auto", "default");
        var tuned = new Option<string?>("--tuned") { Description = "Take settings from the tuned.json of `retort tune`." };
        var stage = new Option<string?>("--stage")
        {
            Description = "The stage whose criteria are replaced, where several have teachers.",
        };
        var reference = new Option<string>("--reference")
        {
            Description = "The method that the others are tested against (none for none).",
            DefaultValueFactory = _ => "kd",
        };
        var strict = new Option<bool>("--strict") { Description = "Stop where a method cannot run, instead of listing it." };
        var plugin = PluginOption.Create();
        var set = new Option<string[]>("--set") { Description = "Override a value of the recipe: path.to.key=value." };
        var quiet = new Option<bool>("--quiet") { Description = "Print the table only." };
        var command = new Command("compare", "Compare methods on a recipe: a league table over seeds, with tests and costs.")
        {
            recipe, methods, seeds, output, csv, json, weight, tuned, stage, reference, strict, set, plugin, quiet,
        };
        command.SetAction(parsed => ComparisonInput.Interruptible(cancellation =>
        {
            ComponentRegistry registry = PluginOption.RegistryOf(parsed, plugin);
            RecipeDocument document = RecipeDocument.Load(parsed.GetValue(recipe)!, parsed.GetValue(set) ?? []);
            bool isQuiet = parsed.GetValue(quiet);
            LeagueReport report = MethodComparison.Run(document, new ComparisonOptions
            {
                Methods = MethodChoice.Parse(parsed.GetValue(methods) ?? "", registry),
                Seeds = ComparisonInput.Seeds(parsed.GetValue(seeds)),
                Out = parsed.GetValue(output),
                AutoWeight = parsed.GetValue(weight) == "auto",
                Tuned = parsed.GetValue(tuned) is { } file ? TunedSettings.Read(file) : null,
                Stage = parsed.GetValue(stage),
                Reference = parsed.GetValue(reference) is var name && name == "none" ? null : name,
                Strict = parsed.GetValue(strict),
                Program = ComparisonInput.Program(),
                Registry = registry,
                ProgramOptions = [.. (parsed.GetValue(plugin) ?? []).SelectMany(p => new[] { "--plugin", p })],
                Say = isQuiet ? null : Console.Error.WriteLine,
                CommandLine = "./retort " + string.Join(' ', parsed.Tokens.Select(t => ComparisonInput.Quoted(t.Value))),
            }, cancellation);
            if (parsed.GetValue(csv) is { } path)
                report.Table.WriteCsv(path);
            if (parsed.GetValue(json))
                Console.WriteLine(LeagueFile.Json(report));
            else
                LeagueText.Write(report, Console.Out);
        }));
        return command;
    }
}
