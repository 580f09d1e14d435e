using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Sequences;

/// <summary>Losses that teach a ranker from another's scores: by the lead of the relevant passage, by scores, or by
/// lists.</summary>
/// <remarks>
/// <para><b>Paper.</b> Hofstätter et al., "Improving Efficient Neural Ranking Models with Cross-Architecture Knowledge
/// Distillation", arXiv:2010.02666.</para>
/// <para><b>Equation.</b> Margin MSE: the mean of ((s⁺ − s⁻) − (t⁺ − t⁻))². Others beside it, for comparison.</para>
/// <para><b>Needs.</b> Scores [N] of a relevant and an irrelevant passage by both, or of lists [N, L].</para>
/// </remarks>
public static class MarginRanking
{
    /// <summary>The mean squared difference of both rankers' leads, as a function of tensors alone.</summary>
    /// <param name="studentPositive">s⁺, [N]. Gradients flow here.</param>
    /// <param name="studentNegative">s⁻, [N]. Gradients flow here.</param>
    /// <param name="teacherPositive">t⁺, [N]. No gradient flows here.</param>
    /// <param name="teacherNegative">t⁻, [N]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Loss(Tensor studentPositive, Tensor studentNegative, Tensor teacherPositive, Tensor teacherNegative)
    {
        using var scope = new TensorScope();
        (Tensor found, Tensor wanted) = Leads(studentPositive, studentNegative, teacherPositive, teacherNegative);
        return scope.Keep(found.MseLoss(wanted));
    }

    /// <summary>The mean over both passages of the squared difference of scores.</summary>
    /// <inheritdoc cref="Loss"/>
    public static Tensor PointwiseLoss(
        Tensor studentPositive, Tensor studentNegative, Tensor teacherPositive, Tensor teacherNegative)
    {
        RequireScores(studentPositive, studentNegative, teacherPositive, teacherNegative);
        using var scope = new TensorScope();
        return scope.Keep((studentPositive.AtLeastFloat32().MseLoss(teacherPositive.AsTarget())
            + studentNegative.AtLeastFloat32().MseLoss(teacherNegative.AsTarget())) / 2);
    }

    /// <summary>RankNet with the teacher's lead as a weight: the mean of (t⁺ − t⁻) · log(1 + e^{−(s⁺ − s⁻)}).</summary>
    /// <remarks>A negative lead turns the sign of its term: filter such pairs.</remarks>
    /// <inheritdoc cref="Loss"/>
    public static Tensor WeightedRankNetLoss(
        Tensor studentPositive, Tensor studentNegative, Tensor teacherPositive, Tensor teacherNegative)
    {
        using var scope = new TensorScope();
        (Tensor found, Tensor wanted) = Leads(studentPositive, studentNegative, teacherPositive, teacherNegative);
        return scope.Keep((-found.LogSigmoid() * wanted).Mean());
    }

    /// <summary>RankNet with the probability sigmoid(t⁺ − t⁻) as its target.</summary>
    /// <inheritdoc cref="Loss"/>
    public static Tensor SoftRankNetLoss(
        Tensor studentPositive, Tensor studentNegative, Tensor teacherPositive, Tensor teacherNegative)
    {
        using var scope = new TensorScope();
        (Tensor found, Tensor wanted) = Leads(studentPositive, studentNegative, teacherPositive, teacherNegative);
        return scope.Keep(found.BinaryCrossEntropyWithLogits(wanted.Sigmoid()));
    }

    /// <summary>The pointwise loss and plain RankNet added: + mean log(1 + e^{−(s⁺ − s⁻)}).</summary>
    /// <inheritdoc cref="Loss"/>
    public static Tensor PointwiseRankNetLoss(
        Tensor studentPositive, Tensor studentNegative, Tensor teacherPositive, Tensor teacherNegative)
    {
        using var scope = new TensorScope();
        Tensor pointwise = PointwiseLoss(studentPositive, studentNegative, teacherPositive, teacherNegative);
        return scope.Keep(pointwise - (studentPositive.AtLeastFloat32() - studentNegative.AtLeastFloat32()).LogSigmoid().Mean());
    }

    /// <summary>ListNet: the mean over lists of −Σ softmax(t) log(softmax(s) + 1e-6).</summary>
    /// <param name="student">Student scores, [N, L]. Gradients flow here.</param>
    /// <param name="teacher">Teacher scores, [N, L]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, L].</exception>
    public static Tensor ListLoss(Tensor student, Tensor teacher)
    {
        RequireLogits(student, teacher);
        using var scope = new TensorScope();
        return scope.Keep(-(teacher.AsTarget().Softmax(1) * (student.AtLeastFloat32().Softmax(1) + 1e-6).Log()).Sum(1).Mean());
    }

    private static void RequireScores(
        Tensor studentPositive, Tensor studentNegative, Tensor teacherPositive, Tensor teacherNegative)
    {
        Shapes.RequireSame(studentPositive, studentNegative);
        Shapes.RequireSame(studentPositive, teacherPositive);
        Shapes.RequireSame(studentPositive, teacherNegative);
    }

    private static (Tensor Student, Tensor Teacher) Leads(
        Tensor studentPositive, Tensor studentNegative, Tensor teacherPositive, Tensor teacherNegative)
    {
        RequireScores(studentPositive, studentNegative, teacherPositive, teacherNegative);
        Tensor found = studentPositive.AtLeastFloat32() - studentNegative.AtLeastFloat32();
        return (found, teacherPositive.AsTarget() - teacherNegative.AsTarget());
    }

    [Golden("margin-mse")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor sp = vector["student_pos"], sn = vector["student_neg"], tp = vector["teacher_pos"], tn = vector["teacher_neg"];
        var outputs = new GoldenOutputs
        {
            ["loss:margin_mse"] = Loss(sp, sn, tp, tn),
            ["loss:pointwise_mse"] = PointwiseLoss(sp, sn, tp, tn),
            ["loss:weighted_ranknet"] = WeightedRankNetLoss(sp, sn, tp, tn),
            ["loss:ranknet_prob"] = SoftRankNetLoss(sp, sn, tp, tn),
            ["loss:mse_plus_ranknet"] = PointwiseRankNetLoss(sp, sn, tp, tn),
        };
        if (vector.Find("list_student") is { } list)
            outputs["loss:listnet"] = ListLoss(list, vector["list_teacher"]);
        return outputs;
    }
}
