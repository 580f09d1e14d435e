namespace Retort.Recipes.Schedules;

/// <summary>The ramp-up of consistency weights: from + (to − from) · exp(−5 (1 − progress)²).</summary>
/// <remarks>Laine and Aila, "Temporal Ensembling for Semi-Supervised Learning", arXiv:1610.02242, section 3.
/// Just after the start it jumps to exp(−5) ≈ 0.7 % of the way.</remarks>
[Named("sigmoid-ramp")]
public sealed record SigmoidRampSchedule : RampSchedule
{
    /// <summary>Creates a ramp from 0 to 1.</summary>
    public SigmoidRampSchedule() => (From, To) = (0, 1);

    /// <inheritdoc/>
    protected override double Between(double progress) => From + (To - From) * Math.Exp(-5 * (1 - progress) * (1 - progress));
}
