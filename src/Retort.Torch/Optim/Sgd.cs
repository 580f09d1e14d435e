namespace Retort.Torch.Optim;

/// <summary>Stochastic gradient descent with momentum, dampening and Nesterov's form, as PyTorch's <c>SGD</c>.</summary>
/// <remarks>
/// g ← g + λp; b ← μb + (1 − d)g, where the first b is g itself; p ← p − lr·b, or p − lr·(g + μb) in Nesterov's form.
/// Without momentum there is no state.
/// </remarks>
public sealed class Sgd : ForeachOptimizer
{
    private readonly SgdOptions _options;

    /// <summary>Creates the optimiser of one group.</summary>
    public Sgd(IEnumerable<Tensor> parameters, SgdOptions? options = null)
        : this([new ParameterGroup(parameters)], options)
    {
    }

    /// <summary>Creates the optimiser.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    /// <exception cref="ArgumentException">Nesterov's form is asked for without momentum or with dampening.</exception>
    public Sgd(IEnumerable<ParameterGroup> groups, SgdOptions? options = null)
        : base(groups, options ??= new SgdOptions())
    {
        Require.Fraction(options.Momentum);
        Require.Share(options.Dampening);
        if (options.Nesterov && (options.Momentum == 0 || options.Dampening != 0))
        {
            string found = FormattableString.Invariant($"Momentum is {options.Momentum}, Dampening {options.Dampening}");
            throw new ArgumentException($"Nesterov's form needs Momentum above 0 and Dampening 0; {found}.", nameof(options));
        }

        _options = options;
        BufferNames = options.Momentum == 0 ? [] : ["momentum_buffer"];
    }

    /// <inheritdoc/>
    private protected override IReadOnlyList<string> BufferNames { get; }

    /// <inheritdoc/>
    private protected override void Update(Batch batch)
    {
        Tensor[] direction = batch.DecayedGradients();
        if (_options.Momentum != 0)
        {
            Tensor[] momentum = batch.Buffers[0];
            Ops.ForeachMulInPlace(momentum, _options.Momentum);
            Ops.ForeachAddInPlace(momentum, direction, batch.Step == 1 ? 1 : 1 - _options.Dampening);
            direction = _options.Nesterov ? Ops.ForeachAdd(direction, momentum, _options.Momentum) : momentum;
        }

        Ops.ForeachAddInPlace(batch.Parameters, direction, -batch.LearningRate);
    }
}

/// <summary>Settings of <see cref="Sgd"/>; the defaults are PyTorch's, but for the learning rate, which has none there.</summary>
public sealed record SgdOptions : OptimizerOptions
{
    /// <summary>Creates the defaults.</summary>
    public SgdOptions() => LearningRate = 0.1;

    /// <summary>μ, how much of the last direction is kept, in [0, 1).</summary>
    public double Momentum { get; init; }

    /// <summary>How much of the new gradient is left out of the direction, in [0, 1].</summary>
    public double Dampening { get; init; }

    /// <summary>Whether to look ahead along the direction.</summary>
    public bool Nesterov { get; init; }
}
