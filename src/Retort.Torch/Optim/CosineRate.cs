namespace Retort.Torch.Optim;

/// <summary>Half a cosine from 1 after the warm-up to <see cref="Floor"/> at the end, as PyTorch's
/// <c>CosineAnnealingLR</c>.</summary>
/// <remarks>Loshchilov and Hutter, "SGDR", ICLR 2017, arXiv:1608.03983, equation 5, without restarts.</remarks>
/// <param name="Length">Units from the beginning, warm-up included, to the floor; at least 1.</param>
public sealed record CosineRate(long Length) : LearningRateSchedule
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
    private protected override double Shape(long position) =>
        Floor + (1 - Floor) * (1 + Math.Cos(Math.PI * Progress(position, Length))) / 2;
}
