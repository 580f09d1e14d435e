using Retort.Data;
using Retort.Torch;

namespace Retort.Compression.Importances;

/// <summary>Chance decides: what every other choice must beat.</summary>
[Named("random")]
public sealed record RandomImportance : ImportanceOptions
{
    /// <inheritdoc/>
    public override Tensor Of(ChannelGroup group, IReadOnlyDictionary<string, Tensor> state, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(random);
        return Tensor.From(Array.ConvertAll(random.Permutation(checked((int)group.Channels)), k => (double)k));
    }
}
