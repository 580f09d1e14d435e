using System.CommandLine;
using Retort.Recipes;

namespace Retort.Cli.Commands;

/// <summary><c>retort schema</c>.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var plugin = PluginOption.Create();
        var command = new Command("schema", "Print the JSON Schema of recipes, from which editors complete and check.")
        {
            plugin,
        };
        command.SetAction(parsed =>
        {
            Console.WriteLine(RecipeSchema.Generate(PluginOption.RegistryOf(parsed, plugin)));
            return Exit.Done;
        });
        return command;
    }
}
