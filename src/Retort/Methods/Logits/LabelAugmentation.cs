using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>The losses of SLA: joint labels of class and transformation, and their average distilled into a single
/// pass.</summary>
/// <remarks>
/// <para><b>Paper.</b> Lee, Hwang and Shin, "Self-supervised Label Augmentation via Input Transformations", ICML 2020,
/// arXiv:1910.05872.</para>
/// <para><b>Equation.</b> Row s·M + j is transform j of sample s, its joint class y·M + j. The joint loss is the mean
/// cross-entropy of all
/// rows. The aggregate is the mean over j of the columns j, j + M, … of copy j. Distilled:
/// + CE(single(x₀), y) + τ² KL(softmax(aggregate / τ) ‖ softmax(single(x₀) / τ)), the aggregate a constant.</para>
/// <para><b>Needs.</b> Joint logits [N·M, K·M]; for the distilled form the single head's logits on the same rows, [N·M, K];
/// labels [N].</para>
/// </remarks>
public static class LabelAugmentation
{
    /// <summary>The joint class of every row, [N·M]: y·M + j.</summary>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="transforms">M.</param>
    public static Tensor JointLabels(Tensor labels, int transforms)
    {
        Shapes.RequireDimensions(labels, 1);
        using var scope = new TensorScope();
        Tensor kinds = Ops.Arange(0, transforms, 1, DType.Int64, labels.Device);
        return scope.Keep((labels.Unsqueeze(1).Mul(transforms) + kinds).Flatten());
    }

    /// <summary>The mean over the transforms of the logits that each copy gives its own transform's classes: [N·M, K·M] → [N,
    /// K].</summary>
    /// <exception cref="ShapeException">Rows or columns are no multiple of M.</exception>
    public static Tensor Aggregate(Tensor joint, int transforms)
    {
        RequireMultiple(joint, transforms);
        using var scope = new TensorScope();
        Tensor split = joint.Reshape([joint.Size(0) / transforms, transforms, joint.Size(1) / transforms, transforms]);
        return scope.Keep(split.Diagonal(0, 1, 3).Mean(2));
    }

    /// <summary>The logits of a single pass of the joint head: the untransformed copy's columns of the identity, [N,
    /// K].</summary>
    /// <exception cref="ShapeException">Rows or columns are no multiple of M.</exception>
    public static Tensor SingleInference(Tensor joint, int transforms)
    {
        RequireMultiple(joint, transforms);
        using var scope = new TensorScope();
        return scope.Keep(joint.Slice(0, 0, null, transforms).Slice(1, 0, null, transforms));
    }

    /// <summary>The joint loss, as a function of tensors alone.</summary>
    /// <param name="joint">Joint logits, [N·M, K·M]. Gradients flow here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="transforms">M.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor joint, Tensor labels, int transforms = 4)
    {
        RequireMultiple(joint, transforms);
        using var scope = new TensorScope();
        Tensor jointLabels = JointLabels(labels, transforms);
        Shapes.RequireLabelled(joint, jointLabels);
        return scope.Keep(joint.AtLeastFloat32().CrossEntropyLoss(jointLabels));
    }

    /// <summary>What distils the aggregate into a single head, to be added to the joint loss.</summary>
    /// <param name="joint">Joint logits, [N·M, K·M]. No gradient flows here.</param>
    /// <param name="single">The single head's logits of all rows, [N·M, K]; only untransformed copies count. Gradients flow
    /// here.</param>
    /// <param name="labels">Integer classes, [N].</param>
    /// <param name="transforms">M.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor DistillationLoss(Tensor joint, Tensor single, Tensor labels, int transforms = 4, double temperature = 1)
    {
        Shapes.RequireSameBatch(joint, single);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor own = single.Slice(0, 0, null, transforms);
        Shapes.RequireLabelled(own, labels, nameof(single));
        Tensor soft = KnowledgeDistillation.Loss(own, Aggregate(joint, transforms), temperature);
        return scope.Keep(own.AtLeastFloat32().CrossEntropyLoss(labels) + soft);
    }

    private static void RequireMultiple(Tensor joint, int transforms)
    {
        Shapes.RequireDimensions(joint, 2);
        if (transforms < 1 || joint.Size(0) % transforms != 0 || joint.Size(1) % transforms != 0)
        {
            throw new ShapeException(
                $"'joint' {Shapes.Text(joint)} must have rows and columns in multiples of {transforms} transforms.");
        }
    }

    [Golden("sla")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor joint = vector["joint_logits"], labels = vector.Labels("target");
        int transforms = vector.Integer("transforms");
        Tensor own = Loss(joint, labels, transforms);
        return new GoldenOutputs
        {
            ["loss"] = own + DistillationLoss(joint, vector["single_logits"], labels, transforms, vector.Number("T")),
            ["loss_sla_only"] = own,
            ["aggregated_logits"] = Aggregate(joint, transforms),
            ["joint_labels"] = JointLabels(labels, transforms),
            ["single_inference_logits"] = SingleInference(joint, transforms),
        };
    }
}
