using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>Attention and then an MLP, each on a normalised input and added to it.</summary>
/// <remarks>
/// [N, T, width] → [N, T, width]. Dosovitskiy et al., arXiv:2010.11929, equations 2 and 3. Parameters carry timm's names:
/// <c>norm1</c>, <c>attn.qkv</c>, <c>attn.proj</c>, <c>norm2</c>, <c>mlp.fc1</c>, <c>mlp.fc2</c>.
/// </remarks>
public sealed class TransformerBlock : Module
{
    private readonly Module _norm1;
    private readonly Module _attention;
    private readonly Module _dropPath1;
    private readonly Module _norm2;
    private readonly Module _mlp;
    private readonly Module _dropPath2;

    internal TransformerBlock(VisionTransformerOptions options, double dropPathRate)
    {
        int width = options.Width;
        _norm1 = Child("norm1", new LayerNorm(width, epsilon: 1e-6));
        _attention = Child("attn", new SelfAttention(
            width, options.Heads, options.QkvBias, options.AttentionDropRate, options.ProjectionDropRate));
        _dropPath1 = Child("drop_path1", new DropPath(dropPathRate));
        _norm2 = Child("norm2", new LayerNorm(width, epsilon: 1e-6));
        _mlp = Child("mlp", new TransformerMlp(width, (int)(width * options.MlpRatio), options.ProjectionDropRate));
        _dropPath2 = Child("drop_path2", new DropPath(dropPathRate));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor x = input + _dropPath1.Call(_attention.Call(_norm1.Call(input)));
        return x + _dropPath2.Call(_mlp.Call(_norm2.Call(x)));
    }
}
