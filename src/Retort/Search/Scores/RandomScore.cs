namespace Retort.Search.Scores;

/// <summary>A number drawn for each candidate: a control.</summary>
[Named("random")]
public sealed record RandomScore : ArchitectureScoreOptions
{
    /// <inheritdoc/>
    public override double Of(ArchitectureTrial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return trial.Chance().NextDouble();
    }
}
