namespace Retort.Torch.Optim;

/// <summary>Stochastic gradient descent on the sum of two losses, the gradient of each with a momentum of its own.</summary>
/// <remarks>
/// <para>Zhao et al., "DOT: A Distillation-Oriented Trainer", ICCV 2023, arXiv:2307.08436, section 3.3:
/// b₁ ← (μ − Δ)b₁ + g₁ + λp; b₂ ← (μ + Δ)b₂ + g₂; p ← p − lr·(b₁ + b₂). In Nesterov's form each direction looks ahead along its
/// own b, which the paper does not do.</para>
/// <para>Compute the first loss's gradients, call <see cref="Hold"/>, compute the second's, call <see cref="Step()"/>. A
/// parameter that only one of the losses reaches moves with μ, as in the authors' code; without <see cref="Hold"/> all do, and
/// it is <see cref="Sgd"/>.</para>
/// </remarks>
public sealed class SplitSgd : Optimizer
{
    private readonly Sgd _first, _second, _alone;
    private readonly Tensor[] _parameters;
    private readonly Tensor?[] _held;

    /// <summary>Creates the optimiser.</summary>
    /// <param name="groups">What is moved. Weight decay counts as part of the first loss's gradient.</param>
    /// <param name="options">μ, λ and the learning rate.</param>
    /// <param name="difference">Δ; μ − Δ and μ + Δ must be momenta, in [0, 1). At 0 it is <see cref="Sgd"/> but for
    /// rounding.</param>
    /// <exception cref="ArgumentOutOfRangeException">A momentum would leave [0, 1), or a setting is out of its range.</exception>
    public SplitSgd(IReadOnlyList<ParameterGroup> groups, SgdOptions options, double difference)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(options);
        Sgd With(IEnumerable<ParameterGroup> moved, double momentum) =>
            new(moved, options with { Momentum = momentum, Nesterov = options.Nesterov && momentum != 0 });
        _alone = With(groups, options.Momentum);
        _first = With(groups, options.Momentum - difference);
        _second = With(
            [.. groups.Select(g => new ParameterGroup(g.Parameters, g.LearningRate, weightDecay: 0, g.Name))],
            options.Momentum + difference);
        _parameters = [.. Parameters];
        _held = new Tensor?[_parameters.Length];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterGroup> Groups => _alone.Groups;

    /// <inheritdoc/>
    public override long StepCount => _alone.StepCount;

    /// <inheritdoc/>
    public override int StateCount => Parts().Sum(p => p.Optimizer.StateCount);

    /// <summary>Not possible: the parts keep lists of their own.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Add(ParameterGroup group) =>
        throw new NotSupportedException("Give all groups to the constructor of SplitSgd; none can be added later.");

    /// <summary>Takes the gradients that the parameters have now for those of the first loss, and clears them.</summary>
    public void Hold()
    {
        Release();
        for (int k = 0; k < _parameters.Length; k++)
            _held[k] = _parameters[k].Grad?.Persist();
        ZeroGrad();
    }

    /// <inheritdoc/>
    public override void Step()
    {
        using var scope = new TensorScope();
        Tensor?[] later = Array.ConvertAll(_parameters, p => p.Grad);
        for (int k = 0; k < Groups.Count; k++)
            _second.Groups[k].LearningRate = Groups[k].LearningRate;
        StepWith(_alone, k => _held[k] is null ? later[k] : later[k] is null ? _held[k] : null);
        StepWith(_first, k => later[k] is null ? null : _held[k]);
        StepWith(_second, k => _held[k] is null ? null : later[k]);
        Release();
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> State() =>
        Parts().SelectMany(p => p.Optimizer.State().Select(s => KeyValuePair.Create(p.Prefix + s.Key, s.Value))).ToDictionary();

    /// <inheritdoc/>
    public override void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Keys.FirstOrDefault(k => !Parts().Any(p => k.StartsWith(p.Prefix, StringComparison.Ordinal))) is { } foreign)
            throw new InvalidDataException($"'{foreign}' is no name of it: they begin with 'first.', 'second.' or 'alone.'.");
        foreach ((string prefix, Sgd optimizer) in Parts())
        {
            optimizer.Load(state.Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(s => s.Key[prefix.Length..], s => s.Value));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Release();
        foreach ((_, Sgd optimizer) in Parts())
            optimizer.Dispose();
    }

    private IEnumerable<(string Prefix, Sgd Optimizer)> Parts() => [("first.", _first), ("second.", _second), ("alone.", _alone)];

    private void StepWith(Sgd optimizer, Func<int, Tensor?> gradient)
    {
        for (int k = 0; k < _parameters.Length; k++)
            _parameters[k].Grad = gradient(k);
        optimizer.Step();
    }

    private void Release()
    {
        foreach (Tensor? gradient in _held)
            gradient?.Dispose();
        Array.Clear(_held);
    }
}
