using System.ComponentModel.DataAnnotations;
using Retort.Compression;
using Retort.Torch.Nn;

namespace Retort.Training.Weights;

/// <summary>Each weight is the nearest of few points of its tensor; the step moves the points, and nothing else.</summary>
/// <remarks>Polino et al., arXiv:1802.05668, algorithm 2. Points begin at the quantiles of the scaled weights. Running statistics
/// go on moving.</remarks>
[Named("points")]
public sealed record PointsChoice : WeightsOptions
{
    /// <summary>Points of a tensor; where they are shared by gradient, the mean.</summary>
    [Range(2, 256)]
    public int Count { get; init; } = 4;

    /// <summary>Consecutive weights that are scaled together; a weight with fewer numbers is scaled as a whole.</summary>
    [Range(2, 1 << 30)]
    public int Bucket { get; init; } = Quantization.UsualBucket;

    /// <summary>Paths of modules whose weights stay as they are.</summary>
    public IReadOnlyList<string> Skip { get; init; } = [];

    /// <summary>Whether biases and normalisations' scales are rounded too, as in the authors' code.</summary>
    public bool Biases { get; init; }

    /// <summary>Whether half of the points go where the gradient of the first batch's loss is large.</summary>
    public bool ByGradient { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, IReadOnlyList<string>> Modules =>
        new Dictionary<string, IReadOnlyList<string>> { [nameof(Skip)] = Skip };

    /// <inheritdoc/>
    public override IReadOnlyList<string> Figures => SizeFigures.Names;

    /// <inheritdoc/>
    public override bool RoundsAtOnce => true;

    /// <inheritdoc/>
    public override WeightForm Create(Module network) => new PointsForm(network, this);
}
