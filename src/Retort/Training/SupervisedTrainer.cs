using Retort.Data;
using Retort.Distillation;
using Retort.Recipes.Schedules;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Optim;

namespace Retort.Training;

/// <summary>One student, frozen teachers, weighted terms added: what most methods need.</summary>
public sealed class SupervisedTrainer : Trainer
{
    private const string ModelPrefix = "model.";
    private const string OptimizerPrefix = "optimizer.";
    private const string ScalesName = "auto_scales";

    private readonly TrainingSetup _setup;
    private readonly TapSession _student;
    private readonly ITeacher[] _teachers;
    private readonly Optimizer _optimizer;
    private readonly Tensor[] _parameters;

    // What an automatic weight is multiplied by; NaN until step 0 has been seen.
    private readonly double[] _scales;

    /// <summary>Prepares a training: parts that terms own are made from the shapes of a first batch.</summary>
    /// <param name="setup">Roles, terms and optimiser.</param>
    /// <param name="sample">A few samples, for the shapes.</param>
    /// <exception cref="ArgumentException">A tap names no module, or no teacher is there for a term that needs one.</exception>
    public SupervisedTrainer(TrainingSetup setup, Batch sample)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(sample);
        _setup = setup;
        IReadOnlyList<TapRequest> taps = [.. setup.Criteria.SelectMany(c => c.Taps)];
        _student = new TapSession(setup.Student, taps.Where(t => t.Role == TapRole.Student).Select(t => t.Path));
        TapPath[] tapped = [.. taps.Where(r => r.Role == TapRole.Teacher).Select(r => r.Path).Distinct()];
        _teachers = [.. setup.Teachers.Select(t => setup.Ask(t, tapped))];
        Prepare(sample.To(setup.Device));
        _parameters =
        [
            .. setup.Student.Model.Parameters().Where(p => p.Trainable).Select(p => p.Value),
            .. setup.Criteria.SelectMany(c => c.Owned.Parameters()).Where(p => p.Trainable).Select(p => p.Value),
        ];
        _optimizer = setup.Optimizer.Create([new ParameterGroup(_parameters)]);
        _scales = [.. setup.Criteria.Select(c => c.Weight is AutoSchedule ? double.NaN : 1)];
        FigureNames = ["loss", .. setup.CriterionNames.Select(n => $"loss/{n}")];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> FigureNames { get; }

    /// <inheritdoc/>
    public override Module Result => _setup.Student.Model;

    /// <inheritdoc/>
    public override double LearningRate => _optimizer.Groups[0].LearningRate;

    /// <inheritdoc/>
    public override void Step(Batch batch, StepClock clock, TermMeter figures)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(figures);
        using var scope = new TensorScope();
        Signals signals = Run(batch.To(_setup.Device), clock);
        Tensor[] terms = [.. _setup.Criteria.Select(c => c.Evaluate(signals))];
        if (_scales.Any(double.IsNaN))
            MeasureScales(terms);
        Tensor total = Total(terms, clock);
        _optimizer.ZeroGrad();
        total.Backward();
        if (_setup.ClipNorm is { } maximum)
            Gradients.ClipNorm(_parameters, maximum);
        double factor = _setup.Schedule.At(clock);
        foreach (ParameterGroup group in _optimizer.Groups)
            group.LearningRate = group.InitialLearningRate * factor;
        _optimizer.Step();
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
        Signals signals = Run(batch.To(_setup.Device), clock);
        Tensor[] parameters = [.. _setup.Student.Model.Parameters().Where(p => p.Trainable).Select(p => p.Value)];
        var norms = new double[_setup.Criteria.Count];
        for (int k = 0; k < norms.Length; k++)
        {
            Tensor term = _setup.Criteria[k].Evaluate(signals) * WeightOf(k, clock);
            if (!term.RequiresGrad)
                continue;
            Tensor?[] gradients = Autograd.Grad([term], parameters, retainGraph: true, allowUnused: true);
            Tensor[] found = [.. gradients.OfType<Tensor>()];
            norms[k] = found.Length == 0 ? 0 : Gradients.Norm(found).ToDouble();
        }

        double sum = norms.Sum();
        return [.. norms.Select((n, k) => new KeyValuePair<string, double>(
            $"gradient_share/{_setup.CriterionNames[k]}", sum > 0 ? n / sum : 0))];
    }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> State()
    {
        foreach ((string name, Tensor value) in Result.StateDict())
            yield return new(ModelPrefix + name, value);
        for (int k = 0; k < _setup.Criteria.Count; k++)
        {
            foreach ((string name, Tensor value) in _setup.Criteria[k].Owned.StateDict())
                yield return new($"criteria.{k}.{name}", value);
        }

        foreach ((string name, Tensor value) in _optimizer.State())
            yield return new(OptimizerPrefix + name, value);
        yield return new(ScalesName, Tensor.From(_scales));
    }

    /// <inheritdoc/>
    public override void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Result.LoadStateDict(Under(state, ModelPrefix));
        for (int k = 0; k < _setup.Criteria.Count; k++)
            _setup.Criteria[k].Owned.LoadStateDict(Under(state, $"criteria.{k}."));
        _optimizer.Load(Under(state, OptimizerPrefix));
        if (!state.TryGetValue(ScalesName, out Tensor? scales) || scales.NumElements != _scales.Length)
            throw new InvalidDataException($"the checkpoint has no '{ScalesName}' for {_scales.Length} terms.");
        scales.CopyTo<double>(_scales);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _optimizer.Dispose();
        _student.Dispose();
        foreach (ITeacher teacher in _teachers)
            teacher.Dispose();
        foreach (Criterion criterion in _setup.Criteria)
            criterion.Dispose();
    }

    private static Dictionary<string, Tensor> Under(IReadOnlyDictionary<string, Tensor> state, string prefix) => state
        .Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(s => s.Key[prefix.Length..], s => s.Value);

    private Signals Run(Batch batch, StepClock clock)
    {
        RoleSignals[] teachers = Array.ConvertAll(_teachers, t => t.Run(batch));
        if (_setup.Precision == DType.Float32)
            return new Signals(batch, clock, _student.Run(batch.Input), teachers);
        using IDisposable narrow = Engine.Autocast(_setup.Device.Type, _setup.Precision);
        return new Signals(batch, clock, _student.Run(batch.Input), teachers);
    }

    private Tensor Total(Tensor[] terms, StepClock clock)
    {
        Tensor? total = null;
        for (int k = 0; k < terms.Length; k++)
        {
            double weight = WeightOf(k, clock);
            if (weight == 0)
                continue;
            Tensor weighted = weight == 1 ? terms[k] : terms[k] * weight;
            total = total is null ? weighted : total + weighted;
        }

        // All weights may be 0 for a while; the step must still have a graph.
        return total ?? terms[0] * 0;
    }

    private double WeightOf(int k, StepClock clock) => _setup.Criteria[k].Weight.At(clock) * (double.IsNaN(_scales[k]) ? 1 : _scales[k]);

    // Published weights belong to published networks; `auto` asks for a ratio to the task loss at the first step instead.
    private void MeasureScales(Tensor[] terms)
    {
        double task = 0;
        for (int k = 0; k < terms.Length; k++)
            task += _setup.Criteria[k].IsTask ? terms[k].Detach().ToDouble() : 0;
        task = task > 0 ? task : 1;
        for (int k = 0; k < terms.Length; k++)
        {
            if (!double.IsNaN(_scales[k]))
                continue;
            double value = Math.Abs(terms[k].Detach().ToDouble());
            _scales[k] = value > 0 && double.IsFinite(value) ? task / value : 1;
        }
    }

    private void Prepare(Batch sample)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Module student = _setup.Student.Model;
        student.Eval();
        Signals signals = Run(sample, default);
        foreach (Criterion criterion in _setup.Criteria)
        {
            if (criterion.NeedsTeacher && _teachers.Length == 0)
                throw new ArgumentException($"'{criterion.GetType().Name}' needs a teacher, and the stage names none.", nameof(sample));
            criterion.Prepare(signals);
            criterion.Owned.To(_setup.Device);
            criterion.Owned.Train();
        }

        student.Train();
    }
}
