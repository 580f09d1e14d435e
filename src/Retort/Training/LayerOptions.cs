using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training;

/// <summary>What a recipe may write for one layer of an auxiliary network.</summary>
[Kind("layer")]
public abstract record LayerOptions
{
    /// <summary>Makes the layer for what comes before it.</summary>
    /// <param name="input">What the layer is given, for its shape.</param>
    /// <exception cref="ShapeException">The layer is none for such an input.</exception>
    public abstract Module Create(Tensor input);
}
