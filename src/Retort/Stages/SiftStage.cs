using Retort.Data;
using Retort.Data.Formats;
using Retort.Distillation;
using Retort.Runs;
using Retort.Selection;
using Retort.Torch;

namespace Retort.Stages;

/// <summary>Keeps the training samples with the highest scores, in the order of the data; later stages train on them.</summary>
/// <remarks>Of data with classes it says what share of the kept samples each class has: <c>NAME/train/share_CLASS</c>. Every
/// sample has a <c>score</c> beside it.</remarks>
[Named("sift")]
public sealed class SiftStage(SiftStageOptions options) : MeasuredStage(options)
{
    private const string ScoreField = "score";
    private const string CheckpointFile = "checkpoint.safetensors";
    private readonly SiftStageOptions _options = options;

    /// <inheritdoc/>
    public override bool LeavesData => true;

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => _options.Models;

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => [DataFile];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        for (int k = 0; k < _options.Models.Count; k++)
            plan.RequireTrained(_options, nameof(_options.Models), _options.Models[k], k);
        IReadOnlyList<string> wanted = plan.Registry.Create<SampleScore>(_options.By).Models;
        if (_options.Models.Count != wanted.Count)
        {
            string slug = plan.Registry.ComponentOf(_options.By).Slug;
            plan.Report(
                _options, nameof(_options.Models),
                FormattableString.Invariant($"'{slug}' asks {wanted.Count} models, and the stage names {_options.Models.Count}"),
                $"[{string.Join(", ", wanted)}]");
        }
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Dataset data = context.Data.Split("train");
        using var held = new TensorScope();
        Tensor scores = Scores(context, data);
        int count = Math.Max(1, (int)Math.Round(_options.Keep * data.Count));
        float[] values = scores.ToArray<float>();
        int[] kept = [.. Enumerable.Range(0, data.Count).OrderByDescending(k => values[k]).Take(count).Order()];
        Dataset chosen = data.Subset(kept);
        Tensor places = Tensor.From(Array.ConvertAll(kept, k => (long)k));
        Batch all = chosen.Gather([.. Enumerable.Range(0, count)]);
        var fields = all.Names.ToDictionary(n => n, n => all[n]);
        fields[ScoreField] = scores.IndexSelect(0, places);
        SampleFile.Write(context.In(DataFile), all.Input, Tensor.From([.. chosen.Labels]), chosen.ClassNames, fields);
        for (int label = 0; label < chosen.ClassNames.Count; label++)
        {
            double share = chosen.Labels.Count(l => l == label) / (double)count;
            context.Figures[$"{context.Stage}/train/share_{chosen.ClassNames[label]}"] = share;
        }

        File.Delete(context.In(CheckpointFile));
    }

    private Tensor Scores(StageContext context, Dataset data)
    {
        SampleScore score = context.Registry.Create<SampleScore>(_options.By);
        Role[] models = [.. _options.Models.Select(context.Trained)];
        Loader loader = context.Data.Evaluation(data);
        Tensor scores = Tensor.Zeros(data.Count);
        var loop = new StepLoop(context, loader.StepsPerEpoch)
        {
            UnitsPerStep = loader.BatchSize,
            File = CheckpointFile,
            State = () => [new("scores", scores)],
            Load = state => scores.CopyInPlace(state["scores"]),
        };
        using GradMode off = Autograd.NoGrad();
        loop.Run(step =>
        {
            Batch batch = loader.Epoch(0, (int)step).First().To(context.Device);
            Tensor[] outputs = [.. models.Select(m => m.Model.Call(batch.Input))];
            scores.Narrow(0, step * loader.BatchSize, batch.Count).CopyInPlace(score.Of(batch, outputs));
            return [];
        });
        foreach (Role model in models)
            model.Model.Dispose();
        return scores;
    }
}
