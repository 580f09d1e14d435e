using System.Diagnostics;
using System.Text;

namespace Retort.Tests.Cli;

/// <summary>Runs the built command line as a process of its own, as a user does.</summary>
internal static class CommandLine
{
    public static Process Start(string folder, params string[] arguments) => StartWith(folder, [], arguments);

    public static CommandResult Run(string folder, params string[] arguments) => RunWith(folder, [], arguments);

    public static CommandResult RunWith(string folder, Dictionary<string, string> environment, params string[] arguments)
    {
        using Process process = StartWith(folder, environment, arguments);
        var error = new StringBuilder();
        process.ErrorDataReceived += (_, e) => error.AppendLine(e.Data);
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(5)), "the command did not end within five minutes.");
        process.WaitForExit();
        return new CommandResult(process.ExitCode, output, error.ToString());
    }

    private static Process StartWith(string folder, Dictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Retort.Cli.dll"));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}

internal sealed record CommandResult(int Code, string Output, string Error);
