using Retort.Data;
using Retort.Distillation;
using Retort.Recipes.Schedules;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Optim;

namespace Retort.Training;

/// <summary>One network that a trainer moves, with its taps, its loss terms, what they own, and its optimiser.</summary>
/// <remarks>Trainers differ in whom a learner sees and when it moves; what it does then is the same, and is here.</remarks>
public sealed partial class Learner : IDisposable
{
    private readonly TrainingSetup _setup;
    private readonly IReadOnlyList<Criterion> _criteria;
    private readonly TapSession _session;
    private readonly InputRequest[] _inputs;
    private readonly bool _onInputsAlone;
    private readonly Module[] _frozen;
    private readonly AuxiliaryNetworks _auxiliaries;
    private readonly List<Opponent> _opponents = [];
    private readonly WeightForm? _form;
    private Tensor[] _parameters = [];
    private bool _isPrepared;
    private bool _isSettled;
    private Attachment? _attachment;
    private Optimizer? _optimizer;

    // What an automatic weight is multiplied by; NaN until step 0 has been seen.
    private readonly double[] _scales;

    /// <summary>Hooks a network and freezes the parts that stay.</summary>
    /// <param name="setup">How parameters move.</param>
    /// <param name="role">The network.</param>
    /// <param name="criteria">Its own loss terms, which are disposed of with the learner.</param>
    /// <param name="alsoTeaches">Whether other learners tap it as they tap a teacher.</param>
    /// <exception cref="ArgumentException">A tap or a frozen part names no module.</exception>
    public Learner(TrainingSetup setup, Role role, IReadOnlyList<Criterion> criteria, bool alsoTeaches = false)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(criteria);
        _setup = setup;
        Role = role;
        _criteria = criteria;
        _frozen = [.. setup.Freeze.Select(role.Model.Find)];
        foreach (Module part in _frozen)
            part.SetTrainable(false);
        _session = new TapSession(
            role, AuxiliaryNetworks.TapsIn(setup.Auxiliaries, criteria, whose => alsoTeaches || whose == TapRole.Student));
        _auxiliaries = new AuxiliaryNetworks(setup.Auxiliaries, setup.Device, setup.Parts);
        _inputs = [.. criteria.SelectMany(c => c.Inputs).Where(i => i.Student).DistinctBy(i => i.Name)];
        _onInputsAlone = !alsoTeaches && Faculty.InputsSuffice(setup, criteria, TapRole.Student);
        _scales = [.. criteria.Select(c => c.Weight is AutoSchedule ? double.NaN : 1)];
        if (setup.Weights is { } weights && ReferenceEquals(role, setup.Student))
        {
            Seed("weights");
            _form = weights.Create(role.Model);
        }
    }

    /// <summary>The network.</summary>
    public Role Role { get; }

    /// <summary>What there is to say of the network as it is left; nothing before <see cref="Conclude"/>.</summary>
    public IReadOnlyDictionary<string, double> Sizes { get; private set; } = new Dictionary<string, double>();

    /// <summary>The learning rate of the last step.</summary>
    public double LearningRate => Moves.Groups[0].LearningRate;

    /// <summary>The learning rate of a step that is about to be taken.</summary>
    public double LearningRateAt(StepClock clock) => Moves.Groups[0].InitialLearningRate * _setup.Schedule.At(clock);

    private Optimizer Moves => _optimizer ?? throw new InvalidOperationException("the learner was not prepared.");

    /// <summary>Makes what terms own from the shapes of a first batch, then the optimiser of all that trains.</summary>
    /// <param name="signals">Signals of a few samples, without gradients.</param>
    /// <param name="teachers">The networks behind the teachers' signals.</param>
    /// <exception cref="ArgumentException">A term needs a teacher, or something of a network, that is not there.</exception>
    public void Prepare(Signals signals, IReadOnlyList<Role> teachers)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Seed("auxiliaries");
        _auxiliaries.Prepare(signals);
        _isPrepared = true;
        signals = Extended(signals);
        _attachment = new Attachment
        {
            Student = Role,
            Teachers = teachers,
            Data = _setup.Data,
            Transforms = _setup.Transforms,
            Device = _setup.Device,
        };
        for (int k = 0; k < _criteria.Count; k++)
        {
            Criterion criterion = _criteria[k];
            if (criterion.NeedsTeacher && teachers.Count == 0)
            {
                throw new ArgumentException(
                    $"'{criterion.GetType().Name}' needs a teacher, and the stage names none.", nameof(teachers));
            }
            Seed($"{_setup.CriterionNames[k]}/attached");
            criterion.Attach(_attachment.For(criterion));

            // Again, because attaching may have built the network of a teacher whose answers are in a cache.
            Seed(_setup.CriterionNames[k]);
            criterion.Prepare(criterion.Options.From is { } name ? signals.From(name) : signals);
            if (criterion.Options.PartsFrom is { } stage)
                criterion.TakeParts(stage, _setup.Parts(stage));
            if (_setup.HeldOut is null && criterion.PartsOf(PartMover.HeldOut).Any())
            {
                throw new ArgumentException(
                    $"'{criterion.GetType().Name}' owns parts that held-out samples decide, and none are held out; "
                    + "write `held_out:` and `trainer: bilevel`.");
            }

            criterion.Owned.To(_setup.Device);
            criterion.Owned.Train();
        }

        if (_form is { WantsGradients: true })
            Attune(_form, signals);
        _optimizer = _setup.Optimizer.Create(Groups());
        _opponents.AddRange(_criteria.Where(c => c.Opponent is not null).Select(c => new Opponent(c)));
        _parameters = [.. _optimizer.Parameters];
        Train();
    }

    /// <summary>Puts the network into training mode; its frozen parts stay in evaluation mode, so that their statistics
    /// stay.</summary>
    public void Train()
    {
        Role.Model.Train();
        _auxiliaries.Train();
        foreach (Module part in _frozen)
            part.Eval();
    }

    /// <summary>Gives the network the weights that it would be left with now, until the result is disposed; null where those are
    /// its own.</summary>
    public IDisposable? AsLeft()
    {
        using GradMode off = Autograd.NoGrad();
        return _isSettled ? null : _form?.Wear();
    }

    /// <summary>Runs the network on a batch and on the further inputs that its terms ask for.</summary>
    public RoleSignals Run(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_setup.Precision == DType.Float32)
            return RunWide(batch);
        using IDisposable narrow = Engine.Autocast(_setup.Device.Type, _setup.Precision);
        return RunWide(batch);
    }

    /// <summary>The signals of a step with what the stage's auxiliary networks make of them; as they are until
    /// <see cref="Prepare"/>.</summary>
    public Signals Extended(Signals signals) => _isPrepared ? _auxiliaries.Extend(signals) : signals;

    /// <summary>The terms, not yet weighted; measures what <c>auto</c> needs at the first step.</summary>
    public Tensor[] Terms(Signals signals)
    {
        Tensor[] terms = [.. _criteria.Select(c => c.Evaluate(signals))];
        if (_scales.Any(double.IsNaN))
            MeasureScales(terms);
        return terms;
    }

    /// <summary>The weighted sum of the terms.</summary>
    public Tensor Total(Tensor[] terms, StepClock clock)
    {
        ArgumentNullException.ThrowIfNull(terms);

        // All weights may be 0 for a while; the step must still have a graph.
        return SumOf(terms, clock, _ => true) ?? terms[0] * 0;
    }

    /// <summary>Takes a step down a loss's gradient, and lets the terms remember what they have seen.</summary>
    /// <param name="total">The loss.</param>
    /// <param name="signals">What it was computed from.</param>
    /// <param name="terms">What <see cref="Terms"/> gave, where the loss is their <see cref="Total"/>: an optimiser may then tell
    /// the task's gradient from the others'.</param>
    public void Move(Tensor total, Signals signals, Tensor[]? terms = null)
    {
        ArgumentNullException.ThrowIfNull(total);
        ArgumentNullException.ThrowIfNull(signals);
        Moves.ZeroGrad();
        if (Moves is SplitSgd split && terms is not null
            && SumOf(terms, signals.Clock, c => c.IsTask) is { RequiresGrad: true } task
            && SumOf(terms, signals.Clock, c => !c.IsTask) is { RequiresGrad: true } others)
        {
            // Both graphs lie over one run of the network, which may not move before both are gone through.
            Backward(task, retainGraph: true);
            split.Hold();
            Backward(others);
        }
        else
        {
            Backward(total);
        }

        double factor = _setup.Schedule.At(signals.Clock);
        foreach (ParameterGroup group in Moves.Groups)
            group.LearningRate = group.InitialLearningRate * factor;
        Moves.Step();
        _form?.Advance();
        foreach (Opponent opponent in _opponents)
            opponent.Move(signals, factor);
        using GradMode off = Autograd.NoGrad();
        foreach (Criterion criterion in _criteria)
            criterion.Advance(signals);
    }

    /// <summary>Writes the network's weights as they are left, and lets the terms renew what they own, after the last
    /// step.</summary>
    public void Conclude()
    {
        if (_form is not null && !_isSettled)
        {
            // Before, because what is written cannot tell any more what it was made from.
            Sizes = _form.Figures();
            _form.Settle();
            _isSettled = true;
        }

        if (_attachment is not { } attachment)
            return;
        foreach (Criterion criterion in _criteria)
            criterion.Conclude(attachment.For(criterion));
    }

    /// <summary>Each term's share of the gradient's norm over the network's parameters; nothing where there is one
    /// term.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Inspect(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor[] parameters = [.. Moved().Select(p => p.Value)];
        if (parameters.Length == 0)
            return [];
        var norms = new double[_criteria.Count];
        for (int k = 0; k < norms.Length; k++)
        {
            Tensor term = _criteria[k].Evaluate(signals) * WeightOf(k, signals.Clock);
            if (!term.RequiresGrad)
                continue;
            Tensor?[] gradients = Autograd.Grad([term], parameters, retainGraph: true, allowUnused: true);
            Tensor[] found = [.. gradients.OfType<Tensor>()];
            norms[k] = found.Length == 0 ? 0 : Gradients.Norm(found).ToDouble();
        }

        double sum = norms.Sum();
        return [.. norms.Select((n, k) => new KeyValuePair<string, double>(_setup.CriterionNames[k], sum > 0 ? n / sum : 0))];
    }

    /// <summary>Frees the optimiser and the terms and removes the taps; the network stays.</summary>
    public void Dispose()
    {
        _optimizer?.Dispose();
        foreach (Opponent opponent in _opponents)
            opponent.Dispose();
        _session.Dispose();
        _form?.Dispose();
        _auxiliaries.Dispose();
        foreach (Criterion criterion in _criteria)
            criterion.Dispose();
    }

    private void Seed(string part)
    {
        if (_setup.SeedOf is { } seedOf)
            Engine.ManualSeed(seedOf($"parts/{Role.Name}/{part}"));
    }

    // The recipe's groups first come first served; what they leave, and what terms own, moves at the optimiser's own rate.
    private List<ParameterGroup> Groups()
    {
        var groups = new List<ParameterGroup>();
        var taken = new HashSet<Parameter>();
        foreach (ParameterGroupOptions options in _setup.Groups)
        {
            Parameter[] parameters =
            [
                .. options.Modules.SelectMany(m => Role.Model.Find(m).Parameters()).Where(p => p.Trainable && taken.Add(p)),
            ];
            if (parameters.Length > 0)
                groups.Add(new ParameterGroup(parameters, options.Lr, options.WeightDecay, string.Join('+', options.Modules)));
        }

        Parameter[] rest =
        [
            .. Moved().Where(taken.Add),
            .. _criteria.SelectMany(c => c.PartsOf(PartMover.Learner)),
            .. _auxiliaries.Networks.Parameters().Where(p => p.Trainable),
        ];
        if (rest.Length > 0)
            groups.Insert(0, new ParameterGroup(rest));
        return groups.Count > 0
            ? groups
            : throw new ArgumentException($"role '{Role.Name}' has no parameter left to train: all are frozen.");
    }

    private void Backward(Tensor loss, bool retainGraph = false)
    {
        loss.Backward(retainGraph: retainGraph);
        if (_setup.ClipNorm is { } maximum)
            Gradients.ClipNorm(_parameters, maximum);
    }

    private Tensor? SumOf(Tensor[] terms, StepClock clock, Func<Criterion, bool> counts)
    {
        Tensor? total = null;
        for (int k = 0; k < terms.Length; k++)
        {
            double weight = counts(_criteria[k]) ? WeightOf(k, clock) : 0;
            if (weight == 0)
                continue;
            Tensor weighted = weight == 1 ? terms[k] : terms[k] * weight;
            total = total is null ? weighted : total + weighted;
        }

        return total;
    }

    // What the network's weights are made of, and those of its own that train.
    private IEnumerable<Parameter> Moved() =>
        Role.Model.Parameters().Where(p => p.Trainable).Concat(_form?.Parts.Parameters() ?? []);

    private RoleSignals RunWide(Batch batch)
    {
        using IDisposable? worn = _isSettled ? null : _form?.Wear(Role.Model.Training);
        return RunAsItIs(batch);
    }

    private RoleSignals RunAsItIs(Batch batch) =>
        Faculty.Run(Role.Name, _inputs, _onInputsAlone, input => _session.Run(input is null ? batch.Input : batch[input]));

    // The gradient of the weights as they are, before anything is made of them.
    private void Attune(WeightForm form, Signals signals)
    {
        using var scope = new TensorScope();
        using GradMode on = Autograd.EnableGrad();
        Signals whole = Extended(new Signals(signals.Batch, signals.Clock, RunAsItIs(signals.Batch), signals.Teachers));
        Tensor total = Total([.. _criteria.Select(c => c.Evaluate(whole))], signals.Clock);
        KeyValuePair<string, Parameter>[] moving = [.. Role.Model.NamedParameters().Where(p => p.Value.Trainable)];
        Tensor?[] slopes = Autograd.Grad([total], Array.ConvertAll(moving, p => p.Value.Value), allowUnused: true);
        form.Attune(moving.Zip(slopes).Where(m => m.Second is not null).ToDictionary(m => m.First.Key, m => m.Second!));
    }

    private double WeightOf(int k, StepClock clock) =>
        _criteria[k].Weight.At(clock) * (double.IsNaN(_scales[k]) ? 1 : _scales[k]);

    // Published weights belong to published networks; `auto` asks for a ratio to the task loss at the first step instead.
    private void MeasureScales(Tensor[] terms)
    {
        double task = 0;
        for (int k = 0; k < terms.Length; k++)
            task += _criteria[k].IsTask ? terms[k].Detach().ToDouble() : 0;
        task = task > 0 ? task : 1;
        for (int k = 0; k < terms.Length; k++)
        {
            if (!double.IsNaN(_scales[k]))
                continue;
            double value = Math.Abs(terms[k].Detach().ToDouble());
            _scales[k] = value > 0 && double.IsFinite(value) ? task / value : 1;
        }
    }
}
