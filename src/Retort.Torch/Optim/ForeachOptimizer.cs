using System.Globalization;

namespace Retort.Torch.Optim;

/// <summary>An optimiser whose step is a few operators over the whole list of parameters.</summary>
/// <remarks>
/// Per parameter it keeps a step count and named buffers of the parameter's shape. Parameters with equal step counts, nearly
/// always
/// all of a group, are updated together.
/// </remarks>
public abstract class ForeachOptimizer : Optimizer
{
    private readonly OptimizerOptions _options;
    private readonly List<ParameterGroup> _groups = [];
    private readonly List<ParameterState> _states = [];
    private readonly HashSet<Tensor> _known = new(ReferenceEqualityComparer.Instance);
    private long _stepCount;

    /// <summary>Takes over the groups.</summary>
    /// <exception cref="ArgumentException">There is no group, or a parameter occurs twice.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    private protected ForeachOptimizer(IEnumerable<ParameterGroup> groups, OptimizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(options);
        Require.AtLeastZero(options.LearningRate);
        Require.AtLeastZero(options.WeightDecay);
        _options = options;
        foreach (ParameterGroup group in groups)
            Add(group);
        if (_groups.Count == 0)
            throw new ArgumentException("An optimiser needs at least one parameter group.", nameof(groups));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterGroup> Groups => _groups;

    /// <inheritdoc/>
    public override long StepCount => _stepCount;

    /// <inheritdoc/>
    public override int StateCount => _states.Sum(state => state.Buffers.Length);

    /// <summary>PyTorch's names of the buffers that each parameter has.</summary>
    private protected abstract IReadOnlyList<string> BufferNames { get; }

    /// <inheritdoc/>
    public override void Add(ParameterGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        foreach (Tensor parameter in group.Parameters)
        {
            if (!_known.Add(parameter))
                throw new ArgumentException($"parameter {parameter} occurs twice in the optimiser's groups.", nameof(group));
        }

        group.Adopt(_options);
        _groups.Add(group);
        foreach (Tensor _ in group.Parameters)
            _states.Add(new ParameterState());
    }

    /// <inheritdoc/>
    public override void Step()
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = new TensorScope();
        int first = 0;
        foreach (ParameterGroup group in _groups)
        {
            foreach (Batch batch in Batches(group, first))
                Update(batch);
            first += group.Parameters.Count;
        }

        _stepCount++;
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> State()
    {
        var named = new Dictionary<string, Tensor> { ["step"] = Tensor.FromScalar(_stepCount) };
        for (int k = 0; k < _groups.Count; k++)
        {
            string prefix = string.Create(CultureInfo.InvariantCulture, $"param_groups.{k}.");
            named[prefix + "lr"] = Tensor.FromScalar(_groups[k].LearningRate);
            named[prefix + "initial_lr"] = Tensor.FromScalar(_groups[k].InitialLearningRate);
            named[prefix + "weight_decay"] = Tensor.FromScalar(_groups[k].WeightDecay);
        }

        for (int k = 0; k < _states.Count; k++)
        {
            // Before its first step a parameter has no state, as in PyTorch.
            if (_states[k].Step == 0)
                continue;
            string prefix = string.Create(CultureInfo.InvariantCulture, $"state.{k}.");
            named[prefix + "step"] = Tensor.FromScalar(_states[k].Step);
            for (int b = 0; b < _states[k].Buffers.Length; b++)
                named[prefix + BufferNames[b]] = _states[k].Buffers[b];
        }

        return named;
    }

    /// <inheritdoc/>
    public override void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        OptimizerCheckpoint checkpoint = OptimizerCheckpoint.Read(state, [.. Parameters], _groups.Count, BufferNames);
        for (int k = 0; k < _groups.Count; k++)
        {
            _groups[k].LearningRate = checkpoint.LearningRates[k] ?? _groups[k].LearningRate;
            _groups[k].InitialLearningRate = checkpoint.InitialLearningRates[k] ?? _groups[k].InitialLearningRate;
            _groups[k].WeightDecay = checkpoint.WeightDecays[k] ?? _groups[k].WeightDecay;
        }

        using var noGrad = Autograd.NoGrad();
        int index = 0;
        foreach (Tensor parameter in Parameters)
        {
            ParameterState mine = _states[index];
            Tensor[]? theirs = checkpoint.Buffers[index];
            mine.Step = checkpoint.Steps[index++];
            // Copied before ours are freed: they may be the same tensors.
            Tensor[] copies = theirs is null ? [] : Array.ConvertAll(theirs, buffer => CopyLike(parameter, buffer));
            mine.Free();
            mine.Buffers = copies;
        }

        _stepCount = checkpoint.StepCount;
    }

    /// <summary>Updates parameters that have a gradient and the same step count; runs without recording, inside a
    /// scope.</summary>
    private protected abstract void Update(Batch batch);

    /// <summary>What a buffer holds before its parameter's first step.</summary>
    private protected virtual double InitialValue(int buffer) => 0;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (ParameterState state in _states)
            state.Free();
    }

    private IEnumerable<Batch> Batches(ParameterGroup group, int first)
    {
        var byStep = new SortedDictionary<long, List<(Tensor Parameter, Tensor Gradient, ParameterState State)>>();
        for (int k = 0; k < group.Parameters.Count; k++)
        {
            Tensor parameter = group.Parameters[k];
            if (parameter.Grad is not { } gradient)
                continue;
            ParameterState state = _states[first + k];
            if (state.Step == 0)
                state.Buffers = MakeBuffers(parameter);
            state.Step++;
            if (!byStep.TryGetValue(state.Step, out var entries))
                byStep.Add(state.Step, entries = []);
            entries.Add((parameter, gradient, state));
        }

        foreach ((long step, var entries) in byStep)
        {
            var buffers = new Tensor[BufferNames.Count][];
            for (int b = 0; b < buffers.Length; b++)
                buffers[b] = [.. entries.Select(entry => entry.State.Buffers[b])];
            yield return new Batch(
                step, group.LearningRate, group.WeightDecay,
                [.. entries.Select(entry => entry.Parameter)], [.. entries.Select(entry => entry.Gradient)], buffers);
        }
    }

    private Tensor[] MakeBuffers(Tensor parameter)
    {
        var buffers = new Tensor[BufferNames.Count];
        for (int b = 0; b < buffers.Length; b++)
            buffers[b] = parameter.FullLike(InitialValue(b)).Persist();
        return buffers;
    }

    private static Tensor CopyLike(Tensor parameter, Tensor source)
    {
        using var scope = new TensorScope();
        return parameter.Detach().Clone().CopyInPlace(source).Persist();
    }

    /// <summary>A part of a group that is updated in one go.</summary>
    /// <param name="Step">The number of this step, from 1, for these parameters.</param>
    /// <param name="LearningRate">The group's.</param>
    /// <param name="WeightDecay">The group's.</param>
    /// <param name="Parameters">To be changed in place.</param>
    /// <param name="Gradients">In the same order; they belong to the caller and are not to be changed.</param>
    /// <param name="Buffers">One array a buffer name.</param>
    private protected sealed record Batch(
        long Step, double LearningRate, double WeightDecay, Tensor[] Parameters, Tensor[] Gradients, Tensor[][] Buffers)
    {
        /// <summary>The gradients with the weight decay's added, as in L2 regularisation.</summary>
        public Tensor[] DecayedGradients() =>
            WeightDecay == 0 ? Gradients : Ops.ForeachAdd(Gradients, Parameters, WeightDecay);
    }

    private sealed class ParameterState
    {
        public long Step { get; set; }

        public Tensor[] Buffers { get; set; } = [];

        public void Free()
        {
            foreach (Tensor buffer in Buffers)
                buffer.Dispose();
            Buffers = [];
        }
    }
}
