using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training.Layers;

/// <summary>A linear layer over the last dimension, [N, …, D] → [N, …, width].</summary>
[Named("linear")]
public sealed record LinearLayer : LayerOptions
{
    /// <summary>Width of the output. The default is the input's.</summary>
    [Shorthand]
    [Range(1, 1 << 20)]
    public int? Width { get; init; }

    /// <summary>Whether something is added to every output.</summary>
    public bool Bias { get; init; } = true;

    /// <inheritdoc/>
    public override Module Create(Tensor input)
    {
        Shapes.RequireBatched(input, atLeast: 2);
        long width = input.Size(input.Dimensions - 1);
        return new Linear(width, Width ?? width, Bias);
    }
}
