using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>The losses of SSKD: soft labels of rotated copies, and how alike a copy is to every original, where the teacher is
/// right.</summary>
/// <remarks>
/// <para><b>Paper.</b> Xu et al., "Knowledge Distillation Meets Self-Supervision", ECCV 2020, arXiv:2006.07114.</para>
/// <para><b>Equation.</b> Rows come in fours: an original and its three copies. S holds the cosines of copies (rows) and
/// originals
/// (columns). w₁ CE(originals) + w₂ τ² KL(originals) + w₃ t² KL(softmax(S_teacher / t) ‖ softmax(S_student / t)) + w₄ τ²
/// KL(copies),
/// the last two over the rows that are kept: those whose truth the teacher ranks first, and the best-ranked share of the
/// others, ⌊share ·
/// number⌋, equal ranks in the order of rows. The truth of a row of S is its own original. Means over the kept rows.</para>
/// <para><b>Needs.</b> Logits [4N, K] and projected features [4N, D] of both (D may differ), labels [N]. The teacher's
/// projection is
/// trained before, alone.</para>
/// </remarks>
public static class SelfSupervisedSimilarity
{
    private const int Copies = 3;
    private const int Group = Copies + 1;

    /// <summary>The divergence of the copies' similarities to all originals, over the rows that are kept.</summary>
    /// <param name="student">Projected features, [4N, D]. Gradients flow here.</param>
    /// <param name="teacher">Projected features, [4N, D′]. No gradient flows here.</param>
    /// <param name="temperature">t, above 0; 0.5 in the paper.</param>
    /// <param name="share">Which share of the wrong rows is kept; 0.75 in the paper.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double temperature = 0.5, double share = 0.75)
    {
        RequireFeatures(student, teacher);
        RequireGroups(student);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor wanted = Similarities(teacher.AsTarget());
        Tensor truth = Ops.Arange(0, wanted.Size(1), 1, DType.Int64, wanted.Device).RepeatInterleave(Copies);
        return scope.Keep(KeptDivergence(Similarities(student.AtLeastFloat32()), wanted, truth, temperature, share));
    }

    /// <summary>The divergence of the copies' soft labels, over the rows that are kept.</summary>
    /// <param name="student">Logits, [4N, K]. Gradients flow here.</param>
    /// <param name="teacher">Logits, [4N, K]. No gradient flows here.</param>
    /// <param name="labels">Integer classes of the originals, [N].</param>
    /// <param name="temperature">τ, above 0; 4 in the paper.</param>
    /// <param name="share">Which share of the wrong rows is kept; 1 in the paper.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor CopiesLoss(Tensor student, Tensor teacher, Tensor labels, double temperature = 4, double share = 1)
    {
        RequireLogits(student, teacher);
        RequireGroups(student);
        RequirePositive(temperature);
        Shapes.RequireDimensions(labels, 1);
        if (labels.Size(0) * Group != student.Size(0))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} must have four rows for each of 'labels' {Shapes.Text(labels)}.");
        }

        using var scope = new TensorScope();
        Tensor found = CopiesOf(student.AtLeastFloat32()), wanted = CopiesOf(teacher.AsTarget());
        return scope.Keep(KeptDivergence(found, wanted, labels.RepeatInterleave(Copies), temperature, share));
    }

    private static void RequireGroups(Tensor student)
    {
        if (student.Size(0) % Group != 0)
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} must have rows in fours: an original and its three copies.");
        }
    }

    private static Tensor OriginalsOf(Tensor rows) => rows.Slice(0, 0, null, Group);

    private static Tensor CopiesOf(Tensor rows) =>
        rows.Reshape([rows.Size(0) / Group, Group, rows.Size(1)]).Narrow(1, 1, Copies).Reshape([-1, rows.Size(1)]);

    private static Tensor Similarities(Tensor features)
    {
        Tensor unit = features.UnitLength(1, floor: 1e-8);
        return CopiesOf(unit).MatMul(OriginalsOf(unit).T());   // [3N, N]
    }

    private static Tensor KeptDivergence(Tensor student, Tensor teacher, Tensor truth, double temperature, double share)
    {
        Tensor kept = KeptRows(teacher, truth, share);
        Tensor found = student.IndexSelect(0, kept) / temperature, wanted = teacher.IndexSelect(0, kept) / temperature;
        Tensor divergence = KlDivergence(wanted, found, dim: 1);

        // Where no row is kept the sum is 0, and the divisor must not be.
        return divergence.Sum() * (temperature * temperature / Math.Max(1, kept.NumElements));
    }

    // How many rows are kept depends on values, so this is one of the few losses that wait for the device.
    private static Tensor KeptRows(Tensor teacher, Tensor truth, double share)
    {
        long[] ranks = teacher.Argsort(1, descending: true).Eq(truth.Unsqueeze(1)).To(DType.Int64).Argmax(1).ToArray<long>();
        int right = ranks.Count(r => r == 0);
        int count = right + (int)((ranks.Length - right) * share);
        IEnumerable<int> kept = Enumerable.Range(0, ranks.Length).OrderBy(row => ranks[row]).Take(count).Order();
        return Tensor.From(kept.Select(row => (long)row).ToArray()).To(teacher.Device);
    }

    [Golden("sskd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor student = vector["student_logits"], teacher = vector["teacher_logits"], labels = vector.Labels("target");
        double[] weights = vector.Numbers("weights_ce_kd_ss_tf");
        Tensor soft = Logits.KnowledgeDistillation.Loss(OriginalsOf(student), OriginalsOf(teacher), vector.Number("kl_T"));
        return weights[0] * OriginalsOf(student).CrossEntropyLoss(labels) + weights[1] * soft
            + weights[2] * Loss(vector["student_ss"], vector["teacher_ss"], vector.Number("ss_T"), vector.Number("ss_ratio"))
            + weights[3] * CopiesLoss(student, teacher, labels, vector.Number("tf_T"), vector.Number("tf_ratio"));
    }
}
