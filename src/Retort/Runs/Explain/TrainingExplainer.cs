using System.Diagnostics;
using System.Globalization;
using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Recipes.Schedules;
using Retort.Runs.Checks;
using Retort.Stages;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;

namespace Retort.Runs.Explain;

/// <summary>Explains a train stage: runs a few samples and a few steps of it with fresh weights, and leaves nothing
/// behind.</summary>
internal sealed class TrainingExplainer(RecipePlan plan, DataProvider data, Device device)
{
    private const int MostSteps = 5;
    private const double LongestSeconds = 3;

    /// <summary>Explains one stage.</summary>
    public TrainingExplanation Explain(TrainStageOptions stage)
    {
        Role student = Fresh(stage.Role);
        Role[] peers = [.. stage.Peers.Select(Fresh)];
        Role[] teachers = [.. stage.Teachers.Select(t => Teacher(t, plan.RoleOf(stage, t)))];
        try
        {
            using var scope = new TensorScope();
            return Explain(stage, student, peers, teachers);
        }
        finally
        {
            foreach (Role role in teachers.Concat(peers).Append(student))
                role.Model.Dispose();
        }
    }

    private static string[] NamesOf(IReadOnlyList<CriterionOptions> terms) =>
        [.. terms.Select((_, k) => k.ToString(CultureInfo.InvariantCulture))];

    private TrainingExplanation Explain(TrainStageOptions stage, Role student, Role[] peers, Role[] teachers)
    {
        var timed = new List<TimedTeacher>();
        Criterion[] MakeCriteria(string learner) => [.. stage.TermsOf(learner).Select(c => plan.Registry.Create<Criterion>(c))];
        Criterion[] criteria = MakeCriteria(stage.Role);
        bool cached = stage.Teachers.Any(t => plan.CachedBy(stage, t) is not null);
        bool remembers = teachers.Length > 0 && !cached
            && criteria.Any(c => c.ReadsInput(TapRole.Teacher))
            && !criteria.Any(c => c.Inputs.Any() || c.Taps.Any(t => t.Role == TapRole.Teacher))
            && (stage.RememberTeachers ?? data.RemembersTeachers);
        Loader loader = data.Training(0, stage.TrainSamples, stage.BatchSize, sampler: stage.Sampler);
        HeldOut? heldOut = null;
        if (stage.HeldOut is { } apart)
        {
            (Loader held, loader) = data.HoldOut(loader, 0, apart.Share, apart.BatchSize ?? stage.BatchSize);
            heldOut = new HeldOut(held, plan.Registry.Create<Criterion>(apart.Loss));
        }

        Batch[] batches = [.. loader.Epoch(0).Take(MostSteps + 1)];
        var setup = new TrainingSetup
        {
            Student = student,
            Peers = peers,
            PeerCriteria = [.. stage.Peers.Select(MakeCriteria)],
            PeerCriterionNames = NamesOf(stage.Peers.Count > 0 ? stage.TermsOf(stage.Peers[0]) : []),
            Teachers = teachers,
            Freeze = stage.Freeze,
            Weights = stage.Weights,
            Groups = stage.Groups,
            Data = loader.Data,
            HeldOut = heldOut,
            Ask = (role, taps) =>
            {
                timed.Add(new TimedTeacher(new FrozenTeacher(role, taps)));
                return timed[^1];
            },
            Criteria = criteria,
            CriterionNames = NamesOf(stage.Criteria),
            Optimizer = stage.Optimizer,
            Schedule = stage.Schedule,
            ClipNorm = stage.ClipNorm,
            Precision = stage.Precision == "bfloat16" ? DType.BFloat16 : DType.Float32,
            Device = device,
        };
        using Trainer trainer = stage.Trainer.Create(setup, batches[0]);
        long steps = Math.Max(1, (long)Math.Round(stage.Epochs * loader.StepsPerEpoch));
        TermExplanation[] terms =
            [.. stage.Criteria.Select((_, k) => Term(stage, k, criteria[k], student, [.. teachers, .. peers], batches[0]))];
        var clock = new StepClock(0, steps, loader.StepsPerEpoch);
        (double perStep, double asking, int measured) = Measure(trainer, timed, batches, clock);
        double once = remembers ? asking * data.Split("train").Count / batches[0].Count : 0;
        double each = remembers || cached ? perStep - asking : perStep;
        MemoryEstimate memory = MemoryEstimate.Of(plan, stage, data)!;
        using WeightForm? form = stage.Weights?.Create(student.Model);
        Parameter[] changing =
            [.. peers.Append(student).SelectMany(r => r.Model.Parameters()), .. form?.Parts.Parameters() ?? []];
        return new TrainingExplanation
        {
            Student = stage.Role,
            Peers = stage.Peers,
            Teachers = stage.Teachers,
            RemembersTeachers = remembers,
            ReadsAnswers = cached,
            Weights = stage.Weights is { } weights ? plan.Registry.ComponentOf(weights).Slug : null,
            TrainedParameters = changing.Where(p => p.Trainable).Sum(p => p.Value.NumElements),
            Terms = terms,
            BatchSize = stage.BatchSize ?? data.Options.BatchSize,
            StepsPerEpoch = loader.StepsPerEpoch,
            Steps = steps,
            SecondsPerStep = each,
            MeasuredSteps = measured,
            Seconds = each * steps + once,
            Memory = new MemoryExplanation(
                memory.StudentBytes, memory.OptimizerBytes, memory.TeacherBytes, memory.ActivationBytes, memory.TotalBytes),
        };
    }

    // The first step makes buffers and compiles teachers; medians forgive a neighbour on the machine.
    private static (double PerStep, double Asking, int Count) Measure(
        Trainer trainer, List<TimedTeacher> teachers, Batch[] batches, StepClock clock)
    {
        using var meter = new TermMeter(trainer.FigureNames);
        var steps = new List<double>();
        var asked = new List<double>();
        long begin = Stopwatch.GetTimestamp();
        for (int k = 0; k <= MostSteps; k++)
        {
            double before = teachers.Sum(t => t.Seconds);
            long start = Stopwatch.GetTimestamp();
            trainer.Step(batches[k % batches.Length], clock, meter);
            meter.Take();
            if (k == 0)
                continue;
            steps.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            asked.Add(teachers.Sum(t => t.Seconds) - before);
            if (Stopwatch.GetElapsedTime(begin).TotalSeconds > LongestSeconds)
                break;
        }

        return (MeanAndSpread.Median(steps), MeanAndSpread.Median(asked), steps.Count);
    }

    private TermExplanation Term(
        TrainStageOptions stage, int term, Criterion criterion, Role student, Role[] teachers, Batch batch)
    {
        var taps = new List<TapExplanation>();
        foreach (TapRequest tap in criterion.Taps)
        {
            foreach (Role role in tap.Role == TapRole.Student ? [student] : teachers)
            {
                long[] shape = ShapeOf(role, tap.Path, batch);
                shape[0] = -1;
                taps.Add(new TapExplanation(role.Name, tap.Path.ToString(), role.PathOf(tap.Path)!, shape));
            }
        }

        return new TermExplanation
        {
            Name = plan.Registry.ComponentOf(stage.Criteria[term]).Slug,
            Weight = WeightOf(criterion.Weight),
            Parameters = criterion.Owned.Parameters().Where(p => p.Trainable).Sum(p => p.Value.NumElements),
            Taps = taps,
        };
    }

    private long[] ShapeOf(Role role, TapPath tap, Batch batch)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using var session = new TapSession(role, [tap]);
        bool training = role.Model.Training;
        role.Model.Eval();
        long[] shape = session.Run(batch.Input.Narrow(0, 0, 1).To(device)).Tap(tap).Shape;
        role.Model.Train(training);
        return shape;
    }

    private static string WeightOf(Schedule weight) => weight switch
    {
        ConstantSchedule constant => constant.Value.ToString("R", CultureInfo.InvariantCulture),
        AutoSchedule automatic => string.Create(
            CultureInfo.InvariantCulture, $"auto ({automatic.Ratio:R} of the task loss at step 0)"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{weight.Bounds.Least:R} to {weight.Bounds.Greatest:R}"),
    };

    private Role Fresh(string role)
    {
        Module model = plan.Recipe!.Roles[role].Model.Build();
        model.To(device);
        return new Role(role, model);
    }

    private Role Teacher(string name, string role) => Fresh(role) with { Name = name, Until = plan.Recipe!.Roles[role].Until };
}
