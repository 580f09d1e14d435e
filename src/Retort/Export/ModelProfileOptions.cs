namespace Retort.Export;

/// <summary>Which batch sizes are timed, and for how long.</summary>
public sealed record ModelProfileOptions
{
    /// <summary>Batch sizes to time.</summary>
    public IReadOnlyList<int> BatchSizes { get; init; } = [1, 128];

    /// <summary>Passes before the first that counts: they fill caches and choose kernels.</summary>
    public int WarmUpPasses { get; init; } = 3;

    /// <summary>Passes that are timed at least, whatever the budget.</summary>
    public int LeastPasses { get; init; } = 5;

    /// <summary>Passes that are timed at most.</summary>
    public int MostPasses { get; init; } = 200;

    /// <summary>How long to go on after the least passes, for each batch size.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The monotonic clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(WarmUpPasses);
        ArgumentOutOfRangeException.ThrowIfLessThan(LeastPasses, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MostPasses, LeastPasses);
        foreach (int size in BatchSizes)
            ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(BatchSizes));
    }
}
