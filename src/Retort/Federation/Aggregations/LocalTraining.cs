namespace Retort.Federation.Aggregations;

/// <summary>Nothing is exchanged: every client goes on alone. What an exchange must beat.</summary>
[Named("local")]
public sealed record LocalTraining : AggregationOptions
{
    /// <inheritdoc/>
    public override bool IsShared => false;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Exchange(FederatedRound round) => [];
}
