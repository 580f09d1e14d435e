namespace Retort.Torch.Optim;

/// <summary>The initial learning rate throughout, after the warm-up if there is one.</summary>
public sealed record ConstantRate : LearningRateSchedule
{
    /// <inheritdoc/>
    private protected override double Shape(long position) => 1;
}
