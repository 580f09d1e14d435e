using System.ComponentModel.DataAnnotations;
using Retort.Recipes;
using Retort.Registry;
using Retort.Runs;
using Retort.Stages;
using Retort.Torch;

namespace Retort.Tests.Runs;

/// <summary>A stage whose result depends on every step's random number, so that a lost or repeated one shows.</summary>
[Named("random-walk")]
public sealed class RandomWalk(RandomWalkOptions options) : MeasuredStage(options)
{
    internal static Action<long>? AfterStep { get; set; }

    internal static long? DivergeAt { get; set; }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Engine.ManualSeed(context.SeedOf("walk"));
        using Tensor position = Tensor.Zeros(DType.Float32, [1]).Persist();
        var loop = new StepLoop(context, options.Steps)
        {
            CheckpointEvery = 2,
            ReportEvery = 1,
            State = () => [new("position", position)],
            Load = state => position.CopyInPlace(state["position"]),
        };
        loop.Run(step =>
        {
            position.AddInPlace(Tensor.Randn(null, 1) * (step + 1));
            AfterStep?.Invoke(step + 1);
            return [new("loss", step == DivergeAt ? double.NaN : position.ToDouble())];
        });
        context.Figures["walk/test/distance"] = position.ToDouble();
        loop.Finish();
    }
}

/// <summary>What a recipe may write under <c>random-walk:</c>.</summary>
public sealed record RandomWalkOptions : StageOptions
{
    /// <summary>How many steps.</summary>
    [Range(1, 100)]
    public int Steps { get; init; } = 5;
}
