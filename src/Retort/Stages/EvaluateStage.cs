using Retort.Distillation;
using Retort.Evaluation;
using Retort.Reports;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Stages;

/// <summary>Measures models by their task on one split, for the summary: language, dense prediction, ranking, whatever the data
/// asks for.</summary>
/// <remarks><c>compare</c> is for classifiers: it keeps predictions, and shows calibration, confusion and disagreement
/// besides.</remarks>
[Named("evaluate")]
public sealed class EvaluateStage(EvaluateStageOptions options) : MeasuredStage(options)
{
    private const string Real = "real";
    private const int Columns = 10;
    private readonly EvaluateStageOptions _options = options;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => [.. _options.Models, .. _options.Task?.Reads ?? []];

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> MeasuredModels => _options.As is null ? _options.Models : [];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        for (int k = 0; k < _options.Models.Count; k++)
            plan.RequireTrained(_options, nameof(_options.Models), _options.Models[k], k);
        _options.Task?.Check(plan);
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Progress.StageStarted(context.Stage, context.Seed, 0);
        EvaluationTask task = _options.Task ?? context.Task;
        foreach (string name in _options.Models)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            Role role = context.Trained(name);
            string called = _options.As ?? name;
            IReadOnlyList<KeyValuePair<string, double>> found = task.Evaluate(
                role.Model, context.Data.Evaluation(_options.Split), context.Device, new EvaluationSurroundings
                {
                    Trained = context.Trained,
                    Denormalize = context.Data.Denormalize,
                    Show = context.IsFirstSeed
                        ? (what, pictures) => Keep(context.In(FileOf(what == Real ? Real : called)), pictures)
                        : null,
                });
            role.Model.Dispose();
            foreach ((string metric, double value) in found)
                context.Figures[$"{called}/{_options.Split}/{metric}"] = value;
            context.Progress.Measured(
                context.Stage, context.Seed,
                [.. found.Select(f => new KeyValuePair<string, double>($"{called}/{f.Key}", f.Value))]);
        }
    }

    /// <inheritdoc/>
    public override void Summarize(RunSummaryBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        base.Summarize(builder);
        foreach (string name in (string[])[Real, .. _options.As is { } called ? [called] : _options.Models])
        {
            string file = builder.FileOf(builder.Seeds[0], FileOf(name));
            if (File.Exists(file) && builder.Sheets.All(sheet => sheet.Name != name))
                builder.Sheets.Add(new SampleSheet(name, File.ReadAllBytes(file)));
        }
    }

    private static string FileOf(string model) => $"samples-{model.Replace('/', '.')}.png";

    private static void Keep(string path, Tensor pictures)
    {
        byte[] sheet = Pictures.Sheet(pictures, Columns);
        if (sheet.Length > 0)
            AtomicFile.Write(path, stream => stream.Write(sheet));
    }
}
