using Retort.Data;
using Retort.Data.Formats;
using Retort.Runs;
using Retort.Synthesis;
using Retort.Torch;
using Retort.Torch.Optim;
using Retort.Torch.Serialization;

namespace Retort.Stages;

/// <summary>Makes a small training set by gradient descent on its samples; train stages name it under <c>train_on</c>.</summary>
[Named("synthesize")]
public sealed class SynthesizeStage(SynthesizeStageOptions options) : DataStage(options)
{
    private readonly SynthesizeStageOptions _options = options;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads =>
        [.. base.Reads, .. _options.Teachers, .. ((string?[])[_options.Trajectories]).OfType<string>()];

    /// <inheritdoc/>
    public override IEnumerable<string> UsesRoles => ((string?[])[_options.Role]).OfType<string>();

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        base.Check(plan);
        using var synthesizer = plan.Registry.Create<Synthesizer>(_options.By);
        string slug = plan.Registry.ComponentOf(_options.By).Slug;
        if (_options.Role is { } role)
            plan.RequireRole(_options, nameof(_options.Role), role);
        else if (synthesizer.NeedsRole)
        {
            plan.Report(
                _options, nameof(_options.By), $"'{slug}' works with a kind of network, and the stage names none", "role: NAME");
        }
        for (int k = 0; k < _options.Teachers.Count; k++)
            plan.RequireTrained(_options, nameof(_options.Teachers), _options.Teachers[k], k);
        if (synthesizer.NeedsTeacher && _options.Teachers.Count == 0)
        {
            plan.Report(
                _options, nameof(_options.By), $"'{slug}' works from a trained model, and the stage names none",
                "teachers: [NAME]");
        }
        if (_options.Trajectories is { } recorded)
        {
            if (plan.RequireBefore<TrajectoriesStage>(_options, nameof(_options.Trajectories), recorded) is { } stage
                && stage.Role != _options.Role)
            {
                plan.Report(
                    _options, nameof(_options.Trajectories), $"'{recorded}' recorded trainings of role '{stage.Role}'",
                    $"role: {stage.Role}");
            }
        }
        else if (synthesizer.NeedsTrajectories)
        {
            plan.Report(
                _options, nameof(_options.By), $"'{slug}' follows recorded trainings, and the stage names none",
                "trajectories: STAGE");
        }
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var scope = new TensorScope();
        Dataset data = RealData(context);
        Engine.ManualSeed(context.SeedOf($"synthesis/{context.Stage}"));
        using Surrogate? network = _options.Role is { } role
            ? new Surrogate(context.NewRole(role), () => context.DrawNetwork(role))
            : null;
        Surrogate[] teachers = [.. _options.Teachers.Select(name => new Surrogate(context.Trained(name)))];
        Trajectory[] trajectories = network is null ? [] : Recorded(context, network);
        using var synthesizer = context.Registry.Create<Synthesizer>(_options.By);
        try
        {
            synthesizer.Attach(Setup(context, data, network, teachers) with { Trajectories = trajectories });
        }
        catch (ArgumentException e)
        {
            throw new RunException($"stage '{context.Stage}': {e.Message}", isInputWrong: true, e);
        }

        StepLoop loop = Optimize(context, synthesizer);
        SyntheticSet made = synthesizer.Result();
        IReadOnlyDictionary<string, Tensor> fields = made.Targets is { } learned
            ? new Dictionary<string, Tensor> { ["targets"] = learned.To(Device.Cpu) }
            : SoftLabels(context, made.Images);
        SampleFile.Write(
            context.In(DataFile), context.Data.Denormalize(made.Images).To(Device.Cpu), made.Labels.To(Device.Cpu),
            data.ClassNames, fields);
        loop.Finish();
        foreach (IDisposable held in teachers.Concat<IDisposable>(trajectories))
            held.Dispose();
    }

    private Trajectory[] Recorded(StageContext context, Surrogate network)
    {
        if (_options.Trajectories is not { } stage)
            return [];
        string folder = context.FolderOf(stage);
        try
        {
            return
            [
                .. Enumerable.Range(0, int.MaxValue)
                    .Select(run => Path.Combine(folder, Trajectory.FileOf(run))).TakeWhile(File.Exists)
                    .Select(path => Trajectory.Read(path, network.Weights)),
            ];
        }
        catch (SafeTensorsException e)
        {
            throw new RunException($"the trainings of stage '{stage}' cannot be used: {e.Message}", inner: e);
        }
    }

    private SynthesisSetup Setup(StageContext context, Dataset data, Surrogate? network, Surrogate[] teachers)
    {
        foreach (Surrogate teacher in teachers)
            teacher.SetTrainable(false);
        var real = new RealSamples(data, context.Data.Preparation, context.Device);
        ulong seed = context.SeedOf($"synthesis/{context.Stage}");
        RandomStream random = RandomStream.Derive(seed, 0x57A27);
        long[] shape = [real.Classes * (long)_options.PerClass, .. data.SampleShape];
        Tensor images = _options.Start == SynthesisStart.Noise
            ? Tensor.Randn(null, shape).To(context.Device)
            : Ops.Cat([.. Enumerable.Range(0, real.Classes).Select(c => real.Draw(c, _options.PerClass, random))]);
        if (!images.Shape.AsSpan().SequenceEqual(shape))
        {
            throw new ArgumentException(
                $"there are fewer than {_options.PerClass} real samples of a class to begin with; say `start: noise`.",
                nameof(data));
        }
        Tensor labels = Ops.Cat(
            [.. Enumerable.Range(0, real.Classes).Select(c => Tensor.Full([_options.PerClass], c, DType.Int64))]);
        return new SynthesisSetup
        {
            Images = images.Contiguous().SetRequiresGrad(),
            Labels = labels.To(context.Device),
            Classes = real.Classes,
            PerClass = _options.PerClass,
            Steps = _options.Steps,
            Seed = seed,
            Real = real,
            Range = (Bound(context, data, 0), Bound(context, data, 1)),
            Teachers = teachers,
            Network = network,
        };
    }

    // Numbers that are no pixels have no bounds.
    private static Tensor Bound(StageContext context, Dataset data, int value)
    {
        Tensor bound = Tensor.Full(
            [1, .. data.SampleShape.Take(1), .. Enumerable.Repeat(1L, Math.Max(0, data.SampleShape.Count - 1))],
            data.IsBytes ? value : value == 0 ? double.NegativeInfinity : double.PositiveInfinity);
        var batch = new Batch(bound, Tensor.Zeros(DType.Int64, 1), Tensor.Zeros(DType.Int64, 1));
        foreach (IBatchTransform transform in context.Data.Normalization)
            batch = transform.Apply(batch, default);
        return batch.Input.To(context.Device);
    }

    private StepLoop Optimize(StageContext context, Synthesizer synthesizer)
    {
        SynthesisSetup setup = synthesizer.Setup;
        ParameterGroup[] groups = [new ParameterGroup([setup.Images]), .. synthesizer.Learned];
        using Optimizer optimizer = _options.Optimizer.Create(groups);
        var state = new SynthesisState(synthesizer, optimizer);
        var loop = new StepLoop(context, _options.Steps)
        {
            CheckpointEvery = _options.CheckpointEvery,
            UnitsPerStep = setup.Images.Size(0),
            State = state.Save,
            Load = state.Load,
        };
        loop.Run(step =>
        {
            optimizer.ZeroGrad();
            double factor = _options.Schedule.At(new StepClock(step, _options.Steps, 1));
            foreach (ParameterGroup group in groups)
                group.LearningRate = group.InitialLearningRate * factor;
            Tensor loss = synthesizer.Backward(step);
            optimizer.Step();
            synthesizer.Moved(step);
            return (step + 1) % loop.ReportEvery == 0 || step + 1 == loop.Steps
                ? [new("loss", loss.ToDouble()), .. synthesizer.Figures]
                : [];
        });
        optimizer.ZeroGrad();
        foreach ((string name, double value) in synthesizer.Figures)
            context.Figures[name] = value;
        return loop;
    }
}
