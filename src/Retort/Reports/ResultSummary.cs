using System.Text.Json.Serialization;
using Retort.Evaluation;

namespace Retort.Reports;

/// <summary>A figure of a model on a split, over the seeds.</summary>
public sealed record ResultSummary
{
    /// <summary>The model, such as <c>student-distilled</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The split, such as <c>test</c>.</summary>
    public required string Split { get; init; }

    /// <summary>The figure, such as <c>accuracy</c> (a fraction, not a percentage).</summary>
    public required string Metric { get; init; }

    /// <summary>The mean over the seeds. What is not finite stands as null in JSON.</summary>
    public required double Mean { get; init; }

    /// <summary>The sample standard deviation over the seeds; NaN (null in JSON) with one seed.</summary>
    [JsonPropertyName("std")]
    public required double StandardDeviation { get; init; }

    /// <summary>One value a seed.</summary>
    public required IReadOnlyList<double> Values { get; init; }

    /// <summary>Creates an entry from the seeds' values.</summary>
    public static ResultSummary Of(string name, string split, string metric, IReadOnlyList<double> values)
    {
        MeanAndSpread spread = MeanAndSpread.Of(values);
        return new ResultSummary
        {
            Name = name,
            Split = split,
            Metric = metric,
            Mean = spread.Mean,
            StandardDeviation = spread.StandardDeviation,
            Values = values,
        };
    }
}
