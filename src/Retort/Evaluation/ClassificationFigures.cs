namespace Retort.Evaluation;

/// <summary>What a classifier scores on one split. Fractions, not percentages.</summary>
public sealed record ClassificationFigures
{
    /// <summary>N, undefined rows included.</summary>
    public required long Samples { get; init; }

    /// <summary>K.</summary>
    public required int Classes { get; init; }

    /// <summary>Rows whose softmax has no value (NaN or positive infinity among the logits). Anything but 0 is a fault.</summary>
    public required long UndefinedRows { get; init; }

    /// <summary>The first such row, or −1.</summary>
    public required long FirstUndefinedRow { get; init; }

    /// <summary>Share of rows whose largest logit is the label's, in 0 … 1. Undefined rows count as wrong.</summary>
    public required double Top1 { get; init; }

    /// <summary>Share of rows whose label is among the five largest logits; 1 with five classes or fewer.</summary>
    public required double Top5 { get; init; }

    /// <summary>Mean of −log p(label) in nats. Infinite where a label was ruled out; NaN where a row is undefined.</summary>
    public required double NegativeLogLikelihood { get; init; }

    /// <summary>Mean over samples of Σ_k (p_k − [k = label])², in 0 … 2. NaN where a row is undefined.</summary>
    public required double Brier { get; init; }

    /// <summary>Σ_b n_b/N · |accuracy_b − confidence_b| over equal-width bins, in 0 … 1. NaN where a row is undefined.</summary>
    public required double ExpectedCalibrationError { get; init; }

    /// <summary>The same over bins that hold equally many samples each.</summary>
    public required double AdaptiveCalibrationError { get; init; }

    /// <summary>The equal-width bins, lowest confidence first, empty ones included: what a reliability diagram shows.</summary>
    public required IReadOnlyList<ReliabilityBin> Bins { get; init; }

    /// <summary>Labels against predictions. Undefined rows are not in it.</summary>
    public required ConfusionMatrix Confusion { get; init; }

    /// <summary>
    /// The scalar figures under the names that results and metrics carry: <c>accuracy</c>, <c>top5</c>, <c>nll</c>,
    /// <c>ece</c>, <c>adaptive_ece</c>, <c>brier</c>.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, double>> Named() =>
    [
        new("accuracy", Top1),
        new("top5", Top5),
        new("nll", NegativeLogLikelihood),
        new("ece", ExpectedCalibrationError),
        new("adaptive_ece", AdaptiveCalibrationError),
        new("brier", Brier),
    ];
}
