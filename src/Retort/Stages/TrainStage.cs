using System.Diagnostics;
using System.Globalization;
using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Serialization;
using Retort.Tracking;
using Retort.Training;

namespace Retort.Stages;

/// <summary>Trains a role's network, alone or with teachers, and leaves its weights as <c>model.safetensors</c>.</summary>
[Named("train")]
public sealed class TrainStage(TrainStageOptions options) : Stage(options)
{
    private const string CheckpointFile = "checkpoint.safetensors";
    private const int StepsBetweenReports = 20;
    private readonly TrainStageOptions _options = options;

    /// <inheritdoc/>
    public override string? TrainsRole => _options.Role;

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => _options.InitFrom is { } start ? [.. _options.Teachers, start] : _options.Teachers;

    /// <inheritdoc/>
    public override IEnumerable<string> UsesRoles => [_options.Role];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.RequireRole(_options, nameof(_options.Role), _options.Role);
        for (int k = 0; k < _options.Teachers.Count; k++)
            plan.RequireTrained(_options, nameof(_options.Teachers), _options.Teachers[k], k);
        if (_options.InitFrom is { } start)
            plan.RequireTrained(_options, nameof(_options.InitFrom), start);
        plan.RequireTaps(_options.Criteria, nameof(_options.Criteria), _options, _options.Role, _options.Teachers);
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Role student = context.NewRole(_options.Role);
        if (_options.InitFrom is { } start)
        {
            using Module source = context.Trained(start).Model;
            student.Model.LoadStateDict(source.StateDict());
        }

        Role[] teachers = [.. _options.Teachers.Select(context.Trained)];
        Loader loader = context.Data.Training(context.SeedOf("data"), _options.TrainSamples, _options.BatchSize);
        using (var scope = new TensorScope())
        {
            Batch sample = loader.Epoch(0).First();
            using Trainer trainer = MakeTrainer(context, student, teachers, sample, loader.Data);
            Engine.ManualSeed(context.SeedOf($"training/{context.Stage}"));
            Train(context, loader, trainer);
        }

        foreach (Role role in teachers.Append(student))
            role.Model.Dispose();
    }

    private SupervisedTrainer MakeTrainer(StageContext context, Role student, Role[] teachers, Batch sample, Dataset data)
    {
        Criterion[] criteria = [.. _options.Criteria.Select(c => context.Registry.Create<Criterion>(c))];
        string[] slugs = [.. _options.Criteria.Select(c => context.Registry.ComponentOf(c).Slug)];
        string[] names = [.. slugs.Select((s, k) => slugs.Count(o => o == s) == 1 ? s : string.Create(CultureInfo.InvariantCulture, $"{s}-{k}"))];
        try
        {
            return new SupervisedTrainer(
                new TrainingSetup
                {
                    Student = student,
                    Teachers = teachers,
                    Ask = (role, taps) => Ask(context, role, taps, data),
                    Criteria = criteria,
                    CriterionNames = names,
                    Optimizer = _options.Optimizer,
                    Schedule = _options.Schedule,
                    ClipNorm = _options.ClipNorm,
                    Precision = _options.Precision == "bfloat16" ? DType.BFloat16 : DType.Float32,
                    Device = context.Device,
                },
                sample);
        }
        catch (ArgumentException e)
        {
            throw new RunException($"stage '{context.Stage}': {e.Message}", isInputWrong: true, e);
        }
    }

    private ITeacher Ask(StageContext context, Role role, IReadOnlyList<TapPath> taps, Dataset data)
    {
        ITeacher teacher = taps.Count == 0 && (_options.RememberTeachers ?? context.Data.IsConstant)
            ? RememberedTeacher.Of(role, data, context.Data.Normalization, context.Device)
            : new FrozenTeacher(role, taps);
        return _options.TeacherRows == TeacherRows.Shuffled ? new ShuffledTeacher(teacher) : teacher;
    }

    private void Train(StageContext context, Loader loader, Trainer trainer)
    {
        long total = Math.Max(1, (long)Math.Round(_options.Epochs * loader.StepsPerEpoch));
        long every = _options.CheckpointEvery ?? loader.StepsPerEpoch;
        string checkpoint = context.In(CheckpointFile);
        using var meter = new TermMeter(trainer.FigureNames);
        TrainingPosition? found = context.Resume ? Checkpoint.Load(checkpoint, trainer, meter, context.Key) : null;
        long step = found?.Step ?? 0;
        context.Tracker.Rewind(context.Stage, context.Seed, found is null ? -1 : step);
        context.Progress.StageStarted(context.Stage, context.Seed, step);
        var watch = new Watch(found?.WallSeconds ?? 0, step);
        while (step < total)
        {
            long epoch = step / loader.StepsPerEpoch;
            foreach (Batch batch in Batches(loader, epoch, (int)(step % loader.StepsPerEpoch)))
            {
                var clock = new StepClock(step, total, loader.StepsPerEpoch);
                if (step % loader.StepsPerEpoch == 0)
                    Log(context, trainer.Inspect(batch, clock), clock, watch);
                trainer.Step(batch, clock, meter);
                step++;
                clock = clock with { Step = step };
                bool epochEnds = step % loader.StepsPerEpoch == 0 || step == total;
                if (step % StepsBetweenReports == 0 || epochEnds)
                    Report(context, trainer, meter, clock, watch, loader);
                if (epochEnds)
                    Evaluate(context, trainer, clock, watch);
                bool stop = context.Cancellation.IsCancellationRequested;
                if ((step % every == 0 || stop) && step < total)
                    Save(context, checkpoint, trainer, meter, new TrainingPosition(context.Key, step, watch.Seconds, double.NaN, 0));
                if (stop && step < total)
                    context.Cancellation.ThrowIfCancellationRequested();

                if (step == total)
                    break;
            }
        }

        context.Tracker.Flush();
        using (var scope = new TensorScope())
            SafeTensors.Write(context.In("model.safetensors"), trainer.Result.StateDict());
        File.Delete(checkpoint);
    }

    // Figures first: what was logged before a checkpoint must not be lost with the process.
    private static void Save(StageContext context, string path, Trainer trainer, TermMeter meter, TrainingPosition position)
    {
        context.Tracker.Flush();
        Checkpoint.Save(path, trainer, meter, position);
    }

    // A scope for each batch: what the loader made is freed before the next one is asked for.
    private static IEnumerable<Batch> Batches(Loader loader, long epoch, int firstStep)
    {
        using IEnumerator<Batch> batches = loader.Epoch(epoch, firstStep).GetEnumerator();
        while (true)
        {
            using var scope = new TensorScope();
            if (!batches.MoveNext())
                yield break;
            yield return batches.Current;
        }
    }

    private static void Report(StageContext context, Trainer trainer, TermMeter meter, StepClock clock, Watch watch, Loader loader)
    {
        double[] means = meter.Take();
        for (int k = 0; k < means.Length; k++)
        {
            if (!double.IsFinite(means[k]))
            {
                throw new RunException(
                    FormattableString.Invariant(
                        $"stage '{context.Stage}' (seed {context.Seed}) diverged: '{trainer.FigureNames[k]}' is {means[k]} by step {clock.Step}. ")
                    + "Lower the learning rate, set `clip_norm`, or lower the term's weight.");
            }
        }

        List<Metric> figures = [.. means.Select((m, k) => new Metric($"train/{trainer.FigureNames[k]}", m)), new Metric("train/lr", trainer.LearningRate)];
        context.Tracker.Scalars(context.At(clock.Step, clock.Epoch, watch.Seconds), [.. figures]);
        double rate = watch.Rate(clock.Step);
        context.Progress.Stepped(new TrainingProgress(
            context.Stage, context.Seed, clock.Step, clock.TotalSteps, clock.Epoch, (double)clock.TotalSteps / clock.StepsPerEpoch, means[0],
            rate * loader.Data.Count / loader.StepsPerEpoch, rate > 0 ? (clock.TotalSteps - clock.Step) / rate : double.NaN));
    }

    private void Evaluate(StageContext context, Trainer trainer, StepClock clock, Watch watch)
    {
        bool last = clock.Step == clock.TotalSteps;
        long epoch = clock.Step / clock.StepsPerEpoch;
        if (_options.EvaluateEvery == 0 || (!last && epoch % _options.EvaluateEvery != 0))
            return;
        string split = _options.EvaluateSplit ?? (context.Data.Options.Validation > 0 ? "validation" : "test");
        ClassificationFigures found = Predictor.Evaluate(trainer.Result, context.Data.Evaluation(split), context.Device);
        trainer.Result.Train();
        var figures = new List<KeyValuePair<string, double>>
        {
            new($"{split}/accuracy", found.Top1),
            new($"{split}/loss", found.NegativeLogLikelihood),
        };
        Log(context, figures, clock, watch);
        context.Progress.Measured(context.Stage, context.Seed, figures);
        if (last)
            context.Figures[$"{split}/accuracy"] = found.Top1;
    }

    private static void Log(StageContext context, IReadOnlyList<KeyValuePair<string, double>> figures, StepClock clock, Watch watch)
    {
        if (figures.Count > 0)
        {
            context.Tracker.Scalars(
                context.At(clock.Step, clock.Epoch, watch.Seconds), [.. figures.Select(f => new Metric(f.Key, f.Value))]);
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
