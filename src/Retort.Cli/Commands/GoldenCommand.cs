using System.CommandLine;
using Retort.Golden;
using Retort.Runs;

namespace Retort.Cli.Commands;

/// <summary><c>retort golden DIR</c>.</summary>
internal static class GoldenCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "Folder of reference vectors (*.json)." };
        var command = new Command("golden", "Compare methods with what the papers' own code computes.") { folder };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(folder)!;
            if (!Directory.Exists(path))
                throw new RunException($"'{path}' is no folder.", isInputWrong: true);
            GoldenResult[] results =
                [.. Directory.EnumerateFiles(path, "*.json").Order(StringComparer.Ordinal).Select(GoldenChecker.Check)];
            foreach (GoldenResult result in results)
                Console.WriteLine($"{result.Verdict.ToString().ToLowerInvariant(),-7}  {result.File}: {result.Detail}");
            int Count(GoldenVerdict verdict) => results.Count(r => r.Verdict == verdict);
            Console.WriteLine(
                $"{Count(GoldenVerdict.Passed)} passed, {Count(GoldenVerdict.Failed)} failed, "
                + $"{Count(GoldenVerdict.Unknown)} unknown");
            return Count(GoldenVerdict.Failed) > 0 ? Exit.Failed : Exit.Done;
        });
        return command;
    }
}
