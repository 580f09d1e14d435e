using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>Untrained nets teach each other: each matches what its peers predict now.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhang et al., "Deep Mutual Learning", CVPR 2018, arXiv:1706.00384.</para>
/// <para><b>Equation.</b> For a net of M: the mean over its M − 1 peers of KL(p_peer ‖ p_own) at temperature 1, mean over the
/// batch. A peer
/// is a constant here.</para>
/// <para><b>Needs.</b> Logits [N, K] of the net and of its peers, which are the stage's teachers; beside a cross-entropy of
/// weight 1.</para>
/// <para><b>Variants.</b> The paper updates the nets in turn and predicts anew in between; most code predicts once and updates
/// all. That
/// is the trainer's choice, not the loss's.</para>
/// </remarks>
[Method("dml", Title = "Deep mutual learning", Family = MethodFamily.Mutual, Year = 2018, Paper = "arXiv:1706.00384")]
public sealed class DeepMutualLearning(DeepMutualLearningOptions options) : Criterion(options)
{
    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        Loss(signals.Student.Logits, [.. signals.Teachers.Select(t => t.Logits)]);

    /// <summary>The loss of one net, as a function of tensors alone.</summary>
    /// <param name="student">The net's logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="peers">The other nets' logits, [N, K] each; at least one. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    /// <exception cref="ArgumentException">There is no peer.</exception>
    public static Tensor Loss(Tensor student, params IReadOnlyList<Tensor> peers)
    {
        ArgumentNullException.ThrowIfNull(peers);
        if (peers.Count == 0)
            throw new ArgumentException("at least one peer is needed.", nameof(peers));
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32();
        Tensor? total = null;
        foreach (Tensor peer in peers)
        {
            RequireLogits(student, peer);
            Tensor divergence = KlDivergence(peer.AsTarget(), found, dim: 1).Mean();
            total = total is null ? divergence : total + divergence;
        }

        return scope.Keep(total! / peers.Count);
    }

    [Golden("dml")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor labels = vector.Labels("target");
        Tensor[] logits = [.. vector.Names.Where(n => n.StartsWith("logits_", StringComparison.Ordinal)).Select(n => vector[n])];
        var outputs = new GoldenOutputs();
        Tensor? total = null;
        for (int k = 0; k < logits.Length; k++)
        {
            Tensor loss = logits[k].CrossEntropyLoss(labels) + Loss(logits[k], [.. logits.Where((_, other) => other != k)]);
            outputs[$"loss_net{k + 1}"] = loss;
            total = total is null ? loss : total + loss;
        }

        outputs["loss"] = total!;
        return outputs;
    }
}

/// <summary>What a recipe may write under <c>dml:</c>.</summary>
public sealed record DeepMutualLearningOptions : CriterionOptions;
