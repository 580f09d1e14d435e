namespace Retort.Torch.Optim;

/// <summary>What <see cref="Adam"/> and <see cref="AdamW"/> share: everything but where weight decay goes.</summary>
/// <remarks>
/// m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; p ← p − lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε).
/// </remarks>
public abstract class AdamBase : ForeachOptimizer
{
    private readonly AdamOptions _options;

    private protected AdamBase(IEnumerable<ParameterGroup> groups, AdamOptions options)
        : base(groups, options)
    {
        Require.Fraction(options.Beta1);
        Require.Fraction(options.Beta2);
        Require.AtLeastZero(options.Epsilon);
        _options = options;
        BufferNames = options.AmsGrad ? ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] : ["exp_avg", "exp_avg_sq"];
    }

    /// <inheritdoc/>
    private protected override IReadOnlyList<string> BufferNames { get; }

    private protected void Update(Batch batch, Tensor[] gradients)
    {
        Tensor[] mean = batch.Buffers[0], square = batch.Buffers[1];
        Ops.ForeachMulInPlace(mean, _options.Beta1);
        Ops.ForeachAddInPlace(mean, gradients, 1 - _options.Beta1);
        Ops.ForeachMulInPlace(square, _options.Beta2);
        Ops.ForeachAddcmulInPlace(square, gradients, gradients, 1 - _options.Beta2);
        if (_options.AmsGrad)
        {
            Ops.ForeachMaximumInPlace(batch.Buffers[2], square);
            square = batch.Buffers[2];
        }

        double correction1 = 1 - Math.Pow(_options.Beta1, batch.Step);
        double correction2 = 1 - Math.Pow(_options.Beta2, batch.Step);
        Tensor[] denominator = Ops.ForeachSqrt(square);
        Ops.ForeachDivInPlace(denominator, Math.Sqrt(correction2));
        Ops.ForeachAddInPlace(denominator, _options.Epsilon);
        Ops.ForeachAddcdivInPlace(batch.Parameters, mean, denominator, -(batch.LearningRate / correction1));
    }
}

/// <summary>Settings of <see cref="Adam"/> and <see cref="AdamW"/>; the defaults are PyTorch's for Adam.</summary>
public sealed record AdamOptions : OptimizerOptions
{
    /// <summary>Creates the defaults.</summary>
    public AdamOptions() => LearningRate = 1e-3;

    /// <summary>β₁, how much of the mean gradient is kept, in [0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂, how much of the mean square is kept, in [0, 1).</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε, added to the root of the mean square, at least 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Whether to divide by the largest mean square so far.</summary>
    public bool AmsGrad { get; init; }
}
