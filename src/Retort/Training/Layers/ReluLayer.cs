using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training.Layers;

/// <summary>Cuts negative values off, or scales them down.</summary>
[Named("relu")]
public sealed record ReluLayer : LayerOptions
{
    /// <summary>What negative values are multiplied by; 0 cuts them off.</summary>
    [Shorthand]
    [Range(0, 1)]
    public double Slope { get; init; }

    /// <inheritdoc/>
    public override Module Create(Tensor input) => Slope == 0 ? new Relu() : new LeakyRelu(Slope);
}
