using Retort.Data;
using Retort.Data.Formats;
using Retort.Distillation;
using Retort.Runs;
using Retort.Selection;
using Retort.Synthesis;
using Retort.Torch;

namespace Retort.Stages;

/// <summary>Keeps some real samples of each class; train stages name it under <c>train_on</c>.</summary>
[Named("select")]
public sealed class SelectStage(SelectStageOptions options) : DataStage(options)
{
    private readonly SelectStageOptions _options = options;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => [.. base.Reads, .. ((string?[])[_options.Model]).OfType<string>()];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        base.Check(plan);
        var selector = plan.Registry.Create<Selector>(_options.By);
        if (_options.Model is { } model)
        {
            if (plan.RequireTrained(_options, nameof(_options.Model), model))
                plan.RequireTaps(_options, nameof(_options.Tap), plan.RoleTrainedAs(model) ?? model, [_options.Tap]);
        }
        else if (selector.NeedsModel)
        {
            plan.Report(
                _options, nameof(_options.By),
                $"'{plan.Registry.ComponentOf(_options.By).Slug}' looks at a trained model's answers, and the stage names none",
                "model: NAME");
        }
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Progress.StageStarted(context.Stage, context.Seed, 0);
        using var scope = new TensorScope();
        Dataset data = RealData(context);
        var selector = context.Registry.Create<Selector>(_options.By);
        Role? model = _options.Model is { } name ? context.Trained(name) : null;
        using TapSession? session = model is null ? null : new TapSession(model, [_options.Tap]);
        var kept = new List<int>();
        try
        {
            var real = new RealSamples(data, context.Data.Preparation, context.Device);
            for (int label = 0; label < real.Classes; label++)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                using var inner = new TensorScope();
                int[] places = [.. real.PlacesOf(label)];
                (Tensor features, Tensor? logits) = Look(real, places, session, context.Data.Options.EvalBatchSize);
                RandomStream random = RandomStream.Derive(context.SeedOf($"selection/{context.Stage}"), (ulong)label);
                int[] chosen = selector.Choose(
                    new SelectionPool(features, logits, label, random), Math.Min(_options.PerClass, places.Length));
                kept.AddRange(chosen.Select(row => places[row]));
            }
        }
        catch (ArgumentException e)
        {
            throw new RunException($"stage '{context.Stage}': {e.Message}", isInputWrong: true, e);
        }

        Dataset subset = data.Subset(kept);
        Tensor inputs = new RealSamples(subset, context.Data.Preparation, context.Device)
            .At([.. Enumerable.Range(0, subset.Count)]).Input;
        SampleFile.Write(context.In(DataFile), subset, SoftLabels(context, inputs));
        context.Figures["samples"] = subset.Count;
        model?.Model.Dispose();
    }

    private (Tensor Features, Tensor? Logits) Look(RealSamples real, int[] places, TapSession? session, int batch)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        var features = new List<Tensor>();
        var logits = new List<Tensor>();
        foreach (int[] chunk in places.Chunk(batch))
        {
            Tensor input = real.At(chunk).Input;
            RoleSignals? signals = session?.Run(input);
            features.Add((signals?.Tap(_options.Tap) ?? input).Flatten(startDim: 1).To(Device.Cpu));
            if (signals is not null)
                logits.Add(signals.Logits.To(Device.Cpu));
        }

        return (scope.Keep(Ops.Cat([.. features])), logits.Count == 0 ? null : scope.Keep(Ops.Cat([.. logits])));
    }
}
