using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training.Layers;

/// <summary>Averages a map to a square of a given side, [N, C, H, W] → [N, C, side, side].</summary>
[Named("pool")]
public sealed record PoolLayer : LayerOptions
{
    /// <summary>Height and width of the output; 1 is the mean over all positions.</summary>
    [Shorthand]
    [Range(1, 4096)]
    public int Side { get; init; } = 1;

    /// <inheritdoc/>
    public override Module Create(Tensor input)
    {
        Shapes.RequireDimensions(input, 4);
        return new AdaptiveAvgPool2d(Side);
    }
}
