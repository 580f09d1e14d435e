using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Logits;

/// <summary>The loss of PS-KD: the net's own prediction of the epoch before softens the label, more and more.</summary>
/// <remarks>
/// <para><b>Paper.</b> Kim et al., "Self-Knowledge Distillation with Progressive Refinement of Targets", ICCV 2021,
/// arXiv:2006.12000.</para>
/// <para><b>Equation.</b> −Σ_k ((1 − α_e) y_k + α_e p_before,k) log softmax(z)_k, mean over the batch; α_e = α (e + 1) / E in
/// epoch e of E,
/// counted from 0. Before the first epoch p_before is the label.</para>
/// <para><b>Needs.</b> Logits [N, K], labels [N], and for each sample the prediction of the epoch before, [N, K].</para>
/// </remarks>
public static class ProgressiveSelfDistillation
{
    /// <summary>α_e, how much of the target is the net's own: it grows linearly to <paramref name="final"/>.</summary>
    /// <param name="epoch">e, from 0.</param>
    /// <param name="epochs">E, above 0.</param>
    /// <param name="final">α; 0.8 in the paper.</param>
    public static double Share(double epoch, double epochs, double final = 0.8) =>
        final * (epoch + 1) / LossMath.RequirePositive(epochs);

    /// <summary>The softened targets, [N, K], in the type of the predictions.</summary>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="previous">Probabilities of the epoch before, [N, K].</param>
    /// <param name="share">α_e.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Targets(Tensor labels, Tensor previous, double share)
    {
        Shapes.RequireLabelled(previous, labels);
        using var scope = new TensorScope();
        Tensor before = previous.Detach().AtLeastFloat32();
        return scope.Keep(labels.OneHot(before.Size(1)).To(before.DType) * (1 - share) + before * share);
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="previous">Probabilities of the epoch before, [N, K].</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="share">α_e.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor previous, Tensor labels, double share)
    {
        LossMath.RequireLogits(student, previous, labels);
        using var scope = new TensorScope();
        return scope.Keep(-(Targets(labels, previous, share) * student.AtLeastFloat32().LogSoftmax(1)).Sum(1).Mean());
    }

    [Golden("ps-kd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        double share = Share(vector.Number("epoch_zero_based"), vector.Number("end_epoch"), vector.Number("alpha_T"));
        Tensor labels = vector.Labels("target"), previous = vector["previous_probs"];
        return new GoldenOutputs
        {
            ["loss"] = Loss(vector["logits"], previous, labels, share),
            ["soft_targets"] = Targets(labels, previous, share),
            ["alpha_t"] = share,
        };
    }
}
