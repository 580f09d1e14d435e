using System.Runtime.InteropServices;

namespace Retort.Cli;

/// <summary>Lets Ctrl-C and SIGTERM end long work between steps, after its state was saved.</summary>
internal static class Interruptible
{
    public static void Run(Action<CancellationToken> work)
    {
        using var stop = new CancellationTokenSource();
        void OnCancel(object? sender, ConsoleCancelEventArgs e)
        {
            // A second Ctrl-C ends the process at once.
            e.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }

        Console.CancelKeyPress += OnCancel;
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        try
        {
            work(stop.Token);
        }
        finally
        {
            Console.CancelKeyPress -= OnCancel;
        }
    }
}
