namespace Retort.Torch.Optim;

/// <summary>Multiplied by <see cref="Gamma"/> at each milestone, as PyTorch's <c>MultiStepLR</c>.</summary>
public sealed record MultiStepRate : LearningRateSchedule
{
    private readonly double _gamma = 0.1;

    /// <summary>Creates the schedule.</summary>
    /// <param name="milestones">Positions counted from 0, warm-up included; rising.</param>
    /// <exception cref="ArgumentException">A milestone is not after the one before it.</exception>
    public MultiStepRate(params IReadOnlyList<long> milestones)
    {
        ArgumentNullException.ThrowIfNull(milestones);
        for (int k = 0; k < milestones.Count; k++)
        {
            if (milestones[k] < 1 || (k > 0 && milestones[k] <= milestones[k - 1]))
            {
                throw new ArgumentException(
                    $"The milestones must rise from at least 1; they are {string.Join(", ", milestones)}.", nameof(milestones));
            }
        }

        Milestones = [.. milestones];
    }

    /// <summary>Where the rate drops, rising.</summary>
    public IReadOnlyList<long> Milestones { get; }

    /// <summary>The factor of each drop, above 0.</summary>
    public double Gamma
    {
        get => _gamma;
        init => _gamma = Require.Positive(value, nameof(Gamma));
    }

    /// <inheritdoc/>
    private protected override double Shape(long position) =>
        Math.Pow(Gamma, Milestones.Count(milestone => milestone <= position));
}
