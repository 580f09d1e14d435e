using Retort.Evaluation;
using Retort.Export;
using Retort.Reports;
using Retort.Torch;

namespace Retort.Runs;

/// <summary>Collects what stages put into <c>summary.json</c> and <c>report.html</c>.</summary>
public sealed class RunSummaryBuilder
{
    private readonly RunSession _session;

    internal RunSummaryBuilder(RunSession session, string stage)
    {
        _session = session;
        Stage = stage;
    }

    /// <summary>The stage that is asked.</summary>
    public string Stage { get; internal set; }

    /// <summary>The asked stage's own data, or null for the recipe's.</summary>
    internal DataOptions? StageData { get; set; }

    /// <summary>The seeds in order.</summary>
    public IReadOnlyList<long> Seeds => _session.Seeds;

    /// <summary>Figures over the seeds.</summary>
    public IList<ResultSummary> Results { get; } = [];

    /// <summary>Models and their cost.</summary>
    public IList<ModelSummary> Models { get; } = [];

    /// <summary>Each model's figures for calibration and confusion.</summary>
    public IList<ModelEvaluation> Evaluations { get; } = [];

    /// <summary>How the distilled student and its teacher agree, one a seed.</summary>
    public IList<Agreement> Agreements { get; } = [];

    /// <summary>Samples on which they disagree.</summary>
    public IList<DisagreementSample> Disagreements { get; } = [];

    /// <summary>Samples of the data and of generators as pictures.</summary>
    public IList<SampleSheet> Sheets { get; } = [];

    /// <summary>Models that a stage has exported, with the formats and what int8 changes in the first seed's.</summary>
    internal Dictionary<string, (IReadOnlyList<ExportFormat> Formats, QuantizationMeasurement? Int8)> Exports { get; } = [];

    /// <summary>What the report calls things; a stage replaces it.</summary>
    public ReportNames Names { get; set; } = new();

    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> ClassNames { get; set; } = [];

    /// <summary>The data of the run.</summary>
    public DataProvider? Data => _session.Data.For(StageData);

    /// <summary>The seed under which a model's result lies.</summary>
    public long SeedFor(string model, long seed) => _session.SeedFor(model, seed);

    /// <summary>The figures that the asked stage left under a seed; those of the first one where it runs once.</summary>
    public IReadOnlyDictionary<string, double> FiguresOf(Stages.Stage stage, long seed)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return _session.Folder.Record(Stage, stage.OncePerRun ? Seeds[0] : seed)?.Figures ?? new Dictionary<string, double>();
    }

    /// <summary>A file that the asked stage left under a seed.</summary>
    public string FileOf(long seed, string file) => Path.Combine(_session.Folder.StageFolder(Stage, seed), file);

    /// <summary>The name of the architecture of a trained model or role.</summary>
    public string ArchitectureOf(string model) =>
        _session.Registry.ComponentOf(_session.RoleOptionsOf(_session.RoleTrainedBy(model) ?? model).Model).Slug;

    /// <summary>A trained model of the first seed, for measuring its cost.</summary>
    public Distillation.Role Trained(string model) => new StageContext(_session, Stage, Seeds[0], string.Empty).Trained(model);

    /// <summary>Where models are.</summary>
    public Device Device => _session.Device;
}
