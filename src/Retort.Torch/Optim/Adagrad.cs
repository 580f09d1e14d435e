namespace Retort.Torch.Optim;

/// <summary>Adagrad, as PyTorch's: s ← s + g²; p ← p − lr/(1 + (t − 1)·decay) · g / (√s + ε).</summary>
/// <remarks>
/// Duchi et al., "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", JMLR 12, 2011. PyTorch makes
/// the sums
/// when the optimiser is made; here they come with a parameter's first gradient, which changes no figure.
/// </remarks>
public sealed class Adagrad : ForeachOptimizer
{
    private readonly AdagradOptions _options;

    /// <summary>Creates the optimiser of one group.</summary>
    public Adagrad(IEnumerable<Tensor> parameters, AdagradOptions? options = null)
        : this([new ParameterGroup(parameters)], options)
    {
    }

    /// <summary>Creates the optimiser.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public Adagrad(IEnumerable<ParameterGroup> groups, AdagradOptions? options = null)
        : base(groups, options ??= new AdagradOptions())
    {
        Require.AtLeastZero(options.LearningRateDecay);
        Require.AtLeastZero(options.InitialAccumulator);
        Require.AtLeastZero(options.Epsilon);
        _options = options;
    }

    /// <inheritdoc/>
    private protected override IReadOnlyList<string> BufferNames { get; } = ["sum"];

    /// <inheritdoc/>
    private protected override double InitialValue(int buffer) => _options.InitialAccumulator;

    /// <inheritdoc/>
    private protected override void Update(Batch batch)
    {
        Tensor[] gradients = batch.DecayedGradients();
        Ops.ForeachAddcmulInPlace(batch.Buffers[0], gradients, gradients);
        Tensor[] denominator = Ops.ForeachSqrt(batch.Buffers[0]);
        Ops.ForeachAddInPlace(denominator, _options.Epsilon);
        double rate = batch.LearningRate / (1 + (batch.Step - 1) * _options.LearningRateDecay);
        Ops.ForeachAddcdivInPlace(batch.Parameters, gradients, denominator, -rate);
    }
}

/// <summary>Settings of <see cref="Adagrad"/>; the defaults are PyTorch's.</summary>
public sealed record AdagradOptions : OptimizerOptions
{
    /// <summary>Creates the defaults.</summary>
    public AdagradOptions() => LearningRate = 0.01;

    /// <summary>How much the rate falls with the steps, at least 0.</summary>
    public double LearningRateDecay { get; init; }

    /// <summary>What the sums of squares begin with, at least 0.</summary>
    public double InitialAccumulator { get; init; }

    /// <summary>ε, added to the root, at least 0.</summary>
    public double Epsilon { get; init; } = 1e-10;
}
