using Retort.Evaluation;

namespace Retort.Reports;

/// <summary>Whether distillation helped: the distilled student against the same network trained alone.</summary>
public sealed record Verdict
{
    /// <summary>What can be said.</summary>
    public required VerdictKind Kind { get; init; }

    /// <summary>
    /// How much better the distilled student is in the mean; negative where it is worse, whichever way the metric goes.
    /// </summary>
    public required double Gain { get; init; }

    /// <summary>The pooled standard error of that difference; NaN with one seed.</summary>
    public required double StandardError { get; init; }

    /// <summary>The paired t-test over the seeds.</summary>
    public required PairedTest Test { get; init; }

    /// <summary>
    /// The share of the gap between baseline and teacher that is closed; NaN where there is no teacher or no gap.
    /// </summary>
    public required double GapClosed { get; init; }

    /// <summary>The verdict in a sentence.</summary>
    public required string Headline { get; init; }

    /// <summary>The figures behind it in a sentence or two.</summary>
    public required string Detail { get; init; }

    /// <summary>Compares the two students; null where one has no result.</summary>
    public static Verdict? Of(ReportData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        ResultSummary? baseline = data.Summary.Find(data.Baseline, data.Split, data.Metric);
        ResultSummary? distilled = data.Summary.Find(data.Distilled, data.Split, data.Metric);
        if (baseline is null || distilled is null)
            return null;

        MetricInfo metric = MetricInfo.Of(data.Metric);
        double sign = metric.IsHigherBetter ? 1 : -1;
        MeanAndSpread first = MeanAndSpread.Of(distilled.Values), second = MeanAndSpread.Of(baseline.Values);
        double gain = sign * (first.Mean - second.Mean);
        double error = MeanAndSpread.StandardErrorOfDifference(first, second);
        bool isPaired = distilled.Values.Count == baseline.Values.Count;
        PairedTest test = isPaired
            ? PairedTest.Of([.. distilled.Values], [.. baseline.Values])
            : new PairedTest(0, double.NaN, double.NaN, double.NaN, double.NaN);
        VerdictKind kind = Decide(gain, error);
        return new Verdict
        {
            Kind = kind,
            Gain = gain,
            StandardError = error,
            Test = test,
            GapClosed = Closed(data, sign, gain, second.Mean),
            Headline = Say(kind, metric, gain),
            Detail = Explain(data, metric, first, second, gain, error, test),
        };
    }

    private static VerdictKind Decide(double gain, double error)
    {
        if (double.IsNaN(gain))
            return VerdictKind.Failed;
        if (double.IsNaN(error))
            return VerdictKind.Unknown;
        return gain > error ? VerdictKind.Better : gain < -error ? VerdictKind.Worse : VerdictKind.Unclear;
    }

    private static double Closed(ReportData data, double sign, double gain, double baseline)
    {
        ResultSummary? teacher = data.Summary.Find(data.Teacher, data.Split, data.Metric);
        double gap = teacher is null ? double.NaN : sign * (teacher.Mean - baseline);
        return gap > 0 ? gain / gap : double.NaN;
    }

    private static string Say(VerdictKind kind, MetricInfo metric, double gain)
    {
        string size = metric.WriteDifference(Math.Abs(gain));
        string side = gain >= 0 ? "ahead of" : "behind";
        return kind switch
        {
            VerdictKind.Better => $"The distilled student beats the same network trained alone by {size}.",
            VerdictKind.Worse => $"The distilled student falls behind the same network trained alone by {size}.",
            VerdictKind.Unclear =>
                $"The distilled student is {size} {side} the same network trained alone, which is within the error.",
            VerdictKind.Unknown => $"The distilled student is {size} {side} the same network trained alone, with one seed only.",
            _ => "No verdict: a student has no result.",
        };
    }

    private static string Explain(
        ReportData data, MetricInfo metric, MeanAndSpread distilled, MeanAndSpread baseline, double gain, double error,
        PairedTest test)
    {
        string title = char.ToLowerInvariant(metric.Title[0]) + metric.Title[1..];
        string seeds = distilled.Count == 1 ? "with one seed" : $"in the mean of {distilled.Count} seeds";
        string figures = $"On the {data.Split} split its {title} is {metric.Write(distilled.Mean)} "
            + $"against {metric.Write(baseline.Mean)}, {seeds}.";
        if (double.IsNaN(error))
            return figures + " A second seed is needed to say how far chance reaches.";
        string ratio = error > 0
            ? $" The difference is {Plots.Figures.Fixed(Math.Abs(gain) / error, 1)} times "
                + $"its standard error of {metric.WriteDifference(error)}"
            : " The seeds do not differ at all";
        string paired = double.IsNaN(test.PValue) ? "" : $"; a paired t-test gives p {Plots.Figures.PValue(test.PValue)}";
        return figures + ratio + paired + ".";
    }
}
