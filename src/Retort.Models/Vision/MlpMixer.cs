using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>MLP-Mixer: one MLP over the positions, one over the channels, in turns.</summary>
/// <remarks>
/// <para>Tolstikhin et al., NeurIPS 2021, arXiv:2105.01601, table 1.</para>
/// <para>[N, C, size, size] → [N, classes].</para>
/// <para>Parameters carry timm's names: <c>stem.proj</c>, <c>blocks.0.norm1</c>, <c>blocks.0.mlp_tokens.fc1</c>, …,
/// <c>norm</c>, <c>head</c>. The head starts at zero, as timm has it.</para>
/// </remarks>
public sealed class MlpMixer : Sequential, IHasFeatures
{
    internal MlpMixer(MlpMixerOptions options)
    {
        var stem = new PatchEmbed(options.InChannels, options.ImageSize, options.PatchSize, options.Width);
        var head = new Linear(options.Width, options.Classes);
        Add("stem", stem);
        Add("blocks", new Sequential(Enumerable.Range(0, options.Depth).Select(_ => new MixerBlock(stem.Positions, options))));
        Add("norm", new LayerNorm(options.Width, epsilon: 1e-6));
        Add("global_pool", new PositionMean());
        Add("head_drop", new Dropout(options.DropRate));
        Add("head", head);
        Stages = [.. Enumerable.Range(0, options.Depth).Select(block => $"blocks.{block}")];

        foreach ((_, Module module) in NamedModules())
        {
            if (module is Conv2d projection)
            {
                Init.LecunNormal(projection.Weight);
                Init.Constant(projection.Bias!, 0);
            }
            else if (module is Linear linear && linear != head)
            {
                Init.XavierUniform(linear.Weight);
                Init.Normal(linear.Bias!, std: 1e-6);
            }
        }
        Init.Constant(head.Weight, 0);
        Init.Constant(head.Bias!, 0);
    }

    /// <inheritdoc/>
    public string LastFeature => "global_pool";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "head";

    private sealed class PositionMean : Module
    {
        protected override Tensor Forward(Tensor input) => input.Mean([1]);
    }

    private sealed class MixerBlock : Module
    {
        private readonly Module _norm1;
        private readonly Module _tokens;
        private readonly Module _norm2;
        private readonly Module _channels;
        private readonly Module _dropPath;

        public MixerBlock(int positions, MlpMixerOptions options)
        {
            int width = options.Width;
            _norm1 = Child("norm1", new LayerNorm(width, epsilon: 1e-6));
            _tokens = Child("mlp_tokens", new TransformerMlp(
                positions, (int)(width * options.TokenRatio), options.ProjectionDropRate));
            _dropPath = Child("drop_path", new DropPath(options.DropPathRate));
            _norm2 = Child("norm2", new LayerNorm(width, epsilon: 1e-6));
            _channels = Child("mlp_channels", new TransformerMlp(
                width, (int)(width * options.ChannelRatio), options.ProjectionDropRate));
        }

        protected override Tensor Forward(Tensor input)
        {
            Tensor mixed = _tokens.Call(_norm1.Call(input).Transpose(1, 2)).Transpose(1, 2);   // over T, then back
            Tensor x = input + _dropPath.Call(mixed);
            return x + _dropPath.Call(_channels.Call(_norm2.Call(x)));
        }
    }
}

/// <summary>What a recipe may give an MLP-Mixer.</summary>
public sealed record MlpMixerOptions : ModelOptions
{
    /// <summary>Height and width of the images.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Height and width of a patch; divides the image's.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Width of a token.</summary>
    public int Width { get; init; } = 512;

    /// <summary>Number of blocks.</summary>
    public int Depth { get; init; } = 8;

    /// <summary>Width inside the MLP over positions, over that of a token.</summary>
    public double TokenRatio { get; init; } = 0.5;

    /// <summary>Width inside the MLP over channels, over that of a token.</summary>
    public double ChannelRatio { get; init; } = 4;

    /// <summary>Probability of a zero before the head while training.</summary>
    public double DropRate { get; init; }

    /// <summary>Probability of a zero after the linear layers of a block while training.</summary>
    public double ProjectionDropRate { get; init; }

    /// <summary>Probability that half a block is skipped for a sample while training.</summary>
    public double DropPathRate { get; init; }

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("mixer-s32")]
    [Model("mixer-s16")]
    [Model("mixer-b16")]
    public static MlpMixerOptions Named(string name) => name switch
    {
        "mixer-s32" => new() { PatchSize = 32 },
        "mixer-s16" => new(),
        _ => new() { Width = 768, Depth = 12 },
    };

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireDivides(PatchSize, ImageSize, nameof(PatchSize), nameof(ImageSize));
        RequireAtLeast(Width, 1, nameof(Width));
        RequireAtLeast(Depth, 1, nameof(Depth));
        RequirePositive(TokenRatio, nameof(TokenRatio));
        RequirePositive(ChannelRatio, nameof(ChannelRatio));
        RequireAtLeast((int)(Width * TokenRatio), 1, nameof(TokenRatio));
        RequireAtLeast((int)(Width * ChannelRatio), 1, nameof(ChannelRatio));
        RequireRate(DropRate, nameof(DropRate));
        RequireRate(ProjectionDropRate, nameof(ProjectionDropRate));
        RequireRate(DropPathRate, nameof(DropPathRate));
    }

    /// <inheritdoc/>
    protected override Module Create() => new MlpMixer(this);
}
