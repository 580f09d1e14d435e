using Retort.Torch;

namespace Retort.Federation.Aggregations;

/// <summary>Each parameter becomes the median of the clients'; of an even number the lower one.</summary>
/// <remarks>Yin, Chen, Ramchandran and Bartlett, arXiv:1803.01498, algorithm 1.</remarks>
[Named("median")]
public sealed record MedianAggregation : AggregationOptions
{
    /// <inheritdoc/>
    public override bool IsShared => true;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Exchange(FederatedRound round)
    {
        ArgumentNullException.ThrowIfNull(round);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        IReadOnlyDictionary<string, Tensor>[] states = [.. round.Clients.Select(c => c.Model.StateDict())];
        round.Common.LoadStateDict(states[0].ToDictionary(entry => entry.Key, entry => entry.Value.DType.IsFloatingPoint()
            ? Ops.Stack([.. states.Select(s => s[entry.Key])], 0).Median(0).Item1
            : entry.Value));
        return [];
    }
}
