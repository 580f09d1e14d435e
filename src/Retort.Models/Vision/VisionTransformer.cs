using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>The vision transformer: an image as a sequence of patches.</summary>
/// <remarks>
/// <para>Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021, arXiv:2010.11929; sizes tiny and small are those of
/// Touvron et al., arXiv:2012.12877.</para>
/// <para>[N, C, size, size] → [N, classes].</para>
/// <para>Parameters carry timm's names: <c>cls_token</c>, <c>pos_embed</c>, <c>patch_embed.proj</c>, <c>blocks.0.norm1</c>, …,
/// <c>norm</c> (or <c>fc_norm</c> where patches are averaged), <c>head</c>.</para>
/// </remarks>
public sealed class VisionTransformer : Module, IHasFeatures
{
    private readonly Parameter? _classToken;
    private readonly Parameter _positions;
    private readonly Module _patchEmbed;
    private readonly Module _positionDrop;
    private readonly Module _blocks;
    private readonly Module _norm;
    private readonly Module _featureNorm;
    private readonly Module _headDrop;
    private readonly Module _head;
    private readonly bool _average;

    internal VisionTransformer(VisionTransformerOptions options)
    {
        int width = options.Width;
        _average = options.Pooling == TokenPooling.Average;
        var patchEmbed = new PatchEmbed(options.InChannels, options.ImageSize, options.PatchSize, width);
        int extra = options.ClassToken ? 1 : 0;
        if (options.ClassToken)
            _classToken = Parameter("cls_token", Tensor.Zeros(1, 1, width));
        _positions = Parameter("pos_embed", Tensor.Zeros(1, patchEmbed.Positions + extra, width));
        _patchEmbed = Child("patch_embed", patchEmbed);
        _positionDrop = Child("pos_drop", new Dropout(options.PositionDropRate));
        _blocks = Child("blocks", new Sequential(Enumerable.Range(0, options.Depth).Select(block =>
            new TransformerBlock(options, DropPathRateOf(block, options)))));
        _norm = Child<Module>("norm", _average ? new Identity() : new LayerNorm(width, epsilon: 1e-6));
        _featureNorm = Child<Module>("fc_norm", _average ? new LayerNorm(width, epsilon: 1e-6) : new Identity());
        _headDrop = Child("head_drop", new Dropout(options.DropRate));
        _head = Child("head", new Linear(width, options.Classes));
        Stages = [.. Enumerable.Range(0, options.Depth).Select(block => $"blocks.{block}")];

        Init.TruncatedNormal(_positions, std: 0.02);
        if (_classToken is not null)
            Init.Normal(_classToken, std: 1e-6);
        Initialization.LinearsTruncated(this);
    }

    /// <inheritdoc/>
    public string LastFeature => "fc_norm";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "head";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor x = _patchEmbed.Call(input);                                          // [N, T, width]
        if (_classToken is not null)
        {
            // Expanding to another tensor's shape keeps the batch size out of a traced graph.
            Tensor token = _classToken.Value.ExpandAs(x.Narrow(1, 0, 1));
            x = Ops.Cat([token, x], 1);                                              // [N, 1 + T, width]
        }
        x = _norm.Call(_blocks.Call(_positionDrop.Call(x + _positions)));
        int extra = _classToken is null ? 0 : 1;
        Tensor pooled = _average ? Patches(x, extra).Mean([1]) : x.Select(1, 0);     // [N, width]
        return _head.Call(_headDrop.Call(_featureNorm.Call(pooled)));
    }

    private static Tensor Patches(Tensor x, int extra) => extra == 0 ? x : x.Narrow(1, extra, x.Size(1) - extra);

    // From 0 at the first block to the full rate at the last.
    private static double DropPathRateOf(int block, VisionTransformerOptions options) =>
        options.Depth == 1 ? 0 : options.DropPathRate * block / (options.Depth - 1);
}

/// <summary>What the head of a transformer sees.</summary>
public enum TokenPooling
{
    /// <summary>The class token.</summary>
    Token,

    /// <summary>The mean of the patches.</summary>
    Average,
}

/// <summary>What a recipe may give a vision transformer.</summary>
public sealed record VisionTransformerOptions : ModelOptions
{
    /// <summary>Height and width of the images.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Height and width of a patch; divides the image's.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Width of a token.</summary>
    public int Width { get; init; } = 192;

    /// <summary>Number of blocks.</summary>
    public int Depth { get; init; } = 12;

    /// <summary>Heads of each attention; divides the width.</summary>
    public int Heads { get; init; } = 3;

    /// <summary>Width inside an MLP over that of a token.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Whether a learned token is put before the patches.</summary>
    public bool ClassToken { get; init; } = true;

    /// <summary>What the head sees.</summary>
    public TokenPooling Pooling { get; init; } = TokenPooling.Token;

    /// <summary>Probability of a zero before the head while training.</summary>
    public double DropRate { get; init; }

    /// <summary>Probability of a zero after the positions were added, while training.</summary>
    public double PositionDropRate { get; init; }

    /// <summary>Probability of a zero in the attention weights while training.</summary>
    public double AttentionDropRate { get; init; }

    /// <summary>Probability of a zero after the linear layers of a block while training.</summary>
    public double ProjectionDropRate { get; init; }

    /// <summary>Probability that the last block is skipped for a sample while training; earlier blocks have less.</summary>
    public double DropPathRate { get; init; }

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("vit-tiny")]
    [Model("vit-small")]
    [Model("vit-base")]
    public static VisionTransformerOptions Named(string name) => name switch
    {
        "vit-tiny" => new() { Width = 192, Heads = 3 },
        "vit-small" => new() { Width = 384, Heads = 6 },
        _ => new() { Width = 768, Heads = 12 },
    };

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireDivides(PatchSize, ImageSize, nameof(PatchSize), nameof(ImageSize));
        RequireDivides(Heads, Width, nameof(Heads), nameof(Width));
        RequireAtLeast(Depth, 1, nameof(Depth));
        RequirePositive(MlpRatio, nameof(MlpRatio));
        RequireAtLeast((int)(Width * MlpRatio), 1, nameof(MlpRatio));
        RequireRate(DropRate, nameof(DropRate));
        RequireRate(PositionDropRate, nameof(PositionDropRate));
        RequireRate(AttentionDropRate, nameof(AttentionDropRate));
        RequireRate(ProjectionDropRate, nameof(ProjectionDropRate));
        RequireRate(DropPathRate, nameof(DropPathRate));
        if (Pooling == TokenPooling.Token && !ClassToken)
            throw new ArgumentException("There is no class token to pool; set pooling to average.", nameof(Pooling));
    }

    /// <inheritdoc/>
    protected override Module Create() => new VisionTransformer(this);
}
