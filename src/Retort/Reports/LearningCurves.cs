using Retort.Tracking;

namespace Retort.Reports;

/// <summary>Gathers a report's curves from what trackers wrote.</summary>
public static class LearningCurves
{
    private const int MostPoints = 200;

    /// <summary>Collects one figure of every stage and seed.</summary>
    /// <param name="records">The records, as <see cref="MetricsLog.Read"/> gives them.</param>
    /// <param name="name">The figure's name in the records, such as <c>test/accuracy</c>.</param>
    /// <param name="metric">The name that the report gives it, such as <c>accuracy</c>.</param>
    /// <param name="split">The split that it was measured on.</param>
    /// <returns>
    /// Curves in the order in which their stages began. One with more than 200 points is thinned by averaging neighbours.
    /// </returns>
    public static IReadOnlyList<LearningCurve> From(IEnumerable<MetricRecord> records, string name, string metric, string split)
    {
        ArgumentNullException.ThrowIfNull(records);
        var found = new Dictionary<(string Stage, long? Seed), List<CurvePoint>>();
        var order = new List<(string Stage, long? Seed)>();
        foreach (MetricRecord record in records)
        {
            if (!record.Values.TryGetValue(name, out double value))
                continue;
            (string, long?) key = (record.At.Stage, record.At.Seed);
            if (!found.TryGetValue(key, out List<CurvePoint>? points))
            {
                points = found[key] = [];
                order.Add(key);
            }

            points.Add(new CurvePoint(record.At.Epoch, value));
        }

        return
        [
            .. order.Select(key => new LearningCurve
            {
                Model = key.Stage,
                Seed = key.Seed,
                Metric = metric,
                Split = split,
                Points = Thin([.. found[key].OrderBy(p => p.Epoch)]),
            }),
        ];
    }

    private static List<CurvePoint> Thin(List<CurvePoint> points)
    {
        int group = (points.Count + MostPoints - 1) / MostPoints;
        return group <= 1
            ? points
            : [.. points.Chunk(group).Select(c => new CurvePoint(c.Average(p => p.Epoch), c.Average(p => p.Value)))];
    }
}
