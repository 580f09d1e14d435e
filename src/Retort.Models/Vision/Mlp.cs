using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>Linear layers with ReLU between them, on flattened images or on plain vectors.</summary>
/// <remarks>
/// <para>[N, C, H, W] or [N, features] → [N, classes].</para>
/// <para>Parameters: <c>hidden.0.weight</c>, <c>hidden.0.bias</c>, <c>hidden.3.weight</c>, … (each hidden layer is a linear
/// layer, a ReLU and a dropout) and <c>fc.*</c>; PyTorch's initial values.</para>
/// </remarks>
public sealed class Mlp : Sequential, IHasFeatures
{
    internal Mlp(MlpOptions options)
    {
        var hidden = new Sequential();
        int width = options.Features;
        foreach (int next in options.Hidden)
        {
            hidden.Add(new Linear(width, next));
            hidden.Add(new Relu());
            hidden.Add(new Dropout(options.DropRate));
            width = next;
        }
        Add("flatten", new Flatten());
        Add("hidden", hidden);
        Add("fc", new Linear(width, options.Classes, options.HeadBias));
        Stages = [.. options.Hidden.Select((_, layer) => $"hidden.{3 * layer + 1}")];
    }

    /// <inheritdoc/>
    public string LastFeature => "hidden";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages { get; }

    /// <inheritdoc/>
    public string Head => "fc";
}

/// <summary>What a recipe may give an MLP.</summary>
public sealed record MlpOptions : ModelOptions
{
    /// <summary>Height and width of the images; not used where <see cref="InFeatures"/> is given.</summary>
    public int ImageSize { get; init; } = 28;

    /// <summary>Width of the input where it is not square images of that size.</summary>
    public int? InFeatures { get; init; }

    /// <summary>Widths of the hidden layers; none makes it a linear classifier.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [256, 256];

    /// <summary>Probability of a zero after each hidden layer while training.</summary>
    public double DropRate { get; init; }

    /// <summary>Whether the head has a bias.</summary>
    public bool HeadBias { get; init; } = true;

    internal int Features => InFeatures ?? InChannels * ImageSize * ImageSize;

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("mlp")]
    public static MlpOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireAtLeast(ImageSize, 1, nameof(ImageSize));
        RequireAtLeast(InFeatures ?? 1, 1, nameof(InFeatures));
        RequireCount(Hidden, Hidden?.Count ?? 0, nameof(Hidden));
        RequireRate(DropRate, nameof(DropRate));
    }

    /// <inheritdoc/>
    protected override Module Create() => new Mlp(this);
}
