using System.CommandLine;
using Retort.Recipes;
using Retort.Runs;

namespace Retort.Cli.Commands;

/// <summary><c>retort schema</c>.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var command = new Command("schema", "Print the JSON Schema of recipes, from which editors complete and check.");
        command.SetAction(_ =>
        {
            Console.WriteLine(RecipeSchema.Generate(RetortCatalog.Default));
            return Exit.Done;
        });
        return command;
    }
}
