using Retort.Runs;

namespace Retort.Stages;

/// <summary>A stage whose results over all seeds belong in the run's summary and report.</summary>
public interface ISummarized
{
    /// <summary>Adds them, from the stage's folders, which hold every seed's results by then.</summary>
    public void Summarize(RunSummaryBuilder builder);
}
