using Retort.Distillation;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation;

/// <summary>A trained network and the place inside it whose features samples are compared by.</summary>
public sealed record FeatureSource
{
    /// <summary>The stage that trained the network, such as a classifier of the same data, or a role with weights.</summary>
    public required string Model { get; init; }

    /// <summary>Where the features are. The default is the last feature before the head.</summary>
    public TapPath Tap { get; init; } = TapPath.LastFeature;

    /// <summary>Reports a network that nothing trains, and a tap that it does not have.</summary>
    internal void Check(RecipePlan plan)
    {
        if (plan.RequireTrained(this, nameof(Model), Model))
            plan.RequireTap(this, nameof(Tap), plan.RoleTrainedAs(Model) ?? Model, Tap);
    }

    /// <summary>Features of several sets of samples, [N, D] each, on the CPU; maps and tokens are flattened.</summary>
    /// <param name="around">Where the network is from.</param>
    /// <param name="sets">Samples as models get them, [N, …] each, on any device.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="size">Samples at a time.</param>
    internal Tensor[] Of(EvaluationSurroundings around, IReadOnlyList<Tensor> sets, Device device, int size)
    {
        Role role = around.Trained(Model);
        using Module network = role.Model;
        using var session = new TapSession(role, [Tap]);
        return
        [
            .. sets.Select(samples => samples.InParts(
                size, part => session.Run(part.To(device)).Tap(Tap).To(Device.Cpu).Flatten(1))),
        ];
    }
}
