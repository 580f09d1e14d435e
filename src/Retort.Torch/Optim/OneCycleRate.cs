namespace Retort.Torch.Optim;

/// <summary>Up to the initial rate and far down again in one cycle, as PyTorch's <c>OneCycleLR</c>; the initial rate is the
/// highest.</summary>
/// <remarks>
/// Smith and Topin, "Super-Convergence", arXiv:1708.07120. The rise is its warm-up: <see cref="LearningRateSchedule.WarmUp"/>
/// must stay 0.
/// Momentum is not cycled.
/// </remarks>
/// <param name="Length">Units of the whole cycle; at least 2. The last factor is that of position <c>Length − 1</c>.</param>
public sealed record OneCycleRate(long Length) : LearningRateSchedule
{
    private readonly double _risingShare = 0.3;
    private readonly double _startDivisor = 25;
    private readonly double _finalDivisor = 1e4;

    /// <summary>Units of the whole cycle, at least 2.</summary>
    public long Length { get; } =
        Length >= 2 ? Length : throw new ArgumentOutOfRangeException(nameof(Length), Length, "A cycle needs at least 2 units.");

    /// <summary>The part of the cycle in which the rate rises, in [0, 1).</summary>
    public double RisingShare
    {
        get => _risingShare;
        init => _risingShare = Require.Fraction(value, nameof(RisingShare));
    }

    /// <summary>The first factor is one over this; above 0.</summary>
    public double StartDivisor
    {
        get => _startDivisor;
        init => _startDivisor = Require.Positive(value, nameof(StartDivisor));
    }

    /// <summary>The last factor is the first over this; above 0.</summary>
    public double FinalDivisor
    {
        get => _finalDivisor;
        init => _finalDivisor = Require.Positive(value, nameof(FinalDivisor));
    }

    /// <summary>Whether both parts are lines; otherwise half cosines.</summary>
    public bool Lines { get; init; }

    /// <inheritdoc/>
    private protected override double Shape(long position)
    {
        if (WarmUp > 0)
            throw new InvalidOperationException($"A one-cycle schedule rises by itself: WarmUp must be 0, and is {WarmUp}.");
        double first = 1 / StartDivisor;
        double top = RisingShare * Length - 1;
        double last = Length - 1;
        if (position <= top)
            return Between(first, 1, top > 0 ? position / top : 1);
        // A share so small that the rise has no unit of its own starts at the top.
        double start = Math.Max(top, 0);
        return Between(1, first / FinalDivisor, Math.Min(1, (position - start) / Math.Max(1, last - start)));
    }

    private double Between(double from, double to, double progress) =>
        Lines ? from + (to - from) * progress : to + (from - to) * (1 + Math.Cos(Math.PI * progress)) / 2;
}
