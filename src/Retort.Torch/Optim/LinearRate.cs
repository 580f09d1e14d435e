namespace Retort.Torch.Optim;

/// <summary>A line from 1 after the warm-up to <see cref="Floor"/> at the end, as PyTorch's <c>LinearLR</c> with a start
/// factor of 1.</summary>
/// <param name="Length">Units from the beginning, warm-up included, to the floor; at least 1.</param>
public sealed record LinearRate(long Length) : LearningRateSchedule
{
    private readonly double _floor;

    /// <summary>Units from the beginning, warm-up included, to the floor; at least 1.</summary>
    public long Length { get; } = Require.Positive(Length);

    /// <summary>The last factor, in [0, 1].</summary>
    public double Floor
    {
        get => _floor;
        init => _floor = Require.Share(value, nameof(Floor));
    }

    /// <inheritdoc/>
    private protected override double Shape(long position) => 1 + (Floor - 1) * Progress(position, Length);
}
