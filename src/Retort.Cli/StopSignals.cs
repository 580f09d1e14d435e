using System.Runtime.InteropServices;

namespace Retort.Cli;

/// <summary>Ctrl-C and SIGTERM as a token, as long as this object lives: what runs then saves its state and stops.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _terminate;

    public StopSignals()
    {
        Console.CancelKeyPress += OnCancel;
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            _stop.Cancel();
        });
    }

    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= OnCancel;
        _terminate.Dispose();
        _stop.Dispose();
    }

    private void OnCancel(object? sender, ConsoleCancelEventArgs e)
    {
        // A second Ctrl-C ends the process at once.
        e.Cancel = !_stop.IsCancellationRequested;
        _stop.Cancel();
    }
}
