using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Models;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Methods.Features;

/// <summary>The student's adapted feature, read by the teacher's own classifier, should give the teacher's logits.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yang et al., "Knowledge Distillation via Softmax Regression Representation Learning", ICLR
/// 2021.</para>
/// <para><b>Equation.</b> α · mean (g′ − g_teacher)² + β · mean (W_teacher g′ + b_teacher − z_teacher)², g′ the student's
/// feature after a
/// 1×1 convolution without bias, batch-norm and ReLU.</para>
/// <para><b>Needs.</b> Features of both, [N, D] or maps [N, C, H, W], which are pooled (the student's after the convolution); the
/// teacher's logits [N, K] and its linear classifier, which stays as it is while gradients pass through it.</para>
/// <para><b>Variants.</b> Both means are over all elements, as in the SimKD authors' code; weights of small networks must be
/// scaled to the size of the terms.</para>
/// </remarks>
[Method("srrl", Title = "Softmax regression representation learning", Family = MethodFamily.Feature,
    Year = 2021, Paper = "https://openreview.net/forum?id=ZzwDy_wiWv")]
public sealed class SoftmaxRegression(SoftmaxRegressionOptions options) : Criterion(options)
{
    private readonly SoftmaxRegressionOptions _options = options;
    private Projector? _projector;
    private Linear? _classifier;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        Role teacher = attachment.Teacher;
        string path = _options.Classifier ?? (teacher.Model as IHasFeatures)?.Head
            ?? throw new ArgumentException(
                $"teacher '{teacher.Name}' does not say where its classifier is; name it in srrl's `classifier`.");
        _classifier = teacher.Model.TryFind(path) as Linear
            ?? throw new ArgumentException(
                $"srrl needs the teacher's linear classifier, and '{path}' of '{teacher.Name}' is no linear layer.");
    }

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Tensor student = signals.Student.Tap(_options.StudentTap), teacher = signals.Teacher.Tap(_options.TeacherTap).Pooled();
        if (_classifier is { } classifier && classifier.InFeatures != teacher.Size(1))
        {
            throw new ArgumentException(
                $"srrl: the teacher's classifier reads {classifier.InFeatures} features, and its tap '{_options.TeacherTap}' "
                + $"has {teacher.Size(1)}.");
        }

        _projector = Own("projector", new Projector(student.Size(Projector.ChannelsOf(student)), teacher.Size(1), relu: true));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor student = signals.Student.Tap(_options.StudentTap);
        Tensor adapted = Adapted(_projector!, student);
        Tensor logits = Ops.Linear(adapted, _classifier!.Weight.Value.Detach(), _classifier.Bias?.Value.Detach());
        Tensor teacher = signals.Teacher.Tap(_options.TeacherTap).Pooled();
        return Loss(adapted, teacher, logits, signals.Teacher.Logits, _options.FeatureWeight, _options.LogitWeight);
    }

    private static Tensor Adapted(Projector projector, Tensor student) =>
        projector.Call(student.Dimensions == 2 ? student.Unsqueeze(2).Unsqueeze(3) : student).Pooled();

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
        Tensor adapted = Adapted(connector, student);
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

/// <summary>What a recipe may write under <c>srrl:</c>. Both weights are 1 in the SimKD authors' code.</summary>
public sealed record SoftmaxRegressionOptions() : TapOptions(TapPath.LastFeature, weight: 1)
{
    /// <summary>α, the weight of the features.</summary>
    [Range(0, double.MaxValue)]
    public double FeatureWeight { get; init; } = 1;

    /// <summary>β, the weight of the logits.</summary>
    [Range(0, double.MaxValue)]
    public double LogitWeight { get; init; } = 1;

    /// <summary>Path of the teacher's linear classifier. The default is the one that the model declares.</summary>
    public string? Classifier { get; init; }
}
