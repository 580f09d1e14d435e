using Retort.Data;
using Retort.Torch;

namespace Retort.Compression.Importances;

/// <summary>A channel matters as much as the normalisation after it scales it: |γ|.</summary>
/// <remarks>Liu et al., "Learning Efficient Convolutional Networks through Network Slimming", ICCV 2017, arXiv:1708.06519. It
/// tells most where the scales were trained to be few (<c>norm-sparsity</c>).</remarks>
[Named("norm-scale")]
public sealed record NormScale : ImportanceOptions
{
    /// <inheritdoc/>
    public override Tensor Of(ChannelGroup group, IReadOnlyDictionary<string, Tensor> state, RandomStream random) =>
        SumOfNorms(group, state, ChannelUse.Scale, "normalisation with a scale");
}
