using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Sequences;

/// <summary>The loss of ULD: between different vocabularies only the sorted probabilities are compared, position by
/// position.</summary>
/// <remarks>
/// <para><b>Paper.</b> Boizard et al., "Towards Cross-Tokenizer Distillation: the Universal Logit Distillation Loss for
/// LLMs", TMLR 2025, arXiv:2402.12030.</para>
/// <para><b>Equation.</b> Both answers are aligned at their first token and cut to the shorter. With probabilities sorted by
/// falling
/// value and the smaller vocabulary filled up with zeros: the mean over texts of the mean over positions of Σ_v |p_student,(v)
/// − p_teacher,(v)|.</para>
/// <para><b>Needs.</b> Logits of both on their own tokens of one text, and labels of both, −100 outside the answer.</para>
/// <para><b>Variants.</b> As in the paper's code an answer begins one position before its first label, where that token is
/// predicted.</para>
/// </remarks>
public static class UniversalLogit
{
    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, T, V], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, T′, V′]. No gradient flows here.</param>
    /// <param name="studentLabels">Labels in the student's tokens, [N, T].</param>
    /// <param name="teacherLabels">Labels in the teacher's tokens, [N, T′].</param>
    /// <param name="studentTemperature">τ of the student, above 0.</param>
    /// <param name="teacherTemperature">τ of the teacher, above 0.</param>
    /// <returns>A scalar, float32 or wider. A text without an answer counts as 0.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(
        Tensor student, Tensor teacher, Tensor studentLabels, Tensor teacherLabels,
        double studentTemperature = 1, double teacherTemperature = 1)
    {
        Shapes.RequireDimensions(student, 3);
        Shapes.RequireDimensions(teacher, 3);
        Shapes.RequireSameBatch(student, teacher);
        TokenMath.RequireMask(student, studentLabels);
        TokenMath.RequireMask(teacher, teacherLabels);
        RequirePositive(studentTemperature);
        RequirePositive(teacherTemperature);
        using var scope = new TensorScope();
        long vocabulary = Math.Max(student.Size(2), teacher.Size(2));
        (int Start, int Length)[] own = Answers(studentLabels), other = Answers(teacherLabels);
        Tensor? total = null;
        for (int k = 0; k < own.Length; k++)
        {
            int length = Math.Min(own[k].Length, other[k].Length);
            if (length == 0)
                continue;
            Tensor found = Sorted(student[k].AtLeastFloat32().Narrow(0, own[k].Start, length), studentTemperature, vocabulary);
            Tensor wanted = Sorted(teacher[k].AsTarget().Narrow(0, other[k].Start, length), teacherTemperature, vocabulary);
            Tensor term = (found - wanted).Abs().Sum(1).Mean();
            total = total is null ? term : total + term;
        }

        // Without any answer the loss is 0, and still has a graph.
        return scope.Keep(total is null ? student.AtLeastFloat32().Sum() * 0 : total / own.Length);
    }

    private static Tensor Sorted(Tensor logits, double temperature, long vocabulary)
    {
        Tensor sorted = (logits / temperature).Softmax(1).Sort(1, descending: true).Item1;
        return sorted.Size(1) == vocabulary ? sorted : sorted.ConstantPadNd([0, vocabulary - sorted.Size(1)], 0);
    }

    private static (int Start, int Length)[] Answers(Tensor labels)
    {
        int width = checked((int)labels.Size(1));
        long[] values = labels.To(DType.Int64).ToArray<long>();
        return [.. Enumerable.Range(0, checked((int)labels.Size(0))).Select(row =>
        {
            ReadOnlySpan<long> line = values.AsSpan(row * width, width);
            int leading = line.IndexOfAnyExcept(TokenMath.IgnoreIndex);
            int start = Math.Max(0, (leading < 0 ? width : leading) - 1);
            return (start, Math.Min(width - line.Count(TokenMath.IgnoreIndex), width - start));
        })];
    }

    [Golden("uld")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor student = vector["student_logits"], labels = vector.Labels("student_labels");
        Tensor distance = Loss(
            student, vector["teacher_logits"], labels, vector.Labels("teacher_labels"),
            vector.Number("student_temperature", 1), vector.Number("teacher_temperature", 1));
        Tensor loss = vector.Number("distillation_weight") * distance;
        double label = vector.Number("crossentropy_weight", 0);
        if (label == 0)
            return loss;
        long last = labels.Size(1) - 1;
        return loss + label * student.Narrow(1, 0, last).Flatten(0, 1).CrossEntropyLoss(labels.Narrow(1, 1, last).Flatten());
    }
}
