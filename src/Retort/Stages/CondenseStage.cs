using Retort.Data;
using Retort.Data.Formats;
using Retort.Data.Graphs;
using Retort.Graphs;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Stages;

/// <summary>Gets a small training set out of graphs without a gradient; train stages name it under <c>train_on</c>.</summary>
/// <remarks>Each sample has a <c>weight</c> beside it, for a train stage's <c>sample_by</c>. Figures are
/// <c>NAME/train/samples</c>, <c>NAME/train/bytes</c> and <c>NAME/train/byte_share</c>: of a plain form, labels and edges,
/// against that of all training graphs.</remarks>
[Named("condense")]
public sealed class CondenseStage(CondenseStageOptions options) : MeasuredStage(options)
{
    private const string WeightField = "weight";
    private readonly CondenseStageOptions _options = options;

    /// <inheritdoc/>
    public override bool LeavesData => true;

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => [DataFile];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan, DataProvider data)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(data);
        Dataset train = data.Split("train");
        if (GraphPacking.IsOf(train))
            return;
        string slug = plan.Registry.ComponentOf(_options.By).Slug;
        plan.Report(
            _options, nameof(_options.By),
            $"'{slug}' works on graphs, and the data's samples are [{string.Join(", ", train.SampleShape)}] of "
                + $"{train.ElementType}",
            "a data set of graphs, such as tu-graphs");
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Progress.StageStarted(context.Stage, context.Seed, 0);
        Dataset data = context.Data.Split("train");
        int[] labelled = [.. Enumerable.Range(0, data.Count).Where(k => data.Labels[k] != Dataset.NoLabel)];
        LabelledGraph[] graphs = [.. labelled.Select(k => GraphAt(data, k))];
        RandomStream random = RandomStream.Derive(context.SeedOf($"condensation/{context.Stage}"));
        CondensedGraphs made;
        try
        {
            made = context.Registry.Create<GraphCondenser>(_options.By).Condense(
                graphs, [.. labelled.Select(k => data.Labels[k])], data.ClassNames.Count, random);
        }
        catch (ArgumentException e)
        {
            throw new RunException($"stage '{context.Stage}': {e.Message}", isInputWrong: true, e);
        }

        context.Cancellation.ThrowIfCancellationRequested();
        using (var scope = new TensorScope())
        {
            Dataset set = Dataset.Of(context.Stage, "train", new GraphSource(made.Graphs), [.. made.Labels], data.ClassNames);
            Tensor weights = Tensor.From<float>([.. made.Weights.Select(w => (float)w)]);
            SampleFile.Write(context.In(DataFile), set, new Dictionary<string, Tensor> { [WeightField] = weights });
        }

        string name = $"{context.Stage}/train";
        context.Figures[$"{name}/samples"] = made.Graphs.Count;
        context.Figures[$"{name}/bytes"] = made.Bytes;
        context.Figures[$"{name}/byte_share"] = made.Bytes / (double)CondensedGraphs.BytesOf(graphs);
    }

    private static LabelledGraph GraphAt(Dataset data, int place)
    {
        using var scope = new TensorScope();
        return GraphPacking.Unpack(data.Gather([place]).Input.ToArray<long>());
    }
}
