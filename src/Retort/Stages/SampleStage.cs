using Retort.Data.Formats;
using Retort.Distillation;
using Retort.Models.Generative;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Stages;

/// <summary>Lets a generator make a data set, and keeps the noise of each sample beside it.</summary>
/// <remarks>Leaves samples, in the data's own units where it is normalised, and <c>noise</c>, the unit noise that each came from:
/// pairs for methods that learn the way from one to the other. Their label is none. What augments samples parts them from their
/// noise.</remarks>
[Named("sample")]
public sealed class SampleStage(SampleStageOptions options) : Stage(options)
{
    private readonly SampleStageOptions _options = options;

    /// <inheritdoc/>
    public override bool LeavesData => true;

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => [_options.Model];

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => [DataFile];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (!plan.RequireTrained(_options, nameof(_options.Model), _options.Model))
            return;
        if (plan.NetworkOf(plan.RoleTrainedAs(_options.Model) ?? _options.Model) is { } network and not Denoiser)
        {
            plan.Report(
                _options, nameof(_options.Model), $"'{_options.Model}' ({network.GetType().Name}) does not generate",
                "a network that denoises");
        }
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Role role = context.Trained(_options.Model);
        var model = (Denoiser)role.Model;
        long[] shape = [.. context.Data.Split("train").SampleShape];
        int steps = (_options.Samples + _options.BatchSize - 1) / _options.BatchSize;
        Tensor noise = Tensor.Zeros([_options.Samples, .. shape]), made = Tensor.Zeros([_options.Samples, .. shape]);
        Engine.ManualSeed(context.SeedOf($"generation/{context.Stage}"));
        using GradMode off = Autograd.NoGrad();
        var loop = new StepLoop(context, steps)
        {
            State = () => [new("noise", noise), new("samples", made)],
            Load = state =>
            {
                noise.CopyInPlace(state["noise"]);
                made.CopyInPlace(state["samples"]);
            },
            UnitsPerStep = _options.BatchSize,
        };
        loop.Run(step =>
        {
            long from = step * _options.BatchSize, count = Math.Min(_options.BatchSize, _options.Samples - from);
            Tensor drawn = Tensor.Randn(null, [count, .. shape]);
            Tensor found = _options.Sampler.Sample(model, drawn.To(context.Device)).To(Device.Cpu);
            if (!found.Isfinite().All().ToBoolean())
            {
                throw new RunException(
                    $"stage '{context.Stage}' (seed {context.Seed}): '{_options.Model}' generated values that are not finite.");
            }

            noise.Narrow(0, from, count).CopyInPlace(drawn);
            made.Narrow(0, from, count).CopyInPlace(found);
            return [];
        });
        SampleFile.Write(
            context.In(DataFile), context.Data.Denormalize(made),
            Tensor.Full([_options.Samples], Data.Dataset.NoLabel, DType.Int64), [],
            new Dictionary<string, Tensor> { ["noise"] = noise });
        loop.Finish();
        model.Dispose();
    }
}
