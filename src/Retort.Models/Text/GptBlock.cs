using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Text;

/// <summary>Causal attention and then an MLP, each on a normalised input and added to it.</summary>
/// <remarks>[N, T, width] → [N, T, width]. Parameters carry GPT-2's names: <c>ln_1</c>, <c>attn.c_attn</c>, <c>attn.c_proj</c>,
/// <c>ln_2</c>, <c>mlp.c_fc</c>, <c>mlp.c_proj</c>.</remarks>
public sealed class GptBlock : Module
{
    private readonly Module _norm1;
    private readonly Module _attention;
    private readonly Module _norm2;
    private readonly Module _mlp;

    internal GptBlock(GptOptions options)
    {
        var attention = new CausalSelfAttention(options.Width, options.Heads, options.DropRate);
        var last = new Linear(4 * options.Width, options.Width);
        _norm1 = Child("ln_1", new LayerNorm(options.Width));
        _attention = Child("attn", attention);
        _norm2 = Child("ln_2", new LayerNorm(options.Width));
        _mlp = Child("mlp", new Sequential(
        [
            ("c_fc", new Linear(options.Width, 4 * options.Width)), ("gelu", new Gelu(tanh: true)), ("c_proj", last),
            ("dropout", new Dropout(options.DropRate)),
        ]));
        Residuals = [attention.Projection, last];
    }

    /// <summary>The layers whose output is added to the block's input.</summary>
    internal IReadOnlyList<Linear> Residuals { get; }

    /// <summary>Does what a call does for positions that follow those of a cache.</summary>
    internal Tensor Continue(Tensor input, KeyValueCache cache)
    {
        if (_attention is not CausalSelfAttention attention)
            throw new InvalidOperationException("the attention of a block was replaced, and cannot read from a cache.");
        return Hooked(input, x => Add(x, normal => attention.Continue(normal, cache)));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Add(input, _attention.Call);

    private Tensor Add(Tensor input, Func<Tensor, Tensor> attention)
    {
        Tensor x = input + attention(_norm1.Call(input));
        return x + _mlp.Call(_norm2.Call(x));
    }
}
