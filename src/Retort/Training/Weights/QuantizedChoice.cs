using System.ComponentModel.DataAnnotations;
using Retort.Compression;
using Retort.Torch.Nn;

namespace Retort.Training.Weights;

/// <summary>Weights are rounded to evenly spaced values in every forward; the step moves the ones that are not rounded.</summary>
/// <remarks>Polino et al., arXiv:1802.05668, algorithm 1: the gradient with respect to the rounded weights is taken as that of
/// the weights themselves.</remarks>
[Named("quantized")]
public sealed record QuantizedChoice : WeightsOptions
{
    /// <summary>Bits of a weight: 2^bits values.</summary>
    [Range(1, 8)]
    public int Bits { get; init; } = 4;

    /// <summary>Consecutive weights that are scaled together; a weight with fewer numbers is scaled as a whole.</summary>
    [Range(2, 1 << 30)]
    public int Bucket { get; init; } = Quantization.UsualBucket;

    /// <summary>Paths of modules whose weights stay as they are, such as the first and the last layer.</summary>
    public IReadOnlyList<string> Skip { get; init; } = [];

    /// <summary>Whether biases and normalisations' scales are rounded too, as in the authors' code.</summary>
    public bool Biases { get; init; }

    /// <summary>Whether training rounds up with the probability of the fraction, instead of to the nearest.</summary>
    public bool Stochastic { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, IReadOnlyList<string>> Modules =>
        new Dictionary<string, IReadOnlyList<string>> { [nameof(Skip)] = Skip };

    /// <inheritdoc/>
    public override IReadOnlyList<string> Figures => SizeFigures.Names;

    /// <inheritdoc/>
    public override bool RoundsAtOnce => true;

    /// <inheritdoc/>
    public override WeightForm Create(Module network) => new QuantizedForm(network, this);
}
