using Retort.Runs;

namespace Retort.Stages;

/// <summary>A stage whose results over all seeds belong in the run's summary and report.</summary>
public interface ISummarized
{
    /// <summary>The results that it will add, as <c>MODEL/SPLIT/METRIC</c>, for claims about them;
    /// null where only a run can tell.</summary>
    public IReadOnlyList<string>? ResultNames => null;

    /// <summary>Adds them, from the stage's folders, which hold every seed's results by then.</summary>
    public void Summarize(RunSummaryBuilder builder);
}
