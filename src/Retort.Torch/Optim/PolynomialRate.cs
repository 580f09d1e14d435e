namespace Retort.Torch.Optim;

/// <summary>(1 − progress)^<see cref="Power"/>, from 1 after the warm-up to <see cref="Floor"/>, as PyTorch's
/// <c>PolynomialLR</c>.</summary>
/// <param name="Length">Units from the beginning, warm-up included, to the floor; at least 1.</param>
public sealed record PolynomialRate(long Length) : LearningRateSchedule
{
    private readonly double _power = 1;
    private readonly double _floor;

    /// <summary>Units from the beginning, warm-up included, to the floor; at least 1.</summary>
    public long Length { get; } = Require.Positive(Length);

    /// <summary>The exponent, above 0; 1 is a line.</summary>
    public double Power
    {
        get => _power;
        init => _power = Require.Positive(value, nameof(Power));
    }

    /// <summary>The last factor, in [0, 1].</summary>
    public double Floor
    {
        get => _floor;
        init => _floor = Require.Share(value, nameof(Floor));
    }

    /// <inheritdoc/>
    private protected override double Shape(long position) =>
        Floor + (1 - Floor) * Math.Pow(1 - Progress(position, Length), Power);
}
