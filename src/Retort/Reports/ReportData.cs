using Retort.Evaluation;

namespace Retort.Reports;

/// <summary>
/// Everything that <see cref="ReportPage"/> shows. Only the summary is needed; a section without data is left out.
/// </summary>
public sealed record ReportData
{
    /// <summary>Results, models, cost, environment: what <c>summary.json</c> holds.</summary>
    public required RunSummary Summary { get; init; }

    /// <summary>A sentence or two on what the run is about, from the recipe; plain text.</summary>
    public string Description { get; init; } = "";

    /// <summary>Name of the teacher among results, models and evaluations.</summary>
    public string Teacher { get; init; } = "teacher";

    /// <summary>Name of the student that was trained alone.</summary>
    public string Baseline { get; init; } = "student-baseline";

    /// <summary>Name of the student that was distilled.</summary>
    public string Distilled { get; init; } = "student-distilled";

    /// <summary>The metric of the verdict and of the plots against size and latency.</summary>
    public string Metric { get; init; } = "accuracy";

    /// <summary>The split of the verdict.</summary>
    public string Split { get; init; } = "test";

    /// <summary>The curves. Those of one metric share a plot; seeds of one model become a mean with a band.</summary>
    public IReadOnlyList<LearningCurve> Curves { get; init; } = [];

    /// <summary>Each model's figures on <see cref="Split"/>, seed by seed, for calibration, confusion and classes.</summary>
    public IReadOnlyList<ModelEvaluation> Evaluations { get; init; } = [];

    /// <summary>The classes' names, [K]; where empty or of another length, numbers stand for them.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>How the distilled student and its teacher agree, one entry a seed.</summary>
    public IReadOnlyList<Agreement> Agreements { get; init; } = [];

    /// <summary>Samples on which they disagree, in the order in which they are shown. A dozen or two is enough.</summary>
    public IReadOnlyList<DisagreementSample> Disagreements { get; init; } = [];

    /// <summary>Samples of the data and of generators, in the order in which they are shown.</summary>
    public IReadOnlyList<SampleSheet> Sheets { get; init; } = [];

    /// <summary>The resolved recipe as YAML; empty to leave it out.</summary>
    public string RecipeYaml { get; init; } = "";

    /// <summary>Command lines that repeat the run, one an entry.</summary>
    public IReadOnlyList<string> Reproduce { get; init; } = [];
}
