using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>Multi-head self-attention with one projection for query, key and value, as vision transformers have it.</summary>
/// <remarks>
/// <para>[N, T, width] → [N, T, width]. Parameters carry timm's names: <c>qkv</c> [3·width, width], <c>proj</c>.</para>
/// <para>Taps: <c>qkv</c> gives queries, keys and values [N, T, 3·width]; <c>attn_drop</c> the weights [N, heads, T, T].</para>
/// </remarks>
public sealed class SelfAttention : Module
{
    private readonly Module _qkv;
    private readonly Module _attentionDrop;
    private readonly Module _projection;
    private readonly Module _projectionDrop;
    private readonly int _heads;
    private readonly int _headWidth;

    /// <summary>Creates the layer with PyTorch's initial values.</summary>
    public SelfAttention(int width, int heads, bool qkvBias = true, double attentionDropRate = 0, double dropRate = 0)
    {
        (_heads, _headWidth) = (heads, width / heads);
        _qkv = Child("qkv", new Linear(width, 3 * width, qkvBias));
        _attentionDrop = Child("attn_drop", new Dropout(attentionDropRate));
        _projection = Child("proj", new Linear(width, width));
        _projectionDrop = Child("proj_drop", new Dropout(dropRate));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor[] qkv = _qkv.Call(input).Chunk(3, -1);
        (Tensor q, Tensor k, Tensor v) = (Split(qkv[0]), Split(qkv[1]), Split(qkv[2]));   // [N, heads, T, head width]
        // Scaling the query first is cheaper than scaling the T × T scores.
        Tensor scores = (q * (1 / Math.Sqrt(_headWidth))).MatMul(k.Transpose(-2, -1));     // [N, heads, T, T]
        Tensor weights = _attentionDrop.Call(scores.Softmax(-1));
        return _projectionDrop.Call(_projection.Call(weights.MatMul(v).Transpose(1, 2).Flatten(2)));
    }

    // The batch is the -1, so that a traced graph accepts any.
    private Tensor Split(Tensor x) => x.Reshape([-1, x.Size(1), _heads, _headWidth]).Transpose(1, 2);
}
