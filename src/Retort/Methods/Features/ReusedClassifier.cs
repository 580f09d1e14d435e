using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>The loss of SimKD: the student's last map is brought to the teacher's, whose own classifier then serves
/// both.</summary>
/// <remarks>
/// <para><b>Paper.</b> Chen et al., "Knowledge Distillation with the Reused Teacher Classifier", CVPR 2022,
/// arXiv:2203.14001.</para>
/// <para><b>Equation.</b> The mean over all elements of (P(F_student) − F_teacher)², the larger map average-pooled to the
/// smaller first. No
/// label takes part. The prediction is W_teacher · mean over the positions of P(F_student) + b_teacher.</para>
/// <para><b>Needs.</b> The last feature map [N, C, H, W] of both, and the teacher's linear classifier. The projector stays in
/// the deployed
/// student.</para>
/// </remarks>
public static class ReusedClassifier
{
    /// <summary>P: 1×1, 3×3 and 1×1 convolutions without bias, each with batch-norm and ReLU; [N, C, H, W] → [N, C′, H,
    /// W].</summary>
    /// <param name="inChannels">The student's channels.</param>
    /// <param name="outChannels">The teacher's channels.</param>
    /// <param name="reduction">By what the teacher's channels are divided in the middle.</param>
    public static Sequential Projector(long inChannels, long outChannels, long reduction = 2)
    {
        long middle = Math.Max(1, outChannels / reduction);
        return new Sequential(
            new Conv2d(inChannels, middle, 1, bias: false), new BatchNorm2d(middle), new Relu(),
            new Conv2d(middle, middle, 3, padding: 1, bias: false), new BatchNorm2d(middle), new Relu(),
            new Conv2d(middle, outChannels, 1, bias: false), new BatchNorm2d(outChannels), new Relu());
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="projected">The student's map after the projector, [N, C, H, W], any floating dtype. Gradients flow
    /// here.</param>
    /// <param name="teacher">The teacher's map, of the same shape. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Loss(Tensor projected, Tensor teacher)
    {
        Shapes.RequireSame(projected, teacher);
        using var scope = new TensorScope();
        return scope.Keep(projected.AtLeastFloat32().MseLoss(teacher.AsTarget()));
    }

    /// <summary>What the deployed student predicts: the teacher's classifier on the projected map, [N, K].</summary>
    /// <param name="projected">The student's map after the projector, [N, C, H, W].</param>
    /// <param name="weight">The classifier's weight, [K, C].</param>
    /// <param name="bias">The classifier's bias, [K], or null.</param>
    /// <exception cref="ShapeException">The map has not four dimensions.</exception>
    public static Tensor Predict(Tensor projected, Tensor weight, Tensor? bias)
    {
        Shapes.RequireDimensions(projected, 4);
        return Ops.Linear(projected.Mean([2, 3]), weight, bias);
    }

    [Golden("simkd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        (Tensor student, Tensor teacher) = PoolToSmaller(vector["student_feat"], vector["teacher_feat"]);
        using Sequential projector = Projector(student.Size(1), teacher.Size(1), vector.Integer("factor"));
        using IDisposable bound = vector.Bind(projector, "param:transfer.");
        Tensor projected = projector.Call(student);
        return new GoldenOutputs
        {
            ["loss"] = Loss(projected, teacher),
            ["pred_logits"] = Predict(
                projected, vector["param:teacher_classifier.weight"], vector.Find("param:teacher_classifier.bias")),
        };
    }
}
