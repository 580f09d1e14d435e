using Retort.Distillation;
using Retort.Golden;
using Retort.Models.Composed;
using Retort.Torch;
using Retort.Torch.Nn;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>The student's last map is brought to the teacher's, whose own classifier then serves both.</summary>
/// <remarks>
/// <para><b>Paper.</b> Chen et al., "Knowledge Distillation with the Reused Teacher Classifier", CVPR 2022,
/// arXiv:2203.14001.</para>
/// <para><b>Equation.</b> The mean over all elements of (P(F_student) − F_teacher)². No label takes part. The prediction is
/// W_teacher · mean over the positions of P(F_student) + b_teacher.</para>
/// <para><b>Needs.</b> A student of <c>model: grafted</c>, whose projector P and classifier stay in it when it is deployed; a
/// stage with <c>head_from</c>, which gives it the teacher's classifier; the maps [N, C, H, W] that go into the classifier's
/// pooling. No other term.</para>
/// <para><b>Variants.</b> The larger map is average-pooled to the smaller: the teacher's here, the student's before P where the
/// grafted model says <c>side</c>, else after it.</para>
/// </remarks>
[RecipeExample(
    Student = "{ model: grafted, backbone: { model: cifar-resnet8, in_channels: 1 }, "
        + "donor: { model: cifar-resnet20, in_channels: 1, classes: 36 } }",
    Stage = "head_from: teacher", IsAlone = true)]
[Method("simkd", Title = "Reused teacher classifier", Family = MethodFamily.Feature, Year = 2022, Paper = "arXiv:2203.14001")]
public sealed class ReusedClassifier(ReusedClassifierOptions options) : Criterion(options)
{
    private readonly ReusedClassifierOptions _options = options;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        if (attachment.Student.Model is Grafted)
            return;
        throw new ArgumentException(
            $"simkd trains a student that classifies with its teacher's last layer: give role '{attachment.Student.Name}' "
            + "`model: grafted`, and the stage `head_from`.");
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        (Tensor student, Tensor teacher) = PoolToSmaller(
            signals.Student.Tap(_options.StudentTap), signals.Teacher.Tap(_options.TeacherTap));
        return Loss(student, teacher);
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
        using Sequential projector = Grafted.Projector(student.Size(1), teacher.Size(1), vector.Integer("factor"));
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

/// <summary>What a recipe may write under <c>simkd:</c>. The last stage of a grafted student is its projector.</summary>
public sealed record ReusedClassifierOptions() : TapOptions(TapPath.LastStage, weight: 1);
