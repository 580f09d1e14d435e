using Retort.Data;
using Retort.Torch;

namespace Retort.Compression.Importances;

/// <summary>A channel matters as much as its filters are large: Σ|w| over each.</summary>
/// <remarks>Li et al., "Pruning Filters for Efficient ConvNets", ICLR 2017, arXiv:1608.08710, section 3.1. Where the outputs of
/// layers are added, their filters' norms are too.</remarks>
[Named("l1-norm")]
public sealed record FilterNorm : ImportanceOptions
{
    /// <inheritdoc/>
    public override Tensor Of(ChannelGroup group, IReadOnlyDictionary<string, Tensor> state, RandomStream random) =>
        SumOfNorms(group, state, ChannelUse.Filter, "filters");
}
