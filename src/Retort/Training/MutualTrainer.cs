using Retort.Data;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Training;

/// <summary>Several networks trained together: to each, the others are teachers of this very step.</summary>
/// <remarks>Zhang et al., "Deep Mutual Learning", CVPR 2018, arXiv:1706.00384. A learner's teachers are the stage's frozen ones
/// and then its peers, without gradients. Each learner has terms, projectors and an optimiser of its own.</remarks>
public sealed class MutualTrainer : Trainer
{
    private readonly TrainingSetup _setup;
    private readonly Faculty _teachers;
    private readonly Learner[] _learners;
    private readonly bool _inTurn;

    /// <summary>Prepares a training of the setup's student and its peers.</summary>
    /// <param name="setup">Roles, terms and optimiser; at least one peer.</param>
    /// <param name="sample">A few samples, for the shapes.</param>
    /// <param name="inTurn">Whether networks move one after the other and predict anew in between.</param>
    /// <exception cref="ArgumentException">A tap names no module of one of the networks.</exception>
    public MutualTrainer(TrainingSetup setup, Batch sample, bool inTurn = false)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(sample);
        _setup = setup;
        _inTurn = inTurn;
        _learners =
        [
            new Learner(setup, setup.Student, setup.Criteria, alsoTeaches: true),
            .. setup.Peers.Select((peer, k) => new Learner(setup, peer, setup.PeerCriteria[k], alsoTeaches: true)),
        ];
        _teachers = new Faculty(setup);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        foreach (Learner learner in _learners)
            learner.Role.Model.Eval();
        Batch prepared = _teachers.Prepared(sample);
        RoleSignals[] teachers = _teachers.Run(prepared), found = Array.ConvertAll(_learners, l => l.Run(prepared));
        for (int k = 0; k < _learners.Length; k++)
        {
            Role[] seen = [.. setup.Teachers, .. _learners.Where((_, other) => other != k).Select(l => l.Role)];
            _learners[k].Prepare(SignalsOf(k, prepared, default, teachers, found), seen);
        }

        FigureNames =
        [
            "loss", .. setup.CriterionNames.Select(n => $"loss/{n}"),
            .. setup.Peers.SelectMany(p =>
                setup.CriterionNames.Select(n => $"loss/{n}").Prepend("loss").Select(n => $"{p.Name}/{n}")),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> FigureNames { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Role> Results => [.. _learners.Select(l => l.Role)];

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> Parts => _learners[0].Parts();

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, double>> Findings => _learners[0].Findings();

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, double>> Sizes => _learners[0].Sizes;

    /// <inheritdoc/>
    public override double LearningRate => _learners[0].LearningRate;

    /// <inheritdoc/>
    public override void Train()
    {
        foreach (Learner learner in _learners)
            learner.Train();
    }

    /// <inheritdoc/>
    public override IDisposable? AsLeft() => _learners[0].AsLeft();

    /// <inheritdoc/>
    public override void Step(Batch batch, StepClock clock, TermMeter figures)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(figures);
        using var scope = new TensorScope();
        Batch prepared = _teachers.Prepared(batch);
        RoleSignals[] teachers = _teachers.Run(prepared), found = Array.ConvertAll(_learners, l => l.Run(prepared));
        var values = new List<Tensor>();
        var moves = new List<(Tensor[] Terms, Tensor Total, Signals Signals)>();
        for (int k = 0; k < _learners.Length; k++)
        {
            // The others have moved since they were run.
            if (_inTurn && k > 0)
                found = Again(prepared, k);
            Signals signals = SignalsOf(k, prepared, clock, teachers, found);
            Tensor[] terms = _learners[k].Terms(signals);
            Tensor total = _learners[k].Total(terms, clock);
            values.AddRange([total, .. terms]);
            if (_inTurn)
                _learners[k].Move(total, signals, terms);
            else
                moves.Add((terms, total, signals));
        }

        for (int k = 0; k < moves.Count; k++)
            _learners[k].Move(moves[k].Total, moves[k].Signals, moves[k].Terms);
        figures.Add(values);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Inspect(Batch batch, StepClock clock)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_setup.Criteria.Count < 2)
            return [];
        using var scope = new TensorScope();
        IDisposable[] statistics = Array.ConvertAll(_learners, l => BatchStatistics.Hold(l.Role.Model));
        Batch prepared = _teachers.Prepared(batch);
        RoleSignals[] teachers = _teachers.Run(prepared), found = Array.ConvertAll(_learners, l => l.Run(prepared));
        IReadOnlyList<KeyValuePair<string, double>> shares = _learners[0].Inspect(SignalsOf(0, prepared, clock, teachers, found));
        foreach (IDisposable held in statistics)
            held.Dispose();
        return [.. shares.Select(s => new KeyValuePair<string, double>($"gradient_share/{s.Key}", s.Value))];
    }

    /// <inheritdoc/>
    public override void Conclude() => Array.ForEach(_learners, l => l.Conclude());

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> State() => _learners.SelectMany((l, k) => l.State(PrefixOf(k)));

    /// <inheritdoc/>
    public override void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        for (int k = 0; k < _learners.Length; k++)
            _learners[k].Load(state, PrefixOf(k));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        foreach (Learner learner in _learners)
            learner.Dispose();
        _teachers.Dispose();
    }

    private string PrefixOf(int k) => k == 0 ? string.Empty : $"peers.{_learners[k].Role.Name}.";

    // A look at the others must not count twice in their running statistics.
    private RoleSignals[] Again(Batch batch, int mover)
    {
        var found = new RoleSignals[_learners.Length];
        for (int k = 0; k < _learners.Length; k++)
        {
            if (k == mover)
            {
                found[k] = _learners[k].Run(batch);
                continue;
            }

            using GradMode off = Autograd.NoGrad();
            using IDisposable statistics = BatchStatistics.Hold(_learners[k].Role.Model);
            found[k] = _learners[k].Run(batch);
        }

        return found;
    }

    private Signals SignalsOf(int k, Batch batch, StepClock clock, RoleSignals[] teachers, RoleSignals[] found) =>
        _learners[k].Extended(
            new Signals(batch, clock, found[k],
                [.. teachers, .. found.Where((_, other) => other != k).Select(f => f.Detached())]));
}
