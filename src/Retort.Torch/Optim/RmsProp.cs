namespace Retort.Torch.Optim;

/// <summary>RMSprop with its centred form and momentum, as PyTorch's <c>RMSprop</c>.</summary>
/// <remarks>
/// Tieleman and Hinton, "Lecture 6.5: rmsprop", COURSERA 2012; centred: Graves, arXiv:1308.0850, section 4.2, with PyTorch's
/// place of ε
/// (outside the root): v ← αv + (1 − α)g²; d = √v + ε, or √(v − m²) + ε; p ← p − lr·g/d, or b ← μb + g/d and p ← p − lr·b.
/// </remarks>
public sealed class RmsProp : ForeachOptimizer
{
    private static readonly Operator Addcmul = new("aten::_foreach_addcmul", "Scalar");
    private readonly RmsPropOptions _options;

    /// <summary>Creates the optimiser of one group.</summary>
    public RmsProp(IEnumerable<Tensor> parameters, RmsPropOptions? options = null)
        : this([new ParameterGroup(parameters)], options)
    {
    }

    /// <summary>Creates the optimiser.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public RmsProp(IEnumerable<ParameterGroup> groups, RmsPropOptions? options = null)
        : base(groups, options ??= new RmsPropOptions())
    {
        Require.Fraction(options.Alpha);
        Require.AtLeastZero(options.Epsilon);
        Require.Fraction(options.Momentum);
        _options = options;
        var names = new List<string> { "square_avg" };
        if (options.Momentum > 0)
            names.Add("momentum_buffer");
        if (options.Centered)
            names.Add("grad_avg");
        BufferNames = names;
    }

    /// <inheritdoc/>
    private protected override IReadOnlyList<string> BufferNames { get; }

    /// <inheritdoc/>
    private protected override void Update(Batch batch)
    {
        Tensor[] gradients = batch.DecayedGradients();
        Tensor[] square = batch.Buffers[0];
        Ops.ForeachMulInPlace(square, _options.Alpha);
        Ops.ForeachAddcmulInPlace(square, gradients, gradients, 1 - _options.Alpha);
        Tensor[] denominator;
        if (_options.Centered)
        {
            Tensor[] mean = batch.Buffers[^1];
            Ops.ForeachMulInPlace(mean, _options.Alpha);
            Ops.ForeachAddInPlace(mean, gradients, 1 - _options.Alpha);
            denominator = (Tensor[])Addcmul.Call(square, mean, mean, -1.0)[0]!;
            Ops.ForeachSqrtInPlace(denominator);
        }
        else
        {
            denominator = Ops.ForeachSqrt(square);
        }

        Ops.ForeachAddInPlace(denominator, _options.Epsilon);
        if (_options.Momentum > 0)
        {
            Tensor[] momentum = batch.Buffers[1];
            Ops.ForeachMulInPlace(momentum, _options.Momentum);
            Ops.ForeachAddcdivInPlace(momentum, gradients, denominator);
            Ops.ForeachAddInPlace(batch.Parameters, momentum, -batch.LearningRate);
        }
        else
        {
            Ops.ForeachAddcdivInPlace(batch.Parameters, gradients, denominator, -batch.LearningRate);
        }
    }
}

/// <summary>Settings of <see cref="RmsProp"/>; the defaults are PyTorch's.</summary>
public sealed record RmsPropOptions : OptimizerOptions
{
    /// <summary>Creates the defaults.</summary>
    public RmsPropOptions() => LearningRate = 0.01;

    /// <summary>α, how much of the mean square is kept, in [0, 1).</summary>
    public double Alpha { get; init; } = 0.99;

    /// <summary>ε, added to the root, at least 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>μ, how much of the last direction is kept, in [0, 1).</summary>
    public double Momentum { get; init; }

    /// <summary>Whether the square of the mean gradient is taken off the mean square.</summary>
    public bool Centered { get; init; }
}
