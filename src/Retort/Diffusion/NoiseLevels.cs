using Retort.Torch;

namespace Retort.Diffusion;

/// <summary>What a recipe may write where noise levels are drawn for training.</summary>
[Kind("noise levels")]
public abstract record NoiseLevels
{
    /// <summary>Draws levels from the default generator.</summary>
    /// <param name="like">Samples [N, …]: a level each, [N], of their type and device.</param>
    public abstract Tensor Draw(Tensor like);

    /// <summary>Unit normal numbers, one a sample.</summary>
    private protected static Tensor Normal(Tensor like) => like.Detach().Flatten(1).Select(1, 0).RandnLike();

    /// <summary>Numbers from 0 to 1, one a sample.</summary>
    private protected static Tensor Uniform(Tensor like) => like.Detach().Flatten(1).Select(1, 0).RandLike();
}
