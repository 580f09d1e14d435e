using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Retort.Cli;

/// <summary>A run of one recipe in a process of its own, by this same program.</summary>
internal sealed partial class ChildRun : IDisposable
{
    private const int TerminateSignal = 15;

    // What a process reports that the signal met before it had learnt to save anything.
    private const int Terminated = 128 + TerminateSignal;

    private readonly Process _process;
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Starts the process.</summary>
    /// <param name="item">What to run.</param>
    /// <param name="prefix">What begins each line of its messages; null to let it write to our terminal itself.</param>
    public ChildRun(BatchItem item, string? prefix)
    {
        Item = item;
        string self = Environment.ProcessPath ?? throw new InvalidOperationException("the program's own file is not known.");
        var start = new ProcessStartInfo(self) { RedirectStandardOutput = true, RedirectStandardError = prefix is not null };

        // `dotnet Retort.Cli.dll` is a host with our assembly as its first argument.
        if (Path.GetFileNameWithoutExtension(self) == "dotnet")
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        foreach (string argument in item.Arguments)
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;

        // Its results stand in its summary, from which the table of all is made.
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        if (prefix is not null)
        {
            _process.ErrorDataReceived += (_, e) =>
            {
                if (e.Data is not null)
                    Console.Error.WriteLine(prefix + e.Data);
            };
            _process.BeginErrorReadLine();
        }

        Ended = _process.WaitForExitAsync();
    }

    /// <summary>What is run.</summary>
    public BatchItem Item { get; }

    /// <summary>Done when the process has ended and its messages were shown.</summary>
    public Task Ended { get; }

    /// <summary>The exit code of a process that has ended; a process that was killed has failed.</summary>
    public int Code => _process.ExitCode switch
    {
        Exit.Done or Exit.Failed or Exit.WrongInput or Exit.Interrupted => _process.ExitCode,
        Terminated => Exit.Interrupted,
        _ => Exit.Failed,
    };

    /// <summary>Seconds since the start.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Asks the process to save its state and end. Not by Ctrl-C's signal: the terminal has sent that already, and a
    /// second one would end it at once.</summary>
    public void Stop()
    {
        if (!_process.HasExited)
            _ = Kill(_process.Id, TerminateSignal);
    }

    public void Dispose() => _process.Dispose();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
