namespace Retort.Torch.Optim;

/// <summary>Sharpness-aware minimisation around another optimiser: the step uses the gradient at the worst point
/// nearby.</summary>
/// <remarks>
/// <para>Foret et al., "Sharpness-Aware Minimization for Efficiently Improving Generalization", ICLR 2021, arXiv:2010.01412,
/// algorithm 1: ε̂ = ρ·g/‖g‖ over all parameters, then the inner optimiser's step from p with the gradient at p + ε̂.
/// Adaptive: Kwon et
/// al., "ASAM", ICML 2021, arXiv:2102.11600, algorithm 1: ε̂ = ρ·p²g / ‖|p|g‖.</para>
/// <para>Each step computes gradients twice, so that batch-norm's running figures move twice too. Use
/// <see cref="Optimizer.Step(Action)"/>, or <see cref="Perturb"/>, new gradients, and <see cref="Step()"/>.</para>
/// </remarks>
public sealed class Sam : Optimizer
{
    // Keeps the quotient finite where all gradients are 0.
    private const double SmallestNorm = 1e-12;

    private readonly SamOptions _options;
    private readonly List<(Tensor Parameter, Tensor Before)> _moved = [];

    /// <summary>Wraps an optimiser, which this one then owns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">ρ is not above 0.</exception>
    public Sam(Optimizer inner, SamOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _options = options ?? new SamOptions();
        Require.Positive(_options.Rho);
        Inner = inner;
    }

    /// <summary>The optimiser that takes the step.</summary>
    public Optimizer Inner { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterGroup> Groups => Inner.Groups;

    /// <inheritdoc/>
    public override long StepCount => Inner.StepCount;

    /// <inheritdoc/>
    public override int StateCount => Inner.StateCount;

    /// <inheritdoc/>
    public override void Add(ParameterGroup group) => Inner.Add(group);

    /// <summary>Moves the parameters to the worst point nearby, where the next gradients are to be computed.</summary>
    /// <exception cref="InvalidOperationException">They are there already.</exception>
    public void Perturb()
    {
        if (_moved.Count > 0)
            throw new InvalidOperationException("Perturb was called twice without a Step between.");
        using var noGrad = Autograd.NoGrad();
        using var scope = new TensorScope();
        var parameters = new List<Tensor>();
        var gradients = new List<Tensor>();
        foreach (Tensor parameter in Parameters)
        {
            if (parameter.Grad is not { } gradient)
                continue;
            parameters.Add(parameter);
            gradients.Add(gradient);
            _moved.Add((parameter, parameter.Detach().Clone().Persist()));
        }

        if (parameters.Count == 0)
            return;
        Tensor[] moves = [.. gradients];
        Tensor[]? magnitudes = _options.Adaptive ? Ops.ForeachAbs(parameters.ToArray()) : null;
        if (magnitudes is not null)
            moves = Ops.ForeachMul(moves, magnitudes);
        Tensor scale = _options.Rho / (Gradients.Norm(moves) + SmallestNorm);
        moves = Ops.ForeachMul(moves, Gradients.OnEachDevice(scale, moves));
        if (magnitudes is not null)
            Ops.ForeachMulInPlace(moves, magnitudes);
        Ops.ForeachAddInPlace(parameters.ToArray(), moves);
    }

    /// <summary>Puts the parameters back where <see cref="Perturb"/> took them, and takes the inner step with the gradients
    /// they have now.</summary>
    public override void Step()
    {
        Restore();
        Inner.Step();
    }

    /// <inheritdoc/>
    public override void Step(Action computeGradients)
    {
        ArgumentNullException.ThrowIfNull(computeGradients);
        computeGradients();
        Perturb();
        try
        {
            computeGradients();
        }
        catch
        {
            // Whoever handles the failure saves the parameters themselves, not the point nearby.
            Restore();
            throw;
        }

        Step();
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> State() => Inner.State();

    /// <inheritdoc/>
    public override void Load(IReadOnlyDictionary<string, Tensor> state) => Inner.Load(state);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach ((_, Tensor before) in _moved)
            before.Dispose();
        _moved.Clear();
        if (disposing)
            Inner.Dispose();
    }

    private void Restore()
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = new TensorScope();
        foreach ((Tensor parameter, Tensor before) in _moved)
        {
            parameter.CopyInPlace(before);
            before.Dispose();
        }

        _moved.Clear();
    }
}

/// <summary>Settings of <see cref="Sam"/>.</summary>
public sealed record SamOptions
{
    /// <summary>ρ, the radius of the neighbourhood, above 0. The paper's default is 0.05 (section 3.1); ASAM uses 0.5 and
    /// more.</summary>
    public double Rho { get; init; } = 0.05;

    /// <summary>Whether the neighbourhood scales with the parameters, as in ASAM (without its η).</summary>
    public bool Adaptive { get; init; }
}
