using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>Cuts an image into squares and maps each to a vector.</summary>
/// <remarks>[N, C, size, size] → [N, (size/patch)², width]. Parameters: <c>proj.weight</c>, <c>proj.bias</c>.</remarks>
public sealed class PatchEmbed : Module
{
    private readonly Module _projection;
    private readonly int _size;

    /// <summary>Creates the layer with PyTorch's initial values.</summary>
    public PatchEmbed(int inChannels, int size, int patch, int width)
    {
        _size = size;
        Positions = size / patch * (size / patch);
        _projection = Child("proj", new Conv2d(inChannels, width, kernel: patch, stride: patch));
    }

    /// <summary>Number of squares, T.</summary>
    public int Positions { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        if (input.Dimensions != 4 || input.Size(2) != _size || input.Size(3) != _size)
            throw new ShapeException(
                $"'input' [{string.Join(", ", input.Shape)}] must hold images of {_size} × {_size}: [N, C, {_size}, {_size}].");
        return _projection.Call(input).Flatten(2).Transpose(1, 2);   // [N, T, width]
    }
}
