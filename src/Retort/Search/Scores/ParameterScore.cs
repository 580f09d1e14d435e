namespace Retort.Search.Scores;

/// <summary>The more parameters, the better: what any other score has to beat.</summary>
[Named("parameters")]
public sealed record ParameterScore : ArchitectureScoreOptions
{
    /// <inheritdoc/>
    public override double Of(ArchitectureTrial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return trial.Parameters;
    }
}
