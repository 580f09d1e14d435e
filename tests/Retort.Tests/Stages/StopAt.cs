using Retort.Runs;

namespace Retort.Tests.Stages;

/// <summary>Asks to stop at the first progress of a stage; never where none is named.</summary>
internal sealed class StopAt(string? stage) : IRunProgress, IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public CancellationToken Token => _source.Token;

    public void Dispose() => _source.Dispose();

    public void RunStarted(string recipe, string folder, int stages)
    {
    }

    public void StageStarted(string stage, long seed, long resumedAt)
    {
    }

    public void StageReused(string stage, long seed)
    {
    }

    public void Stepped(in TrainingProgress progress)
    {
        if (progress.Stage == stage)
            _source.Cancel();
    }

    public void Measured(string stage, long seed, IReadOnlyList<KeyValuePair<string, double>> figures)
    {
    }

    public void Warned(string message)
    {
    }

    public void StageFinished(string stage, long seed, double wallSeconds)
    {
    }
}
