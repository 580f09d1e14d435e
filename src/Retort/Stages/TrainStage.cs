using Retort.Caching;
using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
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
public sealed class TrainStage(TrainStageOptions options) : Stage(options), ISummarized
{
    private const string Split = "train";
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
        .. ((string?[])[_options.InitFrom, _options.HeadFrom, _options.TrainOn, _options.PeersFrom]).OfType<string>(),
        .. _options.Criteria.Concat(_options.Trainer.TermsOfPeers ?? []).Select(c => c.PartsFrom).OfType<string>(),
        .. _options.Auxiliaries.Values.Select(a => a.PartsFrom).OfType<string>(),
        .. _options.Task?.Reads ?? [],
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
        if (_options.PeersFrom is { } origin)
            plan.RequireTrained(_options, nameof(_options.PeersFrom), origin);
        if (_options.HeadFrom is { } donor && plan.RequireTrained(_options, nameof(_options.HeadFrom), donor))
            plan.RequireSameHead(_options, nameof(_options.HeadFrom), _options.Role, donor);
        IEnumerable<CriterionOptions> terms = _options.Criteria.Concat(_options.Trainer.TermsOfPeers ?? []);
        foreach (CriterionOptions criterion in terms.Where(c => c.PartsFrom is not null))
            plan.RequireStage(criterion, nameof(criterion.PartsFrom), criterion.PartsFrom!);
        foreach (AuxiliaryOptions auxiliary in _options.Auxiliaries.Values.Where(a => a.PartsFrom is not null))
            plan.RequireStage(auxiliary, nameof(auxiliary.PartsFrom), auxiliary.PartsFrom!);
        CacheChecks.Check(plan, this, _options);
        _options.Task?.Check(plan);
        if (_options.TrainOn is { } made)
            plan.RequireData(_options, nameof(_options.TrainOn), made);
        if (plan.NetworkOf(_options.Role) is { } network && _options.Trainer.Refusal(network) is { } why)
        {
            plan.Report(
                _options, nameof(_options.Trainer), $"role '{_options.Role}' cannot be trained so: {why}",
                "another trainer or model");
        }

        _options.Weights?.Check(plan, _options.Role);
        string[] learners = [_options.Role, .. _options.Peers];
        for (int k = 0; k < _options.Peers.Count; k++)
            plan.RequireRole(_options, nameof(_options.Peers), _options.Peers[k], k);
        foreach (string learner in learners)
        {
            string[] seen = [.. _options.Teachers, .. learners.Where(other => other != learner)];
            plan.RequireTaps(_options.TermsOf(learner), nameof(_options.Criteria), _options, learner, seen, _options.Auxiliaries);
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
            Begin(context, [student], start, _options.Inherit);

        if (_options.HeadFrom is { } donor)
        {
            using Module source = context.Trained(donor).Model;
            HeadOf(student.Model).LoadStateDict(HeadOf(source).StateDict());
        }

        using TeacherCaches caches = TeacherCaches.Open(context, _options.Teachers, _options.AugmentEpochs);
        Role[] teachers = [.. _options.Teachers.Select(caches.Teacher)];
        Role[] peers = [.. _options.Peers.Select(peer => context.NewRole(peer))];
        if (_options.PeersFrom is { } first)
            Begin(context, peers, first);
        Dataset? made = _options.TrainOn is { } origin ? context.Made(origin) : null;
        Loader loader = context.Data.Training(
            context.SeedOf("data"), _options.TrainSamples, _options.BatchSize, made, caches.Replay,
            _options.SampleBy is { } field ? Weighted(context, made!, field) : _options.Sampler);
        caches.RequireSamples(loader);
        Dataset asked = loader.Data;
        HeldOut? heldOut = null;
        if (_options.HeldOut is { } apart)
        {
            (Loader held, loader) = context.Data.HoldOut(
                loader, context.SeedOf("data"), apart.Share, apart.BatchSize ?? _options.BatchSize, caches.Replay);
            heldOut = new HeldOut(held, context.Registry.Create<Criterion>(apart.Loss));
        }

        using (var scope = new TensorScope())
        {
            Batch sample = loader.Epoch(0).First();
            using Trainer trainer = MakeTrainer(context, student, peers, teachers, caches, sample, loader.Data, asked, heldOut);
            Engine.ManualSeed(context.SeedOf($"training/{context.Stage}"));
            Train(context, loader, trainer);
        }

        foreach (Role role in teachers.Concat(peers).Append(student).Where(r => r.IsLoaded))
            role.Model.Dispose();
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> ResultNames =>
    [
        .. _options.Criteria.SelectMany(c => c.Findings).Select(f => $"{_options.Name ?? Split}/{Split}/{f}"),
        .. _options.Weights?.ResultNames(_options.Name ?? Split) ?? [],
    ];

    /// <inheritdoc/>
    public void Summarize(RunSummaryBuilder builder) => MeasuredStage.AddResults(this, builder);

    private static void Begin(StageContext context, Role[] roles, string stage, InheritanceOptions? inherit = null)
    {
        using Module source = context.Trained(stage).Model;
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> state = source.StateDict();
        foreach (Role role in roles)
        {
            role.Model.LoadStateDict(
                inherit?.Cut(state, role.Model.StateDict()) ?? (role.Model is Assembled part ? part.Of(state) : state));
        }
    }

    private static WeightedSampler Weighted(StageContext context, Dataset made, string field)
    {
        using var scope = new TensorScope();
        try
        {
            Tensor weights = made.FieldOf(field).To(DType.Float64);
            return weights.Dimensions == 1
                ? new WeightedSampler(weights.ToArray<double>())
                : throw new ArgumentException($"'{field}' is {Shapes.Text(weights)}; a weight is one number a sample.");
        }
        catch (ArgumentException e)
        {
            throw new RunException($"stage '{context.Stage}': sample_by: {e.Message}", isInputWrong: true, e);
        }
    }

    private static Module HeadOf(Module model) => model.Find(((IHasFeatures)model).Head);

    private Trainer MakeTrainer(
        StageContext context, Role student, Role[] peers, Role[] teachers, TeacherCaches caches, Batch sample, Dataset data,
        Dataset asked, HeldOut? heldOut)
    {
        Criterion[] MakeCriteria(IReadOnlyList<CriterionOptions> of) =>
            [.. of.Select(c => context.Registry.Create<Criterion>(c))];
        Criterion[] criteria = MakeCriteria(_options.Criteria);
        IReadOnlyList<CriterionOptions> ofPeers = _options.Trainer.TermsOfPeers ?? _options.Criteria;
        bool onlyBatch = criteria.Any(c => c.ReadsInput(TapRole.Teacher)) && !criteria.Any(c => c.Inputs.Any());
        try
        {
            return _options.Trainer.Create(
                new TrainingSetup
                {
                    Student = student,
                    Peers = peers,
                    PeerCriteria = [.. peers.Select(_ => MakeCriteria(ofPeers))],
                    PeerCriterionNames = TermNames.Of(context.Registry, ofPeers),
                    Teachers = teachers,
                    Freeze = _options.HeadFrom is null
                        ? _options.Freeze
                        : [.. _options.Freeze, ((IHasFeatures)student.Model).Head],
                    Auxiliaries = _options.Auxiliaries,
                    Parts = context.PartsOf,
                    SeedOf = context.SeedOf,
                    Weights = _options.Weights,
                    Groups = _options.Groups,
                    Data = data,
                    HeldOut = heldOut,
                    Transforms = context.Data.Normalization,
                    Ask = (role, taps) => Ask(context, role, taps, asked, onlyBatch, caches),
                    Criteria = criteria,
                    CriterionNames = TermNames.Of(context.Registry, _options.Criteria),
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
        bool remember = taps.Count == 0 && onlyBatch && !_options.Trainer.MakesBatches
            && (_options.RememberTeachers ?? context.Data.RemembersTeachers);
        ITeacher teacher = caches.Answering(role, taps)
            ?? (remember ? Remembered(context, role, data) : new FrozenTeacher(role, taps));
        if (_options.TeacherMismatch > 0 && teacher is not RememberedTeacher)
        {
            teacher.Dispose();
            throw new ArgumentException(
                "`teacher_mismatch` needs teachers whose answers are remembered: "
                + "nothing augmented, cached or tapped inside them.");
        }

        return _options.TeacherRows == TeacherRows.Shuffled ? new ShuffledTeacher(teacher) : teacher;
    }

    private RememberedTeacher Remembered(StageContext context, Role role, Dataset data)
    {
        var teacher = RememberedTeacher.Of(role, data, context.Data.Preparation, context.Device);
        if (_options.TeacherMismatch > 0)
            teacher.Mismatch(_options.TeacherMismatch, context.SeedOf("mismatch"));
        return teacher;
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
        foreach ((string name, double value) in trainer.Findings)
            context.Figures[$"{context.Stage}/{Split}/{name}"] = value;
        foreach ((string name, double value) in trainer.Sizes)
            context.Figures[WeightsOptions.ResultName(context.Stage, name)] = value;
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
        .. (_options.Task ?? context.Task).Evaluate(
            model, context.Data.Evaluation(split), context.Device,
            new EvaluationSurroundings { Trained = context.Trained, Denormalize = context.Data.Denormalize })
            .Select(f => new KeyValuePair<string, double>($"{split}/{f.Key}", f.Value)),
    ];
}
