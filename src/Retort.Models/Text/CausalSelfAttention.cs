using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Text;

/// <summary>Multi-head self-attention in which a position sees itself and what lies before it.</summary>
/// <remarks>
/// <para>[N, T, width] → [N, T, width]. Parameters carry GPT-2's names: <c>c_attn</c> [3·width, width], <c>c_proj</c>.</para>
/// <para>Taps: <c>c_attn</c> gives queries, keys and values [N, T, 3·width]; <c>attn_dropout</c> the weights
/// [N, heads, T, T].</para>
/// </remarks>
public sealed class CausalSelfAttention : Module
{
    private readonly Module _all;
    private readonly Module _weightDrop;
    private readonly Module _projection;
    private readonly Module _drop;
    private readonly int _heads;
    private readonly int _headWidth;

    internal CausalSelfAttention(int width, int heads, double dropRate)
    {
        (_heads, _headWidth) = (heads, width / heads);
        Projection = new Linear(width, width);
        _all = Child("c_attn", new Linear(width, 3 * width));
        _weightDrop = Child("attn_dropout", new Dropout(dropRate));
        _projection = Child<Module>("c_proj", Projection);
        _drop = Child("resid_dropout", new Dropout(dropRate));
    }

    /// <summary>The layer after the heads, as it was made.</summary>
    internal Linear Projection { get; }

    /// <summary>Does what a call does for positions that follow those of a cache.</summary>
    internal Tensor Continue(Tensor input, KeyValueCache cache) => Hooked(input, x => Attend(x, cache));

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Attend(input, cache: null);

    private Tensor Attend(Tensor input, KeyValueCache? cache)
    {
        Tensor[] all = _all.Call(input).Chunk(3, -1);
        (Tensor q, Tensor k, Tensor v) = (Split(all[0]), Split(all[1]), Split(all[2]));    // [N, heads, T, head width]
        if (cache is not null)
            (k, v) = cache.Append(k, v);                                                   // [N, heads, S, head width]
        Tensor scores = (q * (1 / Math.Sqrt(_headWidth))).MatMul(k.Transpose(-2, -1));     // [N, heads, T, S]
        long positions = q.Size(2), held = k.Size(2);
        // One new position sees everything that there is.
        if (positions > 1)
        {
            Tensor later = q.NewOnes([positions, held], DType.Bool).Tril(held - positions).LogicalNot();
            scores = scores.MaskedFill(later, double.NegativeInfinity);
        }
        Tensor weights = _weightDrop.Call(scores.Softmax(-1));
        return _drop.Call(_projection.Call(weights.MatMul(v).Transpose(1, 2).Flatten(2)));
    }

    // The batch is the -1, so that a traced graph accepts any.
    private Tensor Split(Tensor x) => x.Reshape([-1, x.Size(1), _heads, _headWidth]).Transpose(1, 2);
}
