using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training.Layers;

/// <summary>Batch normalisation of the channels of [N, C, H, W] or the features of [N, D].</summary>
[Named("batch-norm")]
public sealed record BatchNormLayer : LayerOptions
{
    /// <inheritdoc/>
    public override Module Create(Tensor input)
    {
        Shapes.RequireBatched(input, atLeast: 2);
        return input.Dimensions == 4 ? new BatchNorm2d(input.Size(1)) : new BatchNorm1d(input.Size(1));
    }
}
