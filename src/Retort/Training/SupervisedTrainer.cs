using Retort.Data;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Training;

/// <summary>One student, any number of frozen teachers, weighted terms added: what most methods need.</summary>
public sealed class SupervisedTrainer : Trainer
{
    private readonly TrainingSetup _setup;
    private readonly Faculty _teachers;
    private readonly Learner _student;

    /// <summary>Prepares a training: parts that terms own are made from the shapes of a first batch.</summary>
    /// <param name="setup">Roles, terms and optimiser.</param>
    /// <param name="sample">A few samples, for the shapes.</param>
    /// <exception cref="ArgumentException">A tap names no module, or no teacher is there for a term that needs one.</exception>
    public SupervisedTrainer(TrainingSetup setup, Batch sample)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(sample);
        _setup = setup;
        _student = new Learner(setup, setup.Student, setup.Criteria);
        _teachers = new Faculty(setup);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        setup.Student.Model.Eval();
        _student.Prepare(Run(_teachers.Prepared(sample), default), setup.Teachers);
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
    public override IEnumerable<KeyValuePair<string, double>> Sizes => _student.Sizes;

    /// <inheritdoc/>
    public override double LearningRate => _student.LearningRate;

    /// <inheritdoc/>
    public override void Train() => _student.Train();

    /// <inheritdoc/>
    public override IDisposable? AsLeft() => _student.AsLeft();

    /// <inheritdoc/>
    public override void Step(Batch batch, StepClock clock, TermMeter figures)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(figures);
        using var scope = new TensorScope();
        Signals signals = Run(_teachers.Prepared(batch), clock);
        Tensor[] terms = _student.Terms(signals);
        Tensor total = _student.Total(terms, clock);
        _student.Move(total, signals, terms);
        figures.Add([total, .. terms]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Inspect(Batch batch, StepClock clock)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_setup.Criteria.Count < 2)
            return [];
        using var scope = new TensorScope();
        using IDisposable statistics = BatchStatistics.Hold(_setup.Student.Model);
        Signals signals = Run(_teachers.Prepared(batch), clock);
        return [.. _student.Inspect(signals).Select(s => new KeyValuePair<string, double>($"gradient_share/{s.Key}", s.Value))];
    }

    /// <inheritdoc/>
    public override void Conclude() => _student.Conclude();

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> State() => _student.State();

    /// <inheritdoc/>
    public override void Load(IReadOnlyDictionary<string, Tensor> state) => _student.Load(state);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _student.Dispose();
        _teachers.Dispose();
    }

    private Signals Run(Batch batch, StepClock clock)
    {
        RoleSignals[] teachers = _teachers.Run(batch);
        return _student.Extended(new Signals(batch, clock, _student.Run(batch), teachers));
    }
}
