using Retort.Data;
using Retort.Distillation;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Optim;

namespace Retort.Training;

/// <summary>One student, and parts of its terms that are trained on what the student's next step does
/// to held-out samples.</summary>
/// <remarks>
/// <para>With θ the student's parameters, w those parts and η the student's learning rate: w moves down the gradient of
/// L_held(θ − η ∇_θ L_train(θ, w)), then θ moves with the new w. The inner step is plain gradient descent, whatever optimiser the
/// student has, and its gradient is exact, of second order.</para>
/// <para>The scheme is that of Franceschi et al., "Bilevel Programming for Hyperparameter Optimization and Meta-Learning", ICML
/// 2018, arXiv:1806.04910, with an inner loop of one step.</para>
/// </remarks>
public sealed class BilevelTrainer : Trainer
{
    private const string OuterPrefix = "held_out.optimizer.";

    private readonly TrainingSetup _setup;
    private readonly HeldOut _heldOut;
    private readonly Faculty _teachers;
    private readonly Learner _student;
    private readonly Optimizer _outer;
    private readonly Tensor[] _outerParameters;
    private readonly int _every;

    /// <summary>Prepares a training: parts that terms own are made from the shapes of a first batch.</summary>
    /// <param name="setup">Roles, terms and optimiser; samples must be held out.</param>
    /// <param name="sample">A few samples, for the shapes.</param>
    /// <param name="optimizer">How the parts that held-out samples decide are moved.</param>
    /// <param name="every">Steps of the student between two of theirs, at least 1.</param>
    /// <exception cref="ArgumentException">Nothing is held out, or no term owns a part that held-out samples decide.</exception>
    public BilevelTrainer(TrainingSetup setup, Batch sample, OptimizerOptions optimizer, int every = 1)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        _setup = setup;
        _every = every;
        _heldOut = setup.HeldOut ?? throw new ArgumentException("the trainer needs held-out samples.", nameof(setup));
        _student = new Learner(setup, setup.Student, setup.Criteria);
        _teachers = new Faculty(setup);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        setup.Student.Model.Eval();
        _student.Prepare(Run(_teachers.Prepared(sample), default), setup.Teachers);
        Parameter[] parts = [.. setup.Criteria.SelectMany(c => c.PartsOf(PartMover.HeldOut))];
        if (parts.Length == 0)
        {
            throw new ArgumentException(
                "no term owns a part that held-out samples decide; `trainer: supervised` does without them.", nameof(setup));
        }
        _outer = optimizer.Create([new ParameterGroup(parts)]);
        _outerParameters = [.. _outer.Parameters];
        FigureNames = ["loss", .. setup.CriterionNames.Select(n => $"loss/{n}")];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> FigureNames { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Role> Results => [_student.Role];

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> Parts => _student.Parts();

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, double>> Findings => _student.Findings();

    /// <inheritdoc/>
    public override double LearningRate => _student.LearningRate;

    /// <inheritdoc/>
    public override void Train() => _student.Train();

    /// <inheritdoc/>
    public override void Step(Batch batch, StepClock clock, TermMeter figures)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(figures);
        using var scope = new TensorScope();
        Signals signals = Run(_teachers.Prepared(batch), clock);
        if (clock.Step % _every == 0)
            MoveParts(signals);
        Tensor[] terms = _student.Terms(signals);
        Tensor total = _student.Total(terms, clock);
        _student.Move(total, signals);
        figures.Add([total, .. terms]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Inspect(Batch batch, StepClock clock)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using IDisposable statistics = BatchStatistics.Hold(_setup.Student.Model);
        return [new("held_out/loss", HeldOutLoss(clock).ToDouble())];
    }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> State() =>
        _student.State().Concat(_outer.State().Select(s => new KeyValuePair<string, Tensor>(OuterPrefix + s.Key, s.Value)));

    /// <inheritdoc/>
    public override void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _student.Load(state);
        _outer.Load(state.Where(s => s.Key.StartsWith(OuterPrefix, StringComparison.Ordinal))
            .ToDictionary(s => s.Key[OuterPrefix.Length..], s => s.Value));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _outer.Dispose();
        _student.Dispose();
        _teachers.Dispose();
        _heldOut.Dispose();
    }

    private Signals Run(Batch batch, StepClock clock)
    {
        RoleSignals[] teachers = _teachers.Run(batch);
        return _student.Extended(new Signals(batch, clock, _student.Run(batch), teachers));
    }

    private void MoveParts(Signals signals)
    {
        using var scope = new TensorScope();
        Tensor total = _student.Total(_student.Terms(signals), signals.Clock);
        KeyValuePair<string, Parameter>[] moving = [.. _setup.Student.Model.NamedParameters().Where(p => p.Value.Trainable)];
        Tensor?[] slopes = Autograd.Grad(
            [total], Array.ConvertAll(moving, p => p.Value.Value), createGraph: true, allowUnused: true);
        double rate = _student.LearningRateAt(signals.Clock);
        var stepped = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach ((KeyValuePair<string, Parameter> parameter, Tensor? slope) in moving.Zip(slopes))
        {
            if (slope is not null)
                stepped[parameter.Key] = parameter.Value.Value - slope * rate;
        }

        // What the student would be is only looked at: its running statistics must not count it, and the graph of the step above
        // needs them as they were.
        foreach ((string name, Torch.Nn.Buffer buffer) in _setup.Student.Model.NamedBuffers())
            stepped[name] = buffer.Value.Clone();
        using IDisposable elsewhere = _setup.Student.Model.WithParameters(stepped);
        Tensor?[] gradients = Autograd.Grad([HeldOutLoss(signals.Clock)], _outerParameters, retainGraph: true, allowUnused: true);
        for (int k = 0; k < gradients.Length; k++)
            _outerParameters[k].Grad = gradients[k];
        _outer.Step();
        _outer.ZeroGrad();
    }

    private Tensor HeldOutLoss(StepClock clock)
    {
        Batch held = _heldOut.Batch(clock.Step / _every).To(_setup.Device);
        return _heldOut.Loss.Evaluate(new Signals(held, clock, _student.Run(held)));
    }
}
