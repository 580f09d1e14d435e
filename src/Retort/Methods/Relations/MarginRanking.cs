using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>What <c>margin-mse</c> takes over from the teacher's scores.</summary>
public enum MarginForm
{
    /// <summary>The lead of the relevant passage over each other one, squared.</summary>
    Margin,

    /// <summary>The scores themselves, squared.</summary>
    Pointwise,

    /// <summary>RankNet, weighted by the teacher's lead.</summary>
    WeightedRankNet,

    /// <summary>RankNet with the teacher's probability that the relevant passage is first.</summary>
    SoftRankNet,

    /// <summary>Scores, and plain RankNet beside them.</summary>
    PointwiseRankNet,

    /// <summary>ListNet: the distribution over all passages of a sample.</summary>
    List,
}

/// <summary>The student's scores need not be the teacher's, only the lead of a relevant passage over another one.</summary>
/// <remarks>
/// <para><b>Paper.</b> Hofstätter et al., "Improving Efficient Neural Ranking Models with Cross-Architecture Knowledge
/// Distillation", arXiv:2010.02666.</para>
/// <para><b>Equation.</b> Margin MSE: the mean of ((s⁺ − s⁻) − (t⁺ − t⁻))². A constant added to all of the teacher's scores
/// changes nothing. The other forms of the paper's code beside it, for comparison.</para>
/// <para><b>Needs.</b> Scores [N, P] by both, P at least 2: column 0 those of a relevant passage, the others those of passages
/// that are not. Each of them is a pair with the relevant one.</para>
/// </remarks>
[Method("margin-mse", Title = "Margin MSE", Family = MethodFamily.Relation, Year = 2020, Paper = "arXiv:2010.02666")]
public sealed class MarginRanking(MarginRankingOptions options) : Criterion(options)
{
    private readonly MarginRankingOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = signals.Student.Output, teacher = signals.Teacher.Output;
        RequireLogits(student, teacher);
        if (_options.Form == MarginForm.List)
            return ListLoss(student, teacher);
        using var scope = new TensorScope();
        (Tensor sp, Tensor sn) = Pairs(student);
        (Tensor tp, Tensor tn) = Pairs(teacher);
        return scope.Keep(_options.Form switch
        {
            MarginForm.Pointwise => PointwiseLoss(sp, sn, tp, tn),
            MarginForm.WeightedRankNet => WeightedRankNetLoss(sp, sn, tp, tn),
            MarginForm.SoftRankNet => SoftRankNetLoss(sp, sn, tp, tn),
            MarginForm.PointwiseRankNet => PointwiseRankNetLoss(sp, sn, tp, tn),
            _ => Loss(sp, sn, tp, tn),
        });
    }

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

    // The relevant passage once for each of the others: [N · (P − 1)] both.
    private static (Tensor Relevant, Tensor Other) Pairs(Tensor scores)
    {
        long others = scores.Size(1) - 1;
        if (others < 1)
            throw new ShapeException($"'scores' {Shapes.Text(scores)} must be [N, P] with two passages or more.");
        Tensor rest = scores.Narrow(1, 1, others);
        return (scores.Narrow(1, 0, 1).ExpandAs(rest).Flatten(), rest.Flatten());
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

/// <summary>What a recipe may write under <c>margin-mse:</c>.</summary>
public sealed record MarginRankingOptions : CriterionOptions
{
    /// <summary>What is taken over from the teacher's scores.</summary>
    public MarginForm Form { get; init; }
}
