using System.Globalization;
using Retort.Recipes;
using Retort.Runs;

namespace Retort.Cli.Commands;

/// <summary>What <c>compare</c> and <c>tune</c> read alike from the command line.</summary>
internal static class ComparisonInput
{
    /// <summary>Reads seeds: a bare number says how many, so that <c>--seeds 5</c> is five seeds from 0.</summary>
    public static Seeds? Seeds(string? text)
    {
        try
        {
            return text is null ? null
                : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong count) && count > 0
                    ? Recipes.Seeds.Parse($"0..{count - 1}")
                    : Recipes.Seeds.Parse(text);
        }
        catch (FormatException e)
        {
            throw new RunException($"--seeds: {e.Message}", isInputWrong: true, e);
        }
    }

    /// <summary>Runs something that Ctrl-C and SIGTERM ask to save and stop.</summary>
    public static int Interruptible(Action<CancellationToken> work)
    {
        using var stop = new StopSignals();
        try
        {
            work(stop.Token);
            return Exit.Done;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("interrupted; the state was saved, and the same command goes on.");
            return Exit.Interrupted;
        }
    }

    /// <summary>How this program was started: the command line of a process that does a part of the work.</summary>
    public static IReadOnlyList<string> Program()
    {
        string self = Environment.ProcessPath ?? throw new RunException("the running program's path is not known.");
        string assembly = Path.Combine(AppContext.BaseDirectory, "Retort.Cli.dll");
        return Path.GetFileNameWithoutExtension(self) == "dotnet" ? [self, assembly] : [self];
    }

    /// <summary>A word of a command line as a shell reads it back.</summary>
    public static string Quoted(string word) => word.Length > 0
        && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=,:@%+".Contains(c, StringComparison.Ordinal))
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
