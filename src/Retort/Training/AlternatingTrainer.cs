using Retort.Data;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Training;

/// <summary>A student and the peers that follow it, with terms of their own: peers move several times for each move of the
/// student.</summary>
/// <remarks>Two time scales: a model of the student's distribution, or a critic of its output, must keep up with it before it can
/// tell it where to go. To the student, peers are teachers after the stage's frozen ones; to a peer, the student is. Each has its
/// own optimiser; what a step of one leaves in the gradients of another is cleared before that one moves.</remarks>
public sealed class AlternatingTrainer : Trainer
{
    private readonly Learner _student;
    private readonly Learner[] _peers;
    private readonly Faculty _teachers;
    private readonly int _turns;
    private readonly long _alone;

    /// <summary>Prepares a training of the setup's student and its peers.</summary>
    /// <param name="setup">Roles, terms and optimiser; at least one peer.</param>
    /// <param name="sample">A few samples, for the shapes.</param>
    /// <param name="turns">Moves of each peer in a step, at least 1.</param>
    /// <param name="alone">Steps at the beginning in which the student stays and peers alone move.</param>
    /// <param name="optimizer">How peers move; null as the student does.</param>
    /// <exception cref="ArgumentException">A tap names no module of one of the networks.</exception>
    public AlternatingTrainer(
        TrainingSetup setup, Batch sample, int turns = 1, long alone = 0, OptimizerOptions? optimizer = null)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentOutOfRangeException.ThrowIfLessThan(turns, 1);
        (_turns, _alone) = (turns, alone);
        TrainingSetup ofPeers = setup with
        {
            CriterionNames = setup.PeerCriterionNames,
            Optimizer = optimizer ?? setup.Optimizer,
        };
        bool peersAreRead = setup.Criteria.Any(c => c.ReadsInput(TapRole.Teacher));
        bool studentIsRead = setup.PeerCriteria.Any(p => p.Any(c => c.ReadsInput(TapRole.Teacher)));
        _student = new Learner(setup, setup.Student, setup.Criteria, alsoTeaches: studentIsRead);
        _peers =
        [
            .. setup.Peers.Select((peer, k) => new Learner(ofPeers, peer, setup.PeerCriteria[k], alsoTeaches: peersAreRead)),
        ];
        _teachers = new Faculty(setup);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        foreach (Learner learner in _peers.Prepend(_student))
            learner.Role.Model.Eval();
        Batch prepared = _teachers.Prepared(sample);
        RoleSignals[] teachers = _teachers.Run(prepared);
        _student.Prepare(OfStudent(prepared, default, teachers), [.. setup.Teachers, .. setup.Peers]);
        foreach (Learner peer in _peers)
            peer.Prepare(OfPeer(peer, prepared, default, teachers), [.. setup.Teachers, setup.Student]);
        FigureNames =
        [
            "loss", .. setup.CriterionNames.Select(n => $"loss/{n}"),
            .. setup.Peers.SelectMany(
                p => setup.PeerCriterionNames.Select(n => $"loss/{n}").Prepend("loss").Select(n => $"{p.Name}/{n}")),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> FigureNames { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Role> Results => [_student.Role, .. _peers.Select(p => p.Role)];

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> Parts => _student.Parts();

    /// <inheritdoc/>
    public override double LearningRate => _student.LearningRate;

    /// <inheritdoc/>
    public override void Train()
    {
        foreach (Learner learner in _peers.Prepend(_student))
            learner.Train();
    }

    /// <inheritdoc/>
    public override void Step(Batch batch, StepClock clock, TermMeter figures)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(figures);
        using var scope = new TensorScope();
        Batch prepared = _teachers.Prepared(batch);
        RoleSignals[] teachers = _teachers.Run(prepared);
        var ofPeers = new List<Tensor>();
        foreach (Learner peer in _peers)
        {
            Tensor[] values = [];
            for (int turn = 0; turn < _turns; turn++)
                values = Move(peer, OfPeer(peer, prepared, clock, teachers), clock);
            ofPeers.AddRange(values);
        }

        Signals signals = OfStudent(prepared, clock, teachers);
        Tensor[] own;
        if (clock.Step < _alone)
        {
            using GradMode off = Autograd.NoGrad();
            Tensor[] terms = _student.Terms(signals);
            own = [_student.Total(terms, clock), .. terms];
        }
        else
        {
            own = Move(_student, signals, clock);
        }

        figures.Add([.. own, .. ofPeers]);
    }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> State() =>
        _student.State().Concat(_peers.SelectMany(p => p.State(PrefixOf(p))));

    /// <inheritdoc/>
    public override void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        _student.Load(state);
        foreach (Learner peer in _peers)
            peer.Load(state, PrefixOf(peer));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        foreach (Learner learner in _peers.Prepend(_student))
            learner.Dispose();
        _teachers.Dispose();
    }

    private static string PrefixOf(Learner peer) => $"peers.{peer.Role.Name}.";

    private static Tensor[] Move(Learner learner, Signals signals, StepClock clock)
    {
        Tensor[] terms = learner.Terms(signals);
        Tensor total = learner.Total(terms, clock);
        learner.Move(total, signals);
        return [total, .. terms];
    }

    // A look at the other must neither be trained through its output nor count in its running statistics.
    private static RoleSignals Seen(Learner other, Batch batch)
    {
        using GradMode off = Autograd.NoGrad();
        using IDisposable statistics = BatchStatistics.Hold(other.Role.Model);
        return other.Run(batch);
    }

    private Signals OfStudent(Batch batch, StepClock clock, RoleSignals[] teachers) => _student.Extended(
        new Signals(batch, clock, _student.Run(batch), [.. teachers, .. _peers.Select(p => Seen(p, batch))]));

    private Signals OfPeer(Learner peer, Batch batch, StepClock clock, RoleSignals[] teachers) =>
        peer.Extended(new Signals(batch, clock, peer.Run(batch), [.. teachers, Seen(_student, batch)]));
}
