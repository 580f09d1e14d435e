using System.Diagnostics;
using Retort.Methods.Features;
using Retort.Methods.Logits;
using Retort.Tracking;
using Retort.Training;
using Retort.Training.Optimizers;

namespace Retort.Benchmarks;

/// <summary>Training steps as <c>train</c> does them: trainer, compiled teacher, taps, meter, figures to a file.</summary>
internal sealed class FrameworkStep : IBenchmarkStep
{
    internal const double LearningRate = 0.05;
    internal const double WeightDecay = 5e-4;

    // As many as `train` lets pass.
    private const int StepsBetweenReports = 20;
    private const long StepsPerEpoch = 469;
    private const long TotalSteps = 1_000_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("retort-bench-").FullName;
    private readonly ResNetPair _pair = new();
    private readonly SupervisedTrainer _trainer;
    private readonly TermMeter _meter;
    private readonly JsonlTracker _tracker;
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _step;

    internal FrameworkStep()
    {
        _trainer = new SupervisedTrainer(
            new TrainingSetup
            {
                Student = _pair.Student,
                Teachers = [_pair.Teacher],
                Criteria =
                [
                    new CrossEntropy(new CrossEntropyOptions()),
                    new KnowledgeDistillation(new KnowledgeDistillationOptions()),
                    new AttentionTransfer(new AttentionTransferOptions()),
                ],
                CriterionNames = ["cross-entropy", "kd", "at"],
                Optimizer = new SgdChoice { Lr = LearningRate, WeightDecay = WeightDecay },
            },
            _pair.Batch);
        _meter = new TermMeter(_trainer.FigureNames);
        _tracker = new JsonlTracker(Path.Combine(_folder, "metrics.jsonl"));
    }

    /// <inheritdoc/>
    public void Run(int steps)
    {
        for (int k = 0; k < steps; k++)
        {
            _trainer.Step(_pair.Batch, new StepClock(_step++, TotalSteps, StepsPerEpoch), _meter);
            if (_step % StepsBetweenReports == 0)
                Report(new StepClock(_step, TotalSteps, StepsPerEpoch));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tracker.Dispose();
        _meter.Dispose();
        _trainer.Dispose();
        _pair.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Report(StepClock clock)
    {
        double[] means = _meter.Take();
        _tracker.Scalars(
            new TrackPoint("student", 0, clock.Step, clock.Epoch, Stopwatch.GetElapsedTime(_start).TotalSeconds),
            [
                .. means.Select((m, k) => new Metric($"train/{_trainer.FigureNames[k]}", m)),
                new Metric("train/lr", _trainer.LearningRate),
            ]);
    }
}
