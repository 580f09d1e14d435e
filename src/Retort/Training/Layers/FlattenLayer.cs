using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training.Layers;

/// <summary>Lays all but the batch's dimension out in one, [N, …] → [N, D].</summary>
[Named("flatten")]
public sealed record FlattenLayer : LayerOptions
{
    /// <inheritdoc/>
    public override Module Create(Tensor input) => new Flatten();
}
