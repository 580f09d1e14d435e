using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Text;

/// <summary>Ranks passages by the product of two vectors, each the mean of a text's word vectors.</summary>
/// <remarks>
/// <para>int64 [N, 1 + P, T], row 0 the query, the others passages, 0 for padding → scores [N, P]. Passages can be encoded before
/// there is a query, so that ranking them costs one product each.</para>
/// <para>Parameter: <c>embedding.weight</c> [vocabulary, width], of both query and passages.</para>
/// </remarks>
public sealed class DualEncoder : Module
{
    private readonly Module _embedding;

    internal DualEncoder(DualEncoderOptions options) =>
        _embedding = Child("embedding", new Embedding(options.Vocabulary, options.Width, paddingIndex: 0));

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Shapes.RequireDimensions(input, 3);
        Tensor words = input.Ne(0).To(DType.Float32).Sum(2, keepDim: true).ClampMin(1);             // [N, 1 + P, 1]
        Tensor texts = _embedding.Call(input).Sum(2) / words;                                       // [N, 1 + P, width]
        Tensor passages = texts.Narrow(1, 1, texts.Size(1) - 1);
        return passages.MatMul(texts.Narrow(1, 0, 1).Transpose(1, 2)).Squeeze(2);
    }
}

/// <summary>What a recipe may give a dual encoder.</summary>
public sealed record DualEncoderOptions : ModelOptions
{
    /// <summary>Words that there are, padding included.</summary>
    public int Vocabulary { get; init; } = 8192;

    /// <summary>Width of a text's vector.</summary>
    public int Width { get; init; } = 32;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("dual-encoder")]
    public static DualEncoderOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireNoImages();
        RequireAtLeast(Vocabulary, 2, nameof(Vocabulary));
        RequireAtLeast(Width, 1, nameof(Width));
    }

    /// <inheritdoc/>
    protected override Module Create() => new DualEncoder(this);
}
