using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Generative;

/// <summary>A U-Net for pictures: seen ever more coarsely on the way down, and with what was left out on the way up.</summary>
/// <remarks>
/// <para>[N, C, H, W] and a moment [N] → [N, C, H, W]. Convolutional blocks at each level, told the moment as
/// <see cref="MlpDenoiser"/> is, without attention. H and W are multiples of patch_size · 2^(levels − 1).</para>
/// <para>With a patch size above 1 the network works on squares of so many pixels, which are channels to it: a quarter of the
/// arithmetic for 2.</para>
/// <para>Parameters: <c>embed.0.*</c>, <c>embed.2.*</c>, <c>in.*</c>, <c>down.LEVEL.BLOCK.*</c>, <c>shrink.LEVEL.*</c>,
/// <c>mid.*</c>, <c>up.LEVEL.BLOCK.*</c>, <c>last.0.*</c> and <c>out.*</c>, which starts at 0; the others have PyTorch's initial
/// values.</para>
/// </remarks>
public sealed class UnetDenoiser : NetworkDenoiser, IHasFeatures
{
    private readonly UnetDenoiserOptions _options;
    private readonly Module _embed;
    private readonly Module _in;
    private readonly ModuleList _down = new();
    private readonly ModuleList _shrink = new();
    private readonly Module _mid;
    private readonly ModuleList _up = new();
    private readonly Module _grow;
    private readonly Module _last;
    private readonly Module _out;

    internal UnetDenoiser(UnetDenoiserOptions options)
        : base(options)
    {
        _options = options;
        int[] widths = [.. options.Multipliers.Select(times => times * options.Width)];
        int moment = 4 * options.Width, patch = options.InChannels * options.PatchSize * options.PatchSize;
        int waves = (options.Interval ? 4 : 2) * options.Frequencies;
        _embed = Child("embed", new Sequential(
            new Linear(waves, moment), new Silu(), new Linear(moment, moment), new Silu()));
        _in = Child("in", new Conv2d(patch, widths[0], kernel: 3, padding: 1));
        int channels = widths[0];
        for (int level = 0; level < widths.Length; level++)
        {
            if (level > 0)
                _shrink.Add(new Conv2d(channels, channels, kernel: 3, stride: 2, padding: 1));
            _down.Add(Blocks(channels, widths[level]));
            channels = widths[level];
        }

        Child("down", _down);
        Child("shrink", _shrink);
        _mid = Child("mid", new DenoiserBlock(channels, channels, moment, options.Normalize));
        for (int level = widths.Length - 1; level >= 0; level--)
        {
            _up.Add(Blocks(channels + widths[level], widths[level]));
            channels = widths[level];
        }

        Child("up", _up);
        _grow = Child("grow", Upsample.ByFactor(2));
        Module norm = options.Normalize ? new GroupNorm(DenoiserBlock.Groups, channels) : new Identity();
        _last = Child("last", new Sequential(norm, new Silu()));
        var last = new Conv2d(channels, patch, kernel: 3, padding: 1);
        Init.Constant(last.Weight, 0);
        Init.Constant(last.Bias!, 0);
        _out = Child("out", last);
        Stages = [.. Enumerable.Range(0, widths.Length).Select(level => $"down.{level}.{options.Blocks - 1}")];

        ModuleList Blocks(int from, int to) => new(Enumerable.Range(0, options.Blocks)
            .Select(block => new DenoiserBlock(block == 0 ? from : to, to, moment, options.Normalize)));
    }

    /// <inheritdoc/>
    public string LastFeature => "last";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "out";

    /// <inheritdoc/>
    protected override Tensor Raw(Tensor state, Tensor time, Tensor? until)
    {
        RequirePictures(state);
        Tensor moment = _embed.Call(Ops.Cat([.. Waves(time, until, _options.Frequencies)], 1));   // [N, 4 · width]
        int patch = _options.PatchSize;
        Tensor x = _in.Call(patch == 1 ? state : state.PixelUnshuffle(patch));
        var seen = new Stack<Tensor>();
        for (int level = 0; level < _down.Count; level++)
        {
            x = Through(_down[level], level == 0 ? x : _shrink[level - 1].Call(x), moment);
            seen.Push(x);
        }

        x = Step(_mid, x, moment);
        for (int level = 0; level < _up.Count; level++)
            x = Through(_up[level], Ops.Cat([level == 0 ? x : _grow.Call(x), seen.Pop()], 1), moment);
        x = _out.Call(_last.Call(x));
        return patch == 1 ? x : x.PixelShuffle(patch);
    }

    private static Tensor Through(Module blocks, Tensor input, Tensor moment) =>
        blocks.Children.Aggregate(input, (x, block) => Step(block.Value, x, moment));

    // What takes a block's place need not know of moments.
    private static Tensor Step(Module block, Tensor input, Tensor moment) =>
        block is DenoiserBlock timed ? timed.At(input, moment) : block.Call(input);

    private void RequirePictures(Tensor state)
    {
        Shapes.RequireDimensions(state, 4);
        long unit = (long)_options.PatchSize << (_down.Count - 1);
        if (state.Size(1) != _options.InChannels || state.Size(2) % unit != 0 || state.Size(3) % unit != 0)
        {
            throw new ShapeException(
                $"'state' {Shapes.Text(state)} must be pictures [N, {_options.InChannels}, H, W], H and W multiples of {unit}.");
        }
    }
}

/// <summary>What a recipe may give a U-Net that denoises.</summary>
public sealed record UnetDenoiserOptions : DenoiserOptions
{
    /// <summary>Channels that a multiplier of 1 stands for; a multiple of 8.</summary>
    public int Width { get; init; } = 32;

    /// <summary>Channels of each level in widths; each level but the first halves the resolution.</summary>
    public IReadOnlyList<int> Multipliers { get; init; } = [1, 2, 2];

    /// <summary>Blocks of each level, on the way down and again on the way up.</summary>
    public int Blocks { get; init; } = 1;

    /// <summary>Whether blocks normalise groups of channels. Without it a step takes three fifths of the time here, and learns a
    /// little less.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>Side of the squares of pixels that the network takes as one.</summary>
    public int PatchSize { get; init; } = 1;

    /// <summary>Sines and cosines of the moment, so many of each.</summary>
    public int Frequencies { get; init; } = 4;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("unet-denoiser")]
    public static UnetDenoiserOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        base.Validate();
        RequireDivides(DenoiserBlock.Groups, Width, "8", nameof(Width));
        if (Multipliers.Count is < 1 or > 6)
            throw new ArgumentException($"Has {Multipliers.Count} numbers; must have 1 to 6.", nameof(Multipliers));
        RequireCount(Multipliers, Multipliers.Count, nameof(Multipliers));
        RequireWithin(Width, 1 << 14, nameof(Width));
        RequireWithin(Multipliers.Max(), 256, nameof(Multipliers));
        RequireWithin(Blocks, 64, nameof(Blocks));
        RequireWithin(PatchSize, 64, nameof(PatchSize));
        RequireWithin(Frequencies, 16, nameof(Frequencies));
    }

    /// <inheritdoc/>
    protected override Module Create() => new UnetDenoiser(this);
}
