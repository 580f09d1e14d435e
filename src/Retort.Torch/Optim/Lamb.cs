namespace Retort.Torch.Optim;

/// <summary>LAMB: Adam's direction, scaled for each tensor by ‖p‖ / ‖direction‖, for large batches.</summary>
/// <remarks>
/// <para>You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes", ICLR 2020, arXiv:1904.00962,
/// algorithm 2 with φ(z) = z: r = m̂/(√v̂ + ε) + λp; p ← p − lr · ‖p‖/‖r‖ · r, both moments bias-corrected.</para>
/// <para>Where a norm is 0 the ratio is 1, so that a bias that begins at zero can move. Nothing waits for the device.</para>
/// </remarks>
public sealed class Lamb : ForeachOptimizer
{
    private readonly LambOptions _options;

    /// <summary>Creates the optimiser of one group.</summary>
    public Lamb(IEnumerable<Tensor> parameters, LambOptions? options = null)
        : this([new ParameterGroup(parameters)], options)
    {
    }

    /// <summary>Creates the optimiser.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public Lamb(IEnumerable<ParameterGroup> groups, LambOptions? options = null)
        : base(groups, options ??= new LambOptions())
    {
        Require.Fraction(options.Beta1);
        Require.Fraction(options.Beta2);
        Require.AtLeastZero(options.Epsilon);
        _options = options;
    }

    /// <inheritdoc/>
    private protected override IReadOnlyList<string> BufferNames { get; } = ["exp_avg", "exp_avg_sq"];

    /// <inheritdoc/>
    private protected override void Update(Batch batch)
    {
        Tensor[] mean = batch.Buffers[0], square = batch.Buffers[1];
        Ops.ForeachMulInPlace(mean, _options.Beta1);
        Ops.ForeachAddInPlace(mean, batch.Gradients, 1 - _options.Beta1);
        Ops.ForeachMulInPlace(square, _options.Beta2);
        Ops.ForeachAddcmulInPlace(square, batch.Gradients, batch.Gradients, 1 - _options.Beta2);

        Tensor[] denominator = Ops.ForeachMul(square, 1 / (1 - Math.Pow(_options.Beta2, batch.Step)));
        Ops.ForeachSqrtInPlace(denominator);
        Ops.ForeachAddInPlace(denominator, _options.Epsilon);
        Tensor[] direction = Ops.ForeachMul(mean, 1 / (1 - Math.Pow(_options.Beta1, batch.Step)));
        Ops.ForeachDivInPlace(direction, denominator);
        if (batch.WeightDecay != 0)
            Ops.ForeachAddInPlace(direction, batch.Parameters, batch.WeightDecay);

        Tensor weights = Ops.Stack(Ops.ForeachNorm(batch.Parameters));      // [tensors]
        Tensor directions = Ops.Stack(Ops.ForeachNorm(direction));          // [tensors]
        Tensor both = (weights * directions).Gt(0);
        Tensor ratios = Ops.Where(both, weights / directions, 1.0);
        Ops.ForeachMulInPlace(direction, ratios.Unbind());
        Ops.ForeachAddInPlace(batch.Parameters, direction, -batch.LearningRate);
    }
}

/// <summary>Settings of <see cref="Lamb"/>; the defaults are the paper's (section 4 and appendix H).</summary>
public sealed record LambOptions : OptimizerOptions
{
    /// <summary>Creates the defaults.</summary>
    public LambOptions()
    {
        LearningRate = 1e-3;
        WeightDecay = 0.01;
    }

    /// <summary>β₁, how much of the mean gradient is kept, in [0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂, how much of the mean square is kept, in [0, 1).</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε, added to the root of the mean square, at least 0.</summary>
    public double Epsilon { get; init; } = 1e-6;
}
