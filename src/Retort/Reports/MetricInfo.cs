using Retort.Reports.Plots;

namespace Retort.Reports;

/// <summary>How a metric is written and which way is better.</summary>
internal readonly record struct MetricInfo(string Title, ValueFormat Format, bool IsHigherBetter)
{
    /// <summary>
    /// Looks a metric up. One that is not known is written as it is; of those, losses and errors are better lower.
    /// </summary>
    public static MetricInfo Of(string metric) => metric switch
    {
        "accuracy" or "top1" => new("Accuracy", ValueFormat.Percent, true),
        "top5" => new("Top-5 accuracy", ValueFormat.Percent, true),
        "nll" => new("Negative log-likelihood", ValueFormat.Number, false),
        "ece" => new("Calibration error (ECE)", ValueFormat.Percent, false),
        "adaptive_ece" => new("Adaptive calibration error", ValueFormat.Percent, false),
        "brier" => new("Brier score", ValueFormat.Number, false),
        "teacher_agreement" or "agreement" => new("Agreement with the teacher", ValueFormat.Percent, true),
        "teacher_kl" or "kl" => new("KL from the teacher", ValueFormat.Number, false),
        "packed_bytes" => new("Bytes, packed", ValueFormat.Number, false),
        "code_bits" => new("Bits a weight, coded", ValueFormat.Number, false),
        "trained_share" => new("Numbers that train", ValueFormat.Percent, false),
        "fd" => new("Fréchet distance of features", ValueFormat.Number, false),
        "fd_floor" => new("Fréchet distance of real samples", ValueFormat.Number, false),
        "sw2" => new("Sliced Wasserstein distance", ValueFormat.Number, false),
        "floor" => new("Sliced Wasserstein distance of real samples", ValueFormat.Number, false),
        "mmd" => new("Squared mean discrepancy", ValueFormat.Number, false),
        "precision" => new("Precision", ValueFormat.Percent, true),
        "recall" => new("Recall", ValueFormat.Percent, true),
        "nfe" => new("Evaluations a sample", ValueFormat.Number, false),
        "straightness" => new("Bend of the paths", ValueFormat.Number, false),
        "loss" => new("Loss", ValueFormat.Number, false),
        _ => new(metric, ValueFormat.Number, !IsCost(metric)),
    };

    /// <summary>A value on its own.</summary>
    public string Write(double value) => Format == ValueFormat.Percent ? Figures.Percent(value) : Figures.Fixed(value, 4);

    /// <summary>A difference of two values: percentage points for fractions.</summary>
    public string WriteDifference(double value) =>
        Format == ValueFormat.Percent ? Figures.Fixed(value * 100, 2) + " points" : Figures.Fixed(value, 4);

    private static bool IsCost(string metric) =>
        new[] { "loss", "error", "perplexity", "nll", "rmse", "mse", "mae" }
            .Any(w => metric.Contains(w, StringComparison.OrdinalIgnoreCase));
}
