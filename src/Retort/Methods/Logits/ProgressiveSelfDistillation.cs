using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Logits;

/// <summary>The net's own prediction of the epoch before softens the label, more and more.</summary>
/// <remarks>
/// <para><b>Paper.</b> Kim et al., "Self-Knowledge Distillation with Progressive Refinement of Targets", ICCV 2021,
/// arXiv:2006.12000.</para>
/// <para><b>Equation.</b> −Σ_k ((1 − α_e) y_k + α_e p_before,k) log softmax(z)_k, mean over the batch; α_e = α (e + 1) / E in
/// epoch e of E, counted from 0. Before the first epoch p_before is the label.</para>
/// <para><b>Needs.</b> Logits [N, K], labels [N], and the samples' ids: for each sample the last prediction is kept, and is part
/// of checkpoints. It is made from the view that training saw. The whole objective: no cross-entropy beside it.</para>
/// </remarks>
[Method("ps-kd", Title = "Progressive self-KD", Family = MethodFamily.Mutual, Year = 2021, Paper = "arXiv:2006.12000")]
public sealed class ProgressiveSelfDistillation(ProgressiveSelfDistillationOptions options) : Criterion(options)
{
    private readonly ProgressiveSelfDistillationOptions _options = options;
    private long _samples;
    private SampleStore? _past;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        _samples = attachment.IdBound;
    }

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        _past = Own("past", new SampleStore(_samples, signals.Student.Logits.Size(1)));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = signals.Student.Logits, past = _past!.Call(signals.Batch.Index);

        // A row of zeros was never written: the label itself stands for it.
        Tensor label = signals.Labels.OneHot(student.Size(1)).To(past.DType);
        Tensor previous = Ops.Where(past.Sum(1, keepDim: true).Gt(0), past, label);
        StepClock clock = signals.Clock;
        double perEpoch = Math.Max(1, clock.StepsPerEpoch), epochs = Math.Max(1, clock.TotalSteps / perEpoch);
        return Loss(student, previous, signals.Labels, Share(Math.Floor(clock.Step / perEpoch), epochs, _options.FinalShare));
    }

    /// <inheritdoc/>
    protected override void Remember(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        using var scope = new TensorScope();
        _past!.Write(signals.Batch.Index, signals.Student.Logits.AtLeastFloat32().Softmax(1));
    }

    /// <summary>α_e, how much of the target is the net's own: it grows linearly to <paramref name="final"/>.</summary>
    /// <param name="epoch">e, from 0.</param>
    /// <param name="epochs">E, above 0.</param>
    /// <param name="final">α; 0.8 in the paper.</param>
    public static double Share(double epoch, double epochs, double final = 0.8) =>
        Math.Min(1, final * (epoch + 1) / LossMath.RequirePositive(epochs));

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

/// <summary>What a recipe may write under <c>ps-kd:</c>.</summary>
public sealed record ProgressiveSelfDistillationOptions : CriterionOptions
{
    /// <summary>α, how much of the target is the net's own in the last epoch.</summary>
    [Range(0, 1)]
    public double FinalShare { get; init; } = 0.8;
}
