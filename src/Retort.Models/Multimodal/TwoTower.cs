using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Multimodal;

/// <summary>Two networks that lead pictures and captions into one space, where what belongs together lies together.</summary>
/// <remarks>
/// <para>Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021, arXiv:2103.00020,
/// with residual multi-layer perceptrons for towers.</para>
/// <para>Pictures [N, C, H, W] of floating-point numbers or captions [N, T] of int64 tokens → embeddings [N, D]; the input's
/// type says which tower runs. A batch's own input are the pictures; criteria and tasks feed the captions as a further
/// input.</para>
/// <para>Parameters: <c>visual.*</c>, <c>tokens.weight</c>, <c>text.*</c>; of a tower <c>stem</c>, <c>blocks.K.norm</c>,
/// <c>blocks.K.fc1</c>, <c>blocks.K.fc2</c>, <c>norm</c>, <c>head</c>.</para>
/// </remarks>
public sealed class TwoTower : Module, IHasFeatures
{
    private readonly Module _visual;
    private readonly Module _tokens;
    private readonly Module _text;

    internal TwoTower(TwoTowerOptions options)
    {
        _visual = Child("visual", new ResidualTower(options.InFeatures, options.Width, options.Depth, options.Embedding));
        _tokens = Child("tokens", new Embedding(options.Vocabulary, options.TokenWidth));
        _text = Child(
            "text", new ResidualTower(options.Length * options.TokenWidth, options.Width, options.Depth, options.Embedding));
        Stages = [.. Enumerable.Range(0, options.Depth).Select(k => $"visual.blocks.{k}")];
    }

    /// <inheritdoc/>
    public string LastFeature => "visual.norm";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "visual.head";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) =>
        input.DType == DType.Int64 ? _text.Call(_tokens.Call(input)) : _visual.Call(input);
}

/// <summary>What a recipe may give a two-tower model.</summary>
public sealed record TwoTowerOptions : ModelOptions
{
    /// <summary>Numbers of a picture. The default is that of two glyphs side by side, 28 · 56.</summary>
    public int InFeatures { get; init; } = 28 * 56;

    /// <summary>Tokens of a caption.</summary>
    public int Length { get; init; } = 12;

    /// <summary>Tokens that there are. The default is that of bytes: 256 and the padding.</summary>
    public int Vocabulary { get; init; } = 257;

    /// <summary>Width of a token.</summary>
    public int TokenWidth { get; init; } = 16;

    /// <summary>Width of both towers.</summary>
    public int Width { get; init; } = 96;

    /// <summary>Blocks of each tower.</summary>
    public int Depth { get; init; } = 2;

    /// <summary>D, the width of the embeddings.</summary>
    public int Embedding { get; init; } = 32;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("two-tower")]
    public static TwoTowerOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        if (InChannels != 3 || Classes != 10)
            throw new ArgumentException("in_channels and classes belong to classifiers; towers have in_features and embedding.");
        RequireAtLeast(InFeatures, 1, nameof(InFeatures));
        RequireAtLeast(Length, 1, nameof(Length));
        RequireAtLeast(Vocabulary, 1, nameof(Vocabulary));
        RequireAtLeast(TokenWidth, 1, nameof(TokenWidth));
        RequireAtLeast(Width, 1, nameof(Width));
        RequireAtLeast(Depth, 1, nameof(Depth));
        RequireAtLeast(Embedding, 1, nameof(Embedding));
    }

    /// <inheritdoc/>
    protected override Module Create() => new TwoTower(this);
}
