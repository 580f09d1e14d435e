using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Generative;

/// <summary>Linear layers with SiLU between them, for samples that are short vectors.</summary>
/// <remarks>
/// <para>[N, …] of so many features and a moment [N] → [N, …]. The moment enters as sines and cosines of its multiples by 1, 2,
/// 4, …, a condition, where there are some, as a column of its own that is 1; one that is not told leaves all of these 0.</para>
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
        long width = options.Features + (options.Interval ? 4 : 2) * options.Frequencies + options.Conditions;
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
    public override int Conditions => _options.Conditions;

    /// <inheritdoc/>
    public string LastFeature => "hidden";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "out";

    /// <inheritdoc/>
    protected override Tensor Raw(Tensor state, Tensor time, Tensor? until)
    {
        Shapes.RequireBatched(state, atLeast: 2);
        if (state.NumElements != state.Size(0) * _options.Features)
        {
            throw new ShapeException(
                $"'state' {Shapes.Text(state)} must be vectors of {_options.Features} numbers: [N, {_options.Features}].");
        }

        Tensor flat = state.Flatten(1);
        IEnumerable<Tensor> parts = Waves(time, until, _options.Frequencies);
        if (Conditions > 0)
            parts = parts.Append(ToldOf(flat));
        Tensor found = _out.Call(_hidden.Call(Ops.Cat([flat, .. parts], 1)));
        return state.Dimensions == 2 ? found : found.Reshape([-1, .. state.Shape[1..]]);
    }

    // A number that is no condition has no column, and leaves all of them 0.
    private Tensor ToldOf(Tensor flat)
    {
        Tensor told = Told ?? flat.Detach().Select(1, 0).ZerosLike().To(DType.Int64) - 1;
        return told.Unsqueeze(1).Eq(Tensor.Arange(Conditions).To(told.Device).Unsqueeze(0)).To(flat.DType);
    }
}

/// <summary>What a recipe may give a denoiser of short vectors.</summary>
public sealed record MlpDenoiserOptions : DenoiserOptions
{
    /// <summary>Numbers of a sample.</summary>
    public int Features { get; init; } = 2;

    /// <summary>Conditions that it may be told of a sample, such as classes or angles; 0 for none.</summary>
    public int Conditions { get; init; }

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
        RequireAtLeast(Conditions, 0, nameof(Conditions));
        RequireAtLeast(Width, 1, nameof(Width));
        RequireAtLeast(Depth, 1, nameof(Depth));
        RequireWithin(Frequencies, 16, nameof(Frequencies));
    }

    /// <inheritdoc/>
    protected override Module Create() => new MlpDenoiser(this);
}
