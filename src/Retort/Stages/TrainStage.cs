using System.Globalization;
using Retort.Caching;
using Retort.Data;
using Retort.Distillation;
using Retort.Models;
using Retort.Models.Composed;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Serialization;
using Retort.Training;

namespace Retort.Stages;

/// <summary>Trains a role's network, alone or with teachers, and leaves its weights as <c>model.safetensors</c>.</summary>
[Named("train")]
public sealed class TrainStage(TrainStageOptions options) : Stage(options)
{
    private const string CheckpointFile = "checkpoint.safetensors";
    private readonly TrainStageOptions _options = options;

    /// <inheritdoc/>
    public override IReadOnlyList<StageModel> Models =>
        [new StageModel(_options.Role), .. _options.Peers.Select(p => new StageModel(p, p))];

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads =>
    [
        .. _options.Teachers,
        .. ((string?[])[_options.InitFrom, _options.HeadFrom, _options.TrainOn]).OfType<string>(),
        .. _options.Criteria.Select(c => c.PartsFrom).OfType<string>(),
        .. _options.Auxiliaries.Values.Select(a => a.PartsFrom).OfType<string>(),
    ];

    /// <inheritdoc/>
    public override IEnumerable<string> UsesRoles => [_options.Role, .. _options.Peers];

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => [CheckpointFile, .. Models.Select(m => m.File)];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.RequireRole(_options, nameof(_options.Role), _options.Role);
        for (int k = 0; k < _options.Teachers.Count; k++)
            plan.RequireTeacher(_options, nameof(_options.Teachers), _options.Teachers[k], k);
        if (_options.InitFrom is { } start)
            plan.RequireTrained(_options, nameof(_options.InitFrom), start);
        if (_options.HeadFrom is { } donor && plan.RequireTrained(_options, nameof(_options.HeadFrom), donor))
            plan.RequireSameHead(_options, nameof(_options.HeadFrom), _options.Role, donor);
        foreach (CriterionOptions criterion in _options.Criteria.Where(c => c.PartsFrom is not null))
            plan.RequireStage(criterion, nameof(criterion.PartsFrom), criterion.PartsFrom!);
        foreach (AuxiliaryOptions auxiliary in _options.Auxiliaries.Values.Where(a => a.PartsFrom is not null))
            plan.RequireStage(auxiliary, nameof(auxiliary.PartsFrom), auxiliary.PartsFrom!);
        CacheChecks.Check(plan, this, _options);
        if (_options.TrainOn is { } made)
            plan.RequireData(_options, nameof(_options.TrainOn), made);
        if (plan.NetworkOf(_options.Role) is { } network && _options.Trainer.Refusal(network) is { } why)
            plan.Report(_options, nameof(_options.Trainer), $"role '{_options.Role}' cannot be trained so: {why}", "another trainer or model");
        string[] learners = [_options.Role, .. _options.Peers];
        for (int k = 0; k < _options.Peers.Count; k++)
            plan.RequireRole(_options, nameof(_options.Peers), _options.Peers[k], k);
        foreach (string learner in learners)
        {
            string[] seen = [.. _options.Teachers, .. learners.Where(other => other != learner)];
            plan.RequireTaps(_options.Criteria, nameof(_options.Criteria), _options, learner, seen, _options.Auxiliaries);
            plan.RequireModules(_options, nameof(_options.Freeze), learner, _options.Freeze);
            foreach (ParameterGroupOptions group in _options.Groups)
                plan.RequireModules(group, nameof(group.Modules), learner, group.Modules);
        }
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Role student = context.NewRole(_options.Role);
        if (_options.InitFrom is { } start)
        {
            using Module source = context.Trained(start).Model;
            IReadOnlyDictionary<string, Tensor> state = source.StateDict();
            student.Model.LoadStateDict(student.Model is Assembled part ? part.Of(state) : state);
        }

        if (_options.HeadFrom is { } donor)
        {
            using Module source = context.Trained(donor).Model;
            HeadOf(student.Model).LoadStateDict(HeadOf(source).StateDict());
        }

        using TeacherCaches caches = TeacherCaches.Open(context, _options.Teachers, _options.AugmentEpochs);
        Role[] teachers = [.. _options.Teachers.Select(caches.Teacher)];
        Role[] peers = [.. _options.Peers.Select(context.NewRole)];
        Loader loader = context.Data.Training(
            context.SeedOf("data"), _options.TrainSamples, _options.BatchSize,
            _options.TrainOn is { } made ? context.Made(made) : null, caches.Replay);
        caches.RequireSamples(loader);
        using (var scope = new TensorScope())
        {
            Batch sample = loader.Epoch(0).First();
            using Trainer trainer = MakeTrainer(context, student, peers, teachers, caches, sample, loader.Data);
            Engine.ManualSeed(context.SeedOf($"training/{context.Stage}"));
            Train(context, loader, trainer);
        }

        foreach (Role role in teachers.Concat(peers).Append(student).Where(r => r.IsLoaded))
            role.Model.Dispose();
    }

    private static Module HeadOf(Module model) => model.Find(((IHasFeatures)model).Head);

    private Trainer MakeTrainer(
        StageContext context, Role student, Role[] peers, Role[] teachers, TeacherCaches caches, Batch sample, Dataset data)
    {
        Criterion[] MakeCriteria() => [.. _options.Criteria.Select(c => context.Registry.Create<Criterion>(c))];
        Criterion[] criteria = MakeCriteria();
        bool onlyBatch = !criteria.Any(c => c.Inputs.Any());
        string[] slugs = [.. _options.Criteria.Select(c => context.Registry.ComponentOf(c).Slug)];
        string[] names = [.. slugs.Select((s, k) => slugs.Count(o => o == s) == 1 ? s : string.Create(CultureInfo.InvariantCulture, $"{s}-{k}"))];
        try
        {
            return _options.Trainer.Create(
                new TrainingSetup
                {
                    Student = student,
                    Peers = peers,
                    PeerCriteria = [.. peers.Select(_ => MakeCriteria())],
                    Teachers = teachers,
                    Freeze = _options.HeadFrom is null
                        ? _options.Freeze
                        : [.. _options.Freeze, ((IHasFeatures)student.Model).Head],
                    Auxiliaries = _options.Auxiliaries,
                    Parts = context.PartsOf,
                    SeedOf = context.SeedOf,
                    Groups = _options.Groups,
                    Data = data,
                    Transforms = context.Data.Normalization,
                    Ask = (role, taps) => Ask(context, role, taps, data, onlyBatch, caches),
                    Criteria = criteria,
                    CriterionNames = names,
                    Optimizer = _options.Optimizer,
                    Schedule = _options.Schedule,
                    ClipNorm = _options.ClipNorm,
                    Precision = _options.Precision == "bfloat16" ? DType.BFloat16 : DType.Float32,
                    Seed = context.SeedOf($"training/{context.Stage}"),
                    Device = context.Device,
                },
                sample);
        }
        catch (ArgumentException e)
        {
            throw new RunException($"stage '{context.Stage}': {e.Message}", isInputWrong: true, e);
        }
    }

    private ITeacher Ask(
        StageContext context, Role role, IReadOnlyList<TapPath> taps, Dataset data, bool onlyBatch, TeacherCaches caches)
    {
        bool remember = taps.Count == 0 && onlyBatch && !_options.Trainer.MakesBatches && (_options.RememberTeachers ?? context.Data.RemembersTeachers);
        ITeacher teacher = caches.Answering(role, taps)
            ?? (remember ? RememberedTeacher.Of(role, data, context.Data.Preparation, context.Device) : new FrozenTeacher(role, taps));
        return _options.TeacherRows == TeacherRows.Shuffled ? new ShuffledTeacher(teacher) : teacher;
    }

    private void Train(StageContext context, Loader loader, Trainer trainer)
    {
        string split = _options.EvaluateSplit ?? (context.Data.Options.Validation > 0 ? "validation" : "test");
        var loop = new TrainingLoop
        {
            Trainer = trainer,
            Loader = loader,
            Epochs = _options.Epochs,
            Name = context.Stage,
            Seed = context.Seed,
            CheckpointPath = context.In(CheckpointFile),
            CheckpointEvery = _options.CheckpointEvery,
            Key = context.Key,
            Resume = context.Resume,
            Evaluate = _options.EvaluateEvery == 0 ? null : model => Evaluate(context, model, split),
            EvaluateEvery = Math.Max(1, _options.EvaluateEvery),
            Tracker = context.Tracker,
            Progress = context.Progress,
            Cancellation = context.Cancellation,
        };
        foreach ((string name, double value) in loop.Run())
            context.Figures[name] = value;
        using (var scope = new TensorScope())
        {
            foreach ((StageModel left, Role role) in Models.Zip(trainer.Results))
                SafeTensors.Write(context.In(left.File), role.Model.StateDict());
            KeyValuePair<string, Tensor>[] parts = [.. trainer.Parts];
            if (parts.Length > 0)
                SafeTensors.Write(context.In(StageContext.PartsFile), parts);
            else
                File.Delete(context.In(StageContext.PartsFile));   // of another recipe's terms
        }

        File.Delete(context.In(CheckpointFile));
    }

    private IReadOnlyList<KeyValuePair<string, double>> Evaluate(StageContext context, Module model, string split) =>
    [
        .. (_options.Task ?? context.Task).Evaluate(model, context.Data.Evaluation(split), context.Device)
            .Select(f => new KeyValuePair<string, double>($"{split}/{f.Key}", f.Value)),
    ];
}
