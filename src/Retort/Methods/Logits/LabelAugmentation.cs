using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Logits;

/// <summary>Class and rotation are learnt as one label, and the average over the rotations is distilled into a single
/// pass.</summary>
/// <remarks>
/// <para><b>Paper.</b> Lee, Hwang and Shin, "Self-supervised Label Augmentation via Input Transformations", ICML 2020,
/// arXiv:1910.05872.</para>
/// <para><b>Equation.</b> Row s·M + j is transform j of sample s, its joint class y·M + j. The joint loss is the mean
/// cross-entropy of all rows. The aggregate is the mean over j of the columns j, j + M, … of copy j. Distilled:
/// + CE(single(x₀), y) + τ² KL(softmax(aggregate / τ) ‖ softmax(single(x₀) / τ)), the aggregate a constant.</para>
/// <para><b>Needs.</b> Square pictures [N, C, H, H], labels [N] and the student's last feature. M is 4: rotations by quarter
/// turns. A head of K·M outputs on the feature trains with the student; the model's own head is the single one, and what is
/// exported. The whole objective, without a teacher: no cross-entropy beside it.</para>
/// <para><b>Variants.</b> The untransformed copy is the batch itself: it runs apart from the other three, so batch-norm sees
/// the two groups one after the other.</para>
/// </remarks>
[Method("sla", Title = "Self-supervised label augmentation", Family = MethodFamily.Mutual,
    Year = 2020, Paper = "arXiv:1910.05872")]
public sealed class LabelAugmentation(LabelAugmentationOptions options) : Criterion(options)
{
    private const string Rotations = "quarter-turns";
    private const int Transforms = 4;
    private readonly LabelAugmentationOptions _options = options;
    private Linear? _jointHead;

    /// <inheritdoc/>
    public override bool IsTask => true;

    /// <inheritdoc/>
    public override IEnumerable<InputRequest> Inputs => [new InputRequest(Rotations, Turned, Teacher: false)];

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        long width = signals.Student.Tap(_options.StudentTap).Pooled().Size(1);
        _jointHead = Own("joint_head", new Linear(width, signals.Student.Logits.Size(1) * Transforms));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor upright = signals.Student.Tap(_options.StudentTap).Pooled();
        Tensor turned = signals.Student.On(Rotations).Tap(_options.StudentTap).Pooled();   // [3N, D], sample by sample
        long batch = upright.Size(0), width = upright.Size(1);
        Tensor features = Ops.Cat([upright.Unsqueeze(1), turned.Reshape([batch, Transforms - 1, width])], 1);
        Tensor joint = _jointHead!.Call(features.Reshape([batch * Transforms, width]));
        return Loss(joint, signals.Labels, Transforms) + SingleLoss(
            joint, signals.Student.Logits, signals.Labels, Transforms, _options.Temperature.At(signals.Clock));
    }

    /// <summary>Each picture turned by one, two and three quarters, [3N, C, H, H], sample by sample.</summary>
    private static Tensor Turned(Batch batch)
    {
        Shapes.RequireDimensions(batch.Input, 4, "input");
        if (batch.Input.Size(2) != batch.Input.Size(3))
            throw new ShapeException($"'input' {Shapes.Text(batch.Input)} must be square to be turned by a quarter.");
        using var scope = new TensorScope();
        Tensor quarter = batch.Input.Transpose(2, 3).Flip(2), half = batch.Input.Flip([2, 3]);
        Tensor all = Ops.Stack([quarter, half, half.Transpose(2, 3).Flip(2)], 1);
        return scope.Keep(all.Flatten(0, 1));
    }

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
        using var scope = new TensorScope();
        return scope.Keep(SingleLoss(joint, single.Slice(0, 0, null, transforms), labels, transforms, temperature));
    }

    // The single head's logits of the untransformed copies alone, [N, K].
    private static Tensor SingleLoss(Tensor joint, Tensor single, Tensor labels, int transforms, double temperature)
    {
        Shapes.RequireLabelled(single, labels);
        Tensor soft = KnowledgeDistillation.Loss(single, Aggregate(joint, transforms), temperature);
        return single.AtLeastFloat32().CrossEntropyLoss(labels) + soft;
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

/// <summary>What a recipe may write under <c>sla:</c>.</summary>
public sealed record LabelAugmentationOptions : CriterionOptions
{
    /// <summary>τ of the average over the rotations.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public Schedule Temperature { get; init; } = 1;

    /// <summary>Module path of the student's feature under the joint head.</summary>
    public TapPath StudentTap { get; init; } = TapPath.LastFeature;
}
