namespace Retort.Recipes.Schedules;

/// <summary>Half a cosine from one value to another: slow at both ends (Loshchilov and Hutter, arXiv:1608.03983, without
/// restarts).</summary>
[Named("cosine")]
public sealed record CosineSchedule : RampSchedule
{
    /// <inheritdoc/>
    protected override double Between(double progress) => To + (From - To) * (1 + Math.Cos(Math.PI * progress)) / 2;
}
