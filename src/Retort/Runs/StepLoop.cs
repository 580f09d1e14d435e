using System.Diagnostics;
using Retort.Torch;
using Retort.Tracking;

namespace Retort.Runs;

/// <summary>A stage's work in steps: progress, figures, checkpoints, stopping and going on with the same bits.</summary>
/// <remarks>For stages whose work is no training of one network over a loader: synthesis of data, search, rounds of clients,
/// generation. What a step draws must come from the default generator, which is part of the checkpoint, or from the step's
/// number.</remarks>
public sealed class StepLoop
{
    private readonly StageContext _context;

    /// <summary>Creates a loop over a stage's steps.</summary>
    /// <param name="context">The stage's.</param>
    /// <param name="steps">How many there are, at least 1.</param>
    public StepLoop(StageContext context, long steps)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        _context = context;
        Steps = steps;
    }

    /// <summary>How many steps there are.</summary>
    public long Steps { get; }

    /// <summary>What the work has made so far, by name: what a checkpoint must hold. The tensors are live.</summary>
    public required Func<IEnumerable<KeyValuePair<string, Tensor>>> State { get; init; }

    /// <summary>Takes over what <see cref="State"/> gave.</summary>
    public required Action<IReadOnlyDictionary<string, Tensor>> Load { get; init; }

    /// <summary>Steps between checkpoints, at least 1.</summary>
    public long CheckpointEvery { get; init; } = 50;

    /// <summary>Steps between reports, at least 1.</summary>
    public long ReportEvery { get; init; } = 10;

    /// <summary>What a step counts, such as samples, for the rate that progress shows.</summary>
    public double UnitsPerStep { get; init; } = 1;

    /// <summary>The checkpoint's name in the stage's folder; a stage with several loops names them apart.</summary>
    public string File { get; init; } = "checkpoint.safetensors";

    /// <summary>Does the steps that are left.</summary>
    /// <param name="step">Does step k and gives its figures, the loss first where there is one;
    /// called in a scope of its own.</param>
    /// <exception cref="OperationCanceledException">It was stopped, after the state was saved.</exception>
    /// <exception cref="RunException">A figure called a loss is not finite, or the checkpoint is damaged.</exception>
    public void Run(Func<long, IReadOnlyList<KeyValuePair<string, double>>> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        TrainingPosition? found = _context.Resume ? Checkpoint.Load(_context.In(File), _context.Key, Load) : null;
        long done = found?.Step ?? 0;
        double before = found?.WallSeconds ?? 0;
        _context.Tracker.Rewind(_context.Stage, _context.Seed, found is null ? -1 : done);
        _context.Progress.StageStarted(_context.Stage, _context.Seed, done);
        long start = Stopwatch.GetTimestamp(), first = done;
        while (done < Steps)
        {
            IReadOnlyList<KeyValuePair<string, double>> figures;
            using (var scope = new TensorScope())
                figures = step(done);
            done++;
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (done % ReportEvery == 0 || done == Steps)
                Report(figures, done, before + seconds, (done - first) / Math.Max(seconds, 1e-9));
            bool stop = _context.Cancellation.IsCancellationRequested;
            if ((done % CheckpointEvery == 0 || stop) && done < Steps)
                Save(new TrainingPosition(_context.Key, done, before + seconds, double.NaN, 0));
            if (stop && done < Steps)
                _context.Cancellation.ThrowIfCancellationRequested();
        }

        _context.Tracker.Flush();
    }

    /// <summary>Deletes the checkpoint: call it when the stage's result is written.</summary>
    public void Finish() => System.IO.File.Delete(_context.In(File));

    private void Report(IReadOnlyList<KeyValuePair<string, double>> figures, long done, double seconds, double rate)
    {
        foreach ((string name, double value) in figures)
        {
            if (!double.IsFinite(value) && name.Contains("loss", StringComparison.Ordinal))
            {
                throw new RunException(
                    FormattableString.Invariant(
                        $"stage '{_context.Stage}' (seed {_context.Seed}) diverged: '{name}' is {value} by step {done}. ")
                    + "Lower its learning rate.");
            }
        }

        if (figures.Count > 0)
            _context.Tracker.Scalars(_context.At(done, done, seconds), [.. figures.Select(f => new Metric(f.Key, f.Value))]);
        _context.Progress.Stepped(new TrainingProgress(
            _context.Stage, _context.Seed, done, Steps, done, Steps, figures.Count > 0 ? figures[0].Value : double.NaN,
            rate * UnitsPerStep, (Steps - done) / rate));
    }

    // Figures first: what was logged before a checkpoint must not be lost with the process.
    private void Save(TrainingPosition position)
    {
        _context.Tracker.Flush();
        Checkpoint.Save(_context.In(File), State(), position);
    }
}
