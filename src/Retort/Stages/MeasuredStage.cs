using Retort.Reports;
using Retort.Runs;

namespace Retort.Stages;

/// <summary>A stage whose figures go into the summary as results: those it leaves in <see cref="StageContext.Figures"/> under
/// <c>NAME/SPLIT/METRIC</c>.</summary>
/// <param name="options">What the recipe says.</param>
public abstract class MeasuredStage(StageOptions options) : Stage(options), ISummarized
{
    /// <summary>The models whose size is measured for the summary; names of results that are no models are not among
    /// them.</summary>
    protected virtual IReadOnlyList<string> MeasuredModels => [];

    /// <inheritdoc/>
    public virtual void Summarize(RunSummaryBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IReadOnlyList<ResultSummary> found = AddResults(this, builder);
        string[] names = [.. found.Select(r => r.Name).Distinct()];
        foreach (string model in MeasuredModels)
            builder.Models.Add(ModelCost.Measure(builder, model, latency: false));
        if (names.Length == 0)
            return;
        builder.Names = new ReportNames
        {
            Teacher = names.Contains("teacher") ? "teacher" : names[0],
            Baseline = names.Contains("student-baseline") ? "student-baseline" : names[Math.Max(0, names.Length - 2)],
            Distilled = names[^1],
            Metric = found[0].Metric,
            Split = found[0].Split,
        };
    }

    /// <summary>Adds the figures that a stage left under <c>NAME/SPLIT/METRIC</c> for every seed to the summary's
    /// results.</summary>
    /// <returns>What was added.</returns>
    internal static IReadOnlyList<ResultSummary> AddResults(Stage stage, RunSummaryBuilder builder)
    {
        IReadOnlyDictionary<string, double>[] seeds = [.. builder.Seeds.Select(seed => builder.FiguresOf(stage, seed))];
        var added = new List<ResultSummary>();
        foreach (string key in seeds[0].Keys.Where(k => k.Split('/').Length >= 3 && seeds.All(s => s.ContainsKey(k))))
        {
            string[] parts = key.Split('/');
            added.Add(ResultSummary.Of(string.Join('/', parts[..^2]), parts[^2], parts[^1], [.. seeds.Select(s => s[key])]));
        }

        foreach (ResultSummary result in added)
            builder.Results.Add(result);
        return added;
    }
}
