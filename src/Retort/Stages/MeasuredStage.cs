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
        IReadOnlyDictionary<string, double>[] seeds = [.. builder.Seeds.Select(seed => builder.FiguresOf(this, seed))];
        var names = new List<string>();
        string? split = null, metric = null;
        foreach (string key in seeds[0].Keys.Where(k => k.Split('/').Length >= 3 && seeds.All(s => s.ContainsKey(k))))
        {
            string[] parts = key.Split('/');
            string name = string.Join('/', parts[..^2]);
            builder.Results.Add(ResultSummary.Of(name, parts[^2], parts[^1], [.. seeds.Select(s => s[key])]));
            if (!names.Contains(name))
                names.Add(name);
            split ??= parts[^2];
            metric ??= parts[^1];
        }

        foreach (string model in MeasuredModels)
            builder.Models.Add(ModelCost.Measure(builder, model, latency: false));
        if (names.Count == 0)
            return;
        builder.Names = new ReportNames
        {
            Teacher = names.Contains("teacher") ? "teacher" : names[0],
            Baseline = names.Contains("student-baseline") ? "student-baseline" : names[Math.Max(0, names.Count - 2)],
            Distilled = names[^1],
            Metric = metric!,
            Split = split!,
        };
    }
}
