using System.CommandLine;
using Retort.Recipes;
using Retort.Registry;
using Retort.Runs;
using Retort.Runs.Explain;

namespace Retort.Cli.Commands;

/// <summary><c>retort check RECIPE</c>.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var recipes = new Argument<string[]>("RECIPE") { Description = "Recipe files.", Arity = ArgumentArity.OneOrMore };
        var set = new Option<string[]>("--set") { Description = "Override a value of the recipe: path.to.key=value." };
        var explain = new Option<bool>("--explain")
        {
            Description = "Print the plan: files, networks, taps and shapes, steps, time and memory. Runs a few samples and "
                + "steps.",
        };
        var json = new Option<bool>("--json") { Description = "With --explain: print JSON." };
        var plugin = PluginOption.Create();
        var command = new Command("check", "Say everything that is wrong with a recipe, without running it.")
        {
            recipes, set, explain, json, plugin,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(json) && !parsed.GetValue(explain))
                throw new RunException("--json goes with --explain.", isInputWrong: true);
            ComponentRegistry registry = PluginOption.RegistryOf(parsed, plugin);
            int code = Exit.Done;
            foreach (string path in parsed.GetValue(recipes)!)
            {
                int one = Exit.Guard(() =>
                {
                    RecipeDocument document = RecipeDocument.Load(path, parsed.GetValue(set) ?? []);
                    if (parsed.GetValue(explain))
                    {
                        RecipeExplanation explanation = RecipeExplainer.Explain(document, registry);
                        Console.Write(parsed.GetValue(json)
                            ? ExplanationText.WriteJson(explanation) + "\n"
                            : ExplanationText.Write(explanation));
                        return Exit.Done;
                    }

                    (RecipePlan plan, Binding<Recipe> binding) = Runner.Check(document, registry);
                    using (plan)
                        binding.ThrowIfWrong();
                    Console.WriteLine($"{path}: nothing is wrong.");
                    return Exit.Done;
                });
                code = Math.Max(code, one);
            }

            return code;
        });
        return command;
    }
}
