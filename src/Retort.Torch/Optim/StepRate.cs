namespace Retort.Torch.Optim;

/// <summary>Multiplied by <see cref="Gamma"/> every <see cref="Every"/> units, as PyTorch's <c>StepLR</c>.</summary>
/// <param name="Every">At least 1.</param>
public sealed record StepRate(long Every) : LearningRateSchedule
{
    private readonly double _gamma = 0.1;

    /// <summary>How far apart the drops are, at least 1.</summary>
    public long Every { get; } = Require.Positive(Every);

    /// <summary>The factor of each drop, above 0.</summary>
    public double Gamma
    {
        get => _gamma;
        init => _gamma = Require.Positive(value, nameof(Gamma));
    }

    /// <inheritdoc/>
    private protected override double Shape(long position) => Math.Pow(Gamma, position / Every);
}
