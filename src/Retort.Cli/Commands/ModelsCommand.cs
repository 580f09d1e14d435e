using System.CommandLine;
using Retort.Models;

namespace Retort.Cli.Commands;

/// <summary><c>retort models</c>.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        var command = new Command("models", "List the architectures that a role can name.");
        command.SetAction(_ =>
        {
            foreach (ModelEntry model in ModelCatalog.All.Concat(ModelCatalog.Composed))
                Console.WriteLine(model.Name);
            return Exit.Done;
        });
        return command;
    }
}
