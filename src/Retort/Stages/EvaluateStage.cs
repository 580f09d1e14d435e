using Retort.Distillation;
using Retort.Evaluation;
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
    private readonly EvaluateStageOptions _options = options;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => _options.Models;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> MeasuredModels => _options.As is null ? _options.Models : [];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        for (int k = 0; k < _options.Models.Count; k++)
            plan.RequireTrained(_options, nameof(_options.Models), _options.Models[k], k);
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
            IReadOnlyList<KeyValuePair<string, double>> found = task.Evaluate(role.Model, context.Data.Evaluation(_options.Split), context.Device);
            role.Model.Dispose();
            string called = _options.As ?? name;
            foreach ((string metric, double value) in found)
                context.Figures[$"{called}/{_options.Split}/{metric}"] = value;
            context.Progress.Measured(context.Stage, context.Seed, [.. found.Select(f => new KeyValuePair<string, double>($"{called}/{f.Key}", f.Value))]);
        }
    }
}
