using System.ComponentModel.DataAnnotations;
using Retort.Torch.Nn;

namespace Retort.Training.Weights;

/// <summary>Weights stay, and a product of two narrow matrices is added to each: W + (α / r) B·A.
/// The step moves A and B.</summary>
/// <remarks>Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022, arXiv:2106.09685, section 4.1. A begins
/// as a linear layer's weight, B as zeros, so that training begins at the network as it is. A convolution's weight counts as
/// the matrix [out, in · kernel]. Biases and normalisations stay, and running statistics go on moving unless <c>freeze:</c> holds
/// them.</remarks>
[Named("lora")]
public sealed record LoraChoice : WeightsOptions
{
    /// <summary>r, the width of the product; a weight whose smaller side is narrower has that.</summary>
    [Range(1, 1 << 16)]
    public int Rank { get; init; } = 8;

    /// <summary>α, the product's scale times r. The default is r, which leaves the product as it is.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double? Alpha { get; init; }

    /// <summary>Paths of modules that are adapted. The default is all with a weight of two dimensions or more.</summary>
    public IReadOnlyList<string> Adapt { get; init; } = [];

    /// <summary>Paths of modules that train whole beside, such as a new head; they are not adapted.</summary>
    public IReadOnlyList<string> Whole { get; init; } = [];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, IReadOnlyList<string>> Modules =>
        new Dictionary<string, IReadOnlyList<string>> { [nameof(Adapt)] = Adapt, [nameof(Whole)] = Whole };

    /// <inheritdoc/>
    public override IReadOnlyList<string> Figures => [LoraForm.ShareFigure];

    /// <inheritdoc/>
    public override WeightForm Create(Module network) => new LoraForm(network, this);
}
