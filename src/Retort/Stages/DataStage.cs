using Retort.Data;
using Retort.Distillation;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Stages;

/// <summary>A stage that leaves training data: samples it made, or real ones that it chose.</summary>
/// <param name="options">What the recipe says.</param>
public abstract class DataStage(DataStageOptions options) : Stage(options)
{
    private readonly DataStageOptions _options = options;

    /// <inheritdoc/>
    public override bool LeavesData => true;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => ((string?[])[_options.LabelsFrom]).OfType<string>();

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => [DataFile];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (_options.LabelsFrom is { } teacher)
            plan.RequireTrained(_options, nameof(_options.LabelsFrom), teacher);
        else if (_options.LabelTopK is not null)
        {
            plan.Report(
                _options, nameof(_options.LabelTopK), "says how much of soft labels is kept, and no model gives any",
                "labels_from: NAME");
        }
        if (plan.DataOf(this) is { } data && data.Dataset.Collate.Count > 0)
        {
            plan.Report(
                _options, null, "samples of this data set become inputs only when they are collated, which cannot be undone",
                "a data set of pictures or numbers");
        }
    }

    /// <summary>The real samples, the same that a train stage of this seed and <c>train_samples</c> draws.</summary>
    protected Dataset RealData(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Data.EachOnce(context.SeedOf("data"), _options.TrainSamples).Data;
    }

    /// <summary>The soft labels that the recipe asks for, as fields of the samples; none where it asks for none.</summary>
    /// <param name="context">The stage's.</param>
    /// <param name="inputs">Samples as models get them, [M, …].</param>
    /// <returns><c>targets</c> [M, K], rows that sum to 1, or <c>kept_labels</c> [M, 2, k]; on the CPU.</returns>
    protected IReadOnlyDictionary<string, Tensor> SoftLabels(StageContext context, Tensor inputs)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(inputs);
        if (_options.LabelsFrom is not { } name)
            return new Dictionary<string, Tensor>();
        Role teacher = context.Trained(name);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        int step = context.Data.Options.EvalBatchSize;
        var parts = new List<Tensor>();
        for (long at = 0; at < inputs.Size(0); at += step)
        {
            Tensor logits = teacher.Model.Call(inputs.Narrow(0, at, Math.Min(step, inputs.Size(0) - at)));
            parts.Add((logits / _options.LabelTemperature).Softmax(1));
        }
        teacher.Model.Dispose();
        Tensor all = Ops.Cat([.. parts]).To(Device.Cpu);
        if (_options.LabelTopK is not { } kept)
            return new Dictionary<string, Tensor> { ["targets"] = scope.Keep(all) };
        (Tensor largest, Tensor classes) = all.TopK(Math.Min(kept, all.Size(1)), dim: 1);
        return new Dictionary<string, Tensor>
        {
            ["kept_labels"] = scope.Keep(Ops.Stack([classes.To(DType.Float32), largest], 1)),
        };
    }
}
