using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>Which of the two published forms of <c>at</c> is meant.</summary>
public enum AttentionTransferForm
{
    /// <summary>The mean over all entries of the squared difference, as the paper's code has it.</summary>
    Code,

    /// <summary>The unsquared L2 distance of the maps, mean over the batch, as the paper's equation has it.</summary>
    Paper,
}

/// <summary>The student looks where the teacher looks: maps of energy over the positions are matched, so channels are
/// free.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zagoruyko and Komodakis, "Paying More Attention to Attention: Improving the Performance of
/// Convolutional Neural Networks via Attention Transfer", ICLR 2017, arXiv:1612.03928.</para>
/// <para><b>Equation.</b> A(F) is the mean over the channels of F^p, flattened and scaled to unit L2 norm, [N, H·W]. Per pair
/// of layers:
/// code: the mean over N·H·W of (A_student − A_teacher)²; paper: the mean over N of ‖A_student − A_teacher‖₂.</para>
/// <para><b>Needs.</b> Feature maps [N, C, H, W] of as many layers of each role. The larger of two maps is average-pooled to the
/// smaller before the power.</para>
/// <para><b>Variants.</b> The two forms differ by far: the mean over N·H·W is why the code's weight is 1000.</para>
/// </remarks>
[Method("at", Title = "Attention transfer", Family = MethodFamily.Feature, Year = 2017, Paper = "arXiv:1612.03928")]
public sealed class AttentionTransfer(AttentionTransferOptions options) : Criterion(options)
{
    private readonly AttentionTransferOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        _options.SumOverPairs(signals, (student, teacher) => Loss(student, teacher, _options.Form, _options.Power));

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="student">Student map, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, [N, C′, H′, W′]. No gradient flows here.</param>
    /// <param name="form">Which published form.</param>
    /// <param name="power">p; an even one, or maps without negative values.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">A map has not four dimensions, or the batch sizes differ.</exception>
    public static Tensor Loss(
        Tensor student, Tensor teacher, AttentionTransferForm form = AttentionTransferForm.Code, double power = 2)
    {
        RequireMaps(student, teacher);
        using var scope = new TensorScope();
        (Tensor found, Tensor wanted) = PoolToSmaller(student.AtLeastFloat32(), teacher.AsTarget());
        Tensor difference = Energy(found, power) - Energy(wanted, power);
        return scope.Keep(form == AttentionTransferForm.Code
            ? difference.Square().Mean()
            : difference.Norm(p: 2, dim: 1).Mean());
    }

    private static Tensor Energy(Tensor map, double power) => map.Pow(power).Mean(1).Flatten(1).UnitLength(1);

    [Golden("at")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["student_feat"], vector["teacher_feat"], AttentionTransferForm.Code, vector.Number("p", 2));

    [Golden("at-paper")]
    private static GoldenOutputs GoldenPaper(GoldenInputs vector) =>
        Loss(vector["student_feat"], vector["teacher_feat"], AttentionTransferForm.Paper, vector.Number("p", 2));
}

/// <summary>What a recipe may write under <c>at:</c>. The weight is the code's; it ruins a small net: prefer <c>weight:
/// auto</c>.</summary>
public sealed record AttentionTransferOptions() : StageTapOptions(weight: 1000)
{
    /// <summary>Which published form.</summary>
    public AttentionTransferForm Form { get; init; }

    /// <summary>p.</summary>
    [Range(0, 10, MinimumIsExclusive = true)]
    [Tunable(1, 4)]
    public double Power { get; init; } = 2;
}
