namespace Retort.Torch.Optim;

/// <summary>Multiplied by <see cref="Gamma"/> each unit after the warm-up, as PyTorch's <c>ExponentialLR</c>.</summary>
/// <param name="Gamma">Above 0.</param>
public sealed record ExponentialRate(double Gamma) : LearningRateSchedule
{
    /// <summary>The factor of each unit, above 0.</summary>
    public double Gamma { get; } = Require.Positive(Gamma);

    /// <inheritdoc/>
    private protected override double Shape(long position) => Math.Pow(Gamma, Math.Max(0, position - WarmUp));
}
