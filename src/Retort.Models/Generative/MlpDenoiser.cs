using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Generative;

/// <summary>Linear layers with SiLU between them, for samples that are short vectors.</summary>
/// <remarks>
/// <para>[N, features] and a moment [N] → [N, features]. The moment enters as sines and cosines of its multiples by 1, 2, 4,
/// ….</para>
/// <para>Parameters: <c>hidden.0.*</c>, <c>hidden.2.*</c>, … (each hidden layer is a linear layer and a SiLU) and <c>out.*</c>;
/// PyTorch's initial values.</para>
/// </remarks>
public sealed class MlpDenoiser : NetworkDenoiser, IHasFeatures
{
    private readonly MlpDenoiserOptions _options;
    private readonly Module _hidden;
    private readonly Module _out;

    internal MlpDenoiser(MlpDenoiserOptions options)
        : base(options)
    {
        _options = options;
        var hidden = new Sequential();
        long width = options.Features + (options.Interval ? 4 : 2) * options.Frequencies;
        for (int layer = 0; layer < options.Depth; layer++)
        {
            hidden.Add(new Linear(width, options.Width));
            hidden.Add(new Silu());
            width = options.Width;
        }

        _hidden = Child("hidden", hidden);
        _out = Child("out", new Linear(width, options.Features));
        Stages = [.. Enumerable.Range(0, options.Depth).Select(layer => $"hidden.{2 * layer + 1}")];
    }

    /// <inheritdoc/>
    public string LastFeature => "hidden";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "out";

    /// <inheritdoc/>
    protected override Tensor Raw(Tensor state, Tensor time, Tensor? until)
    {
        Shapes.RequireDimensions(state, 2);
        if (state.Size(1) != _options.Features)
        {
            throw new ShapeException(
                $"'state' {Shapes.Text(state)} must be vectors of {_options.Features} numbers: [N, {_options.Features}].");
        }

        return _out.Call(_hidden.Call(Ops.Cat([state, .. Waves(time, until, _options.Frequencies)], 1)));
    }
}

/// <summary>What a recipe may give a denoiser of short vectors.</summary>
public sealed record MlpDenoiserOptions : DenoiserOptions
{
    /// <summary>Width of a sample.</summary>
    public int Features { get; init; } = 2;

    /// <summary>Width of the hidden layers.</summary>
    public int Width { get; init; } = 128;

    /// <summary>How many hidden layers there are.</summary>
    public int Depth { get; init; } = 3;

    /// <summary>Sines and cosines of the moment, so many of each.</summary>
    public int Frequencies { get; init; } = 4;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("mlp-denoiser")]
    public static MlpDenoiserOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        base.Validate();
        if (InChannels != 3)
            throw new ArgumentException("in_channels belongs to image models; vectors have features.");
        RequireAtLeast(Features, 1, nameof(Features));
        RequireAtLeast(Width, 1, nameof(Width));
        RequireAtLeast(Depth, 1, nameof(Depth));
        RequireWithin(Frequencies, 16, nameof(Frequencies));
    }

    /// <inheritdoc/>
    protected override Module Create() => new MlpDenoiser(this);
}
