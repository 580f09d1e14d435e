using System.Diagnostics;
using System.Globalization;
using System.Text;
using Retort.Reports;
using Retort.Runs;

namespace Retort.Comparison;

/// <summary>Runs a recipe by Retort's command line in a process of its own, so that its memory is a method's alone.</summary>
internal static class ChildRun
{
    private const int Failed = 1;
    private const int WrongInput = 2;
    private const int Killed = 137;
    private const int Interrupted = 130;

    // What every child repeats about the stages that they share.
    private static readonly string[] Repeated = ["unchanged, used again", " stages into ", " stage into ", " of computing"];

    /// <summary>Runs it to its end.</summary>
    /// <param name="commandLine">The program and its arguments.</param>
    /// <param name="say">Told what the child says of its progress.</param>
    /// <param name="cancellation">Asks the child to save and stop.</param>
    /// <returns>Null, or why training failed.</returns>
    /// <exception cref="RunException">The child found its input wrong, or could not be started.</exception>
    /// <exception cref="OperationCanceledException">It was stopped, its state saved.</exception>
    public static string? Run(IReadOnlyList<string> commandLine, Action<string>? say, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(commandLine[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in commandLine.Skip(1))
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start) ?? throw new RunException($"'{commandLine[0]}' could not be started.");
        using CancellationTokenRegistration stop = cancellation.Register(() => Terminate(process.Id));
        var errors = new StringBuilder();
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is not { Length: > 0 } line)
                return;
            if (line.StartsWith(' ') && !Array.Exists(Repeated, r => line.Contains(r, StringComparison.Ordinal)))
                say?.Invoke(line);
            else if (!line.StartsWith(' ') && !Array.Exists(Repeated, r => line.Contains(r, StringComparison.Ordinal)))
                errors.AppendLine(line);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        string found = errors.ToString().Trim();
        string text = found.StartsWith("error: ", StringComparison.Ordinal) ? found["error: ".Length..] : found;
        return process.ExitCode switch
        {
            0 => null,
            Failed => text.Length > 0 ? StageBatch.FirstLine(text) : "the process failed without a word",
            Interrupted => throw new OperationCanceledException(),
            WrongInput => throw new RunException(text, isInputWrong: true),
            Killed => "the process was killed, perhaps for want of memory",
            _ => string.Create(CultureInfo.InvariantCulture, $"the process ended with {process.ExitCode}. {text}"),
        };
    }

    /// <summary>The largest resident memory of the child that wrote a run's summary.</summary>
    public static long PeakBytes(string folder) => SummaryFile.Read(Path.Combine(folder, "summary.json")).PeakRssBytes;

    // Process.Kill would not let it save.
    private static void Terminate(int process)
    {
        using Process kill = Process.Start("kill", ["-TERM", process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
