using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Features;

/// <summary>The loss of SRRL: the student's adapted feature, read by the teacher's classifier, should give the teacher's
/// logits.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yang et al., "Knowledge Distillation via Softmax Regression Representation Learning", ICLR
/// 2021.</para>
/// <para><b>Equation.</b> α · mean (g′ − g_teacher)² + β · mean (W_teacher g′ + b_teacher − z_teacher)², g′ the student's
/// feature after a
/// 1×1 convolution without bias, batch-norm and ReLU.</para>
/// <para><b>Needs.</b> Pooled features [N, D] of both, the teacher's logits [N, K] and its linear classifier, which stays as it
/// is while
/// gradients pass through it.</para>
/// </remarks>
public static class SoftmaxRegression
{
    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="adapted">g′, [N, D], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">g_teacher, [N, D]. No gradient flows here.</param>
    /// <param name="adaptedLogits">The teacher's classifier on g′, [N, K]. Gradients flow here.</param>
    /// <param name="teacherLogits">z_teacher, [N, K]. No gradient flows here.</param>
    /// <param name="alpha">α, the weight of the features.</param>
    /// <param name="beta">β, the weight of the logits.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Loss(
        Tensor adapted, Tensor teacher, Tensor adaptedLogits, Tensor teacherLogits, double alpha = 1, double beta = 1)
    {
        Shapes.RequireSame(adapted, teacher);
        Shapes.RequireSame(adaptedLogits, teacherLogits);
        Shapes.RequireSameBatch(adapted, adaptedLogits);
        using var scope = new TensorScope();
        Tensor feature = adapted.AtLeastFloat32().MseLoss(teacher.AsTarget());
        return scope.Keep(alpha * feature + beta * adaptedLogits.AtLeastFloat32().MseLoss(teacherLogits.AsTarget()));
    }

    [Golden("srrl")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor student = vector["student_pooled"], teacher = vector["teacher_pooled"];
        using var connector = new Projector(student.Size(1), teacher.Size(1), relu: true);
        using IDisposable bound = vector.Bind(connector, "param:transfer.", name => $"layers.{name}");
        Tensor adapted = connector.Call(student.Unsqueeze(2).Unsqueeze(3)).Flatten(1);
        Tensor logits = Ops.Linear(
            adapted, vector["param:teacher_classifier.weight"], vector.Find("param:teacher_classifier.bias"));
        return new GoldenOutputs
        {
            ["loss"] = Loss(adapted, teacher, logits, vector["teacher_logits"]),
            ["transferred"] = adapted,
            ["pred"] = logits,
        };
    }
}
