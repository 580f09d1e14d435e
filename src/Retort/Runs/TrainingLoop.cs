using System.Diagnostics;
using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Tracking;
using Retort.Training;

namespace Retort.Runs;

/// <summary>Takes a trainer through its epochs: batches, figures, evaluation, checkpoints, stopping and going on.</summary>
/// <remarks>What a step does is the trainer's business; the loop is the same for a recipe's stage and for a program.</remarks>
public sealed class TrainingLoop
{
    private const int StepsBetweenReports = 20;

    /// <summary>Does the steps.</summary>
    public required Trainer Trainer { get; init; }

    /// <summary>Gives the batches.</summary>
    public required Loader Loader { get; init; }

    /// <summary>Passes over the data; at least one step is taken.</summary>
    public required double Epochs { get; init; }

    /// <summary>What figures and messages call the training.</summary>
    public string Name { get; init; } = "training";

    /// <summary>The seed that figures belong to.</summary>
    public long Seed { get; init; }

    /// <summary>Where the state is kept while training goes on; null to keep none.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Steps between checkpoints; null for an epoch.</summary>
    public int? CheckpointEvery { get; init; }

    /// <summary>Hash of what the training depends on: a checkpoint of another one is not taken up.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>Whether to go on from a checkpoint.</summary>
    public bool Resume { get; init; }

    /// <summary>Measures a network after every <see cref="EvaluateEvery"/> epochs and at the end; null for never.</summary>
    public Func<Module, IReadOnlyList<KeyValuePair<string, double>>>? Evaluate { get; init; }

    /// <summary>Epochs between evaluations, at least 1.</summary>
    public int EvaluateEvery { get; init; } = 1;

    /// <summary>Where figures go; null for nowhere.</summary>
    public ITracker? Tracker { get; init; }

    /// <summary>Told what happens; null for nobody.</summary>
    public IRunProgress? Progress { get; init; }

    /// <summary>Stops between steps, after the state was saved.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Trains to the end.</summary>
    /// <returns>What the last evaluation measured; empty where there was none.</returns>
    /// <exception cref="RunException">A loss is not finite any more, or the checkpoint is damaged.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<KeyValuePair<string, double>> Run()
    {
        long total = Math.Max(1, (long)Math.Round(Epochs * Loader.StepsPerEpoch));
        long every = CheckpointEvery ?? Loader.StepsPerEpoch;
        using var meter = new TermMeter(Trainer.FigureNames);
        TrainingPosition? found = Resume && CheckpointPath is { } path ? Checkpoint.Load(path, Trainer, meter, Key) : null;
        long step = found?.Step ?? 0;
        Tracker?.Rewind(Name, Seed, found is null ? -1 : step);
        Progress?.StageStarted(Name, Seed, step);
        var watch = new Watch(found?.WallSeconds ?? 0, step);
        IReadOnlyList<KeyValuePair<string, double>> measured = [];
        while (step < total)
        {
            long epoch = step / Loader.StepsPerEpoch;
            foreach (Batch batch in Batches(epoch, (int)(step % Loader.StepsPerEpoch)))
            {
                var clock = new StepClock(step, total, Loader.StepsPerEpoch);
                if (step % Loader.StepsPerEpoch == 0)
                    Log(Trainer.Inspect(batch, clock), clock, watch);
                Trainer.Step(batch, clock, meter);
                step++;
                clock = clock with { Step = step };
                bool epochEnds = step % Loader.StepsPerEpoch == 0 || step == total;
                if (step % StepsBetweenReports == 0 || epochEnds)
                    Report(meter, clock, watch);
                if (epochEnds)
                    measured = Measure(clock, watch) ?? measured;
                bool stop = Cancellation.IsCancellationRequested;
                if ((step % every == 0 || stop) && step < total)
                    Save(meter, new TrainingPosition(Key, step, watch.Seconds, double.NaN, 0));
                if (stop && step < total)
                    Cancellation.ThrowIfCancellationRequested();
                if (step == total)
                    break;
            }
        }

        Trainer.Conclude();
        Tracker?.Flush();
        return measured;
    }

    // Figures first: what was logged before a checkpoint must not be lost with the process.
    private void Save(TermMeter meter, TrainingPosition position)
    {
        Tracker?.Flush();
        if (CheckpointPath is { } path)
            Checkpoint.Save(path, Trainer, meter, position);
    }

    // A scope for each batch: what the loader made is freed before the next one is asked for.
    private IEnumerable<Batch> Batches(long epoch, int firstStep)
    {
        using IEnumerator<Batch> batches = Loader.Epoch(epoch, firstStep).GetEnumerator();
        while (true)
        {
            using var scope = new TensorScope();
            if (!batches.MoveNext())
                yield break;
            yield return batches.Current;
        }
    }

    private void Report(TermMeter meter, StepClock clock, Watch watch)
    {
        double[] means = meter.Take();
        for (int k = 0; k < means.Length; k++)
        {
            if (!double.IsFinite(means[k]))
            {
                throw new RunException(
                    FormattableString.Invariant(
                        $"stage '{Name}' (seed {Seed}) diverged: '{Trainer.FigureNames[k]}' is {means[k]} by step {clock.Step}. ")
                    + "Lower the learning rate, set `clip_norm`, or lower the term's weight.");
            }
        }

        Log([.. means.Select((m, k) => new KeyValuePair<string, double>($"train/{Trainer.FigureNames[k]}", m)),
            new("train/lr", Trainer.LearningRate)], clock, watch);
        double rate = watch.Rate(clock.Step);
        Progress?.Stepped(new TrainingProgress(
            Name, Seed, clock.Step, clock.TotalSteps, clock.Epoch, (double)clock.TotalSteps / clock.StepsPerEpoch, means[0],
            rate * Loader.Data.Count / Loader.StepsPerEpoch, rate > 0 ? (clock.TotalSteps - clock.Step) / rate : double.NaN));
    }

    private IReadOnlyList<KeyValuePair<string, double>>? Measure(StepClock clock, Watch watch)
    {
        bool last = clock.Step == clock.TotalSteps;
        long epoch = clock.Step / clock.StepsPerEpoch;
        if (Evaluate is not { } evaluate || (!last && epoch % EvaluateEvery != 0))
            return null;
        IReadOnlyList<KeyValuePair<string, double>> figures;
        using (IDisposable? asLeft = Trainer.AsLeft())
            figures = evaluate(Trainer.Result);
        Trainer.Train();
        Log(figures, clock, watch);
        Progress?.Measured(Name, Seed, figures);
        return figures;
    }

    private void Log(IReadOnlyList<KeyValuePair<string, double>> figures, StepClock clock, Watch watch)
    {
        if (figures.Count > 0)
        {
            Tracker?.Scalars(
                new TrackPoint(Name, Seed, clock.Step, clock.Epoch, watch.Seconds),
                [.. figures.Select(f => new Metric(f.Key, f.Value))]);
        }
    }

    /// <summary>Seconds computed, those before an interruption included, and steps a second since the last question.</summary>
    private sealed class Watch(double before, long step)
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private long _lastTime = Stopwatch.GetTimestamp();
        private long _lastStep = step;

        public double Seconds => before + Stopwatch.GetElapsedTime(_start).TotalSeconds;

        public double Rate(long step)
        {
            double seconds = Stopwatch.GetElapsedTime(_lastTime).TotalSeconds;
            double rate = seconds > 0 ? (step - _lastStep) / seconds : 0;
            _lastTime = Stopwatch.GetTimestamp();
            _lastStep = step;
            return rate;
        }
    }
}
