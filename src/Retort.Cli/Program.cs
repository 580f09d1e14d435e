using System.CommandLine;
using System.CommandLine.Parsing;
using Retort.Cli.Commands;

namespace Retort.Cli;

/// <summary>The entry point of the command <c>retort</c>.</summary>
public static class Program
{
    /// <summary>Runs one command line and returns its exit code: 0 done, 1 failed, 2 wrong input, 130 interrupted.</summary>
    public static int Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var root = new RootCommand("Retort distils big models into small ones, and shows the evidence.")
        {
            RunCommand.Create(),
            CheckCommand.Create(),
            SchemaCommand.Create(),
            MethodsCommand.Create(),
            ModelsCommand.Create(),
            GoldenCommand.Create(),
            CompareCommand.Create(),
            TuneCommand.Create(),
            ExportCommand.Create(),
            BenchCommand.Create(),
            DataCommand.Create(),
            AtlasCommand.Create(),
            RunsCommand.Create(),
            ServeCommand.Create(),
        };
        ParseResult parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                Console.Error.WriteLine($"error: {error.Message}");
            Console.Error.WriteLine($"`{PathOf(parsed.CommandResult)} --help` describes the command.");
            return Exit.WrongInput;
        }

        return Exit.Guard(() => parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
    }

    // `retort runs list` for a sub-command's sub-command.
    private static string PathOf(CommandResult result)
    {
        string path = string.Empty;
        for (SymbolResult? at = result; at is CommandResult { Parent: not null } command; at = at.Parent)
            path = $" {command.Command.Name}{path}";
        return "retort" + path;
    }
}
