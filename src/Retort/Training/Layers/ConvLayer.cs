using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training.Layers;

/// <summary>A convolution over height and width, [N, C, H, W] → [N, channels, …]; odd kernels at stride 1 keep the
/// size.</summary>
[Named("conv")]
public sealed record ConvLayer : LayerOptions
{
    /// <summary>Channels of the output. The default is as many as come in.</summary>
    [Shorthand]
    [Range(1, 65536)]
    public int? Channels { get; init; }

    /// <summary>Height and width of the kernel.</summary>
    [Range(1, 31)]
    public int Kernel { get; init; } = 1;

    /// <summary>Positions from one output to the next.</summary>
    [Range(1, 31)]
    public int Stride { get; init; } = 1;

    /// <summary>Whether something is added to every channel.</summary>
    public bool Bias { get; init; } = true;

    /// <inheritdoc/>
    public override Module Create(Tensor input)
    {
        Shapes.RequireDimensions(input, 4);
        return new Conv2d(input.Size(1), Channels ?? input.Size(1), Kernel, Stride, padding: Kernel / 2, bias: Bias);
    }
}
