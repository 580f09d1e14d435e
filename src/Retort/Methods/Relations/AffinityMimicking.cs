using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>How alike each image is to every text of the batch, and the reverse, should be the teacher's: TinyCLIP.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wu et al., "TinyCLIP: CLIP Distillation via Affinity Mimicking and Weight Inheritance", ICCV 2023,
/// arXiv:2309.12314.</para>
/// <para><b>Equation.</b> Z = s · I Tᵀ of embeddings at unit length, [N, N]; ½ (CE(softmax(Z_teacher), Z_student) + the same of
/// both
/// transposed), mean over rows. A cross-entropy: at agreement it is the teacher's entropy.</para>
/// <para><b>Needs.</b> Models of both roles that embed a batch's input and its captions, [N, D] each, such as <c>two-tower</c>;
/// widths may differ between the roles. It stands for the contrastive loss: no label takes part.</para>
/// </remarks>
[Method("tinyclip-affinity", Title = "Affinity mimicking (TinyCLIP)", Family = MethodFamily.Relation,
    Year = 2023, Paper = "arXiv:2309.12314")]
public sealed class AffinityMimicking(AffinityMimickingOptions options) : Criterion(options)
{
    private readonly AffinityMimickingOptions _options = options;

    /// <inheritdoc/>
    public override IEnumerable<InputRequest> Inputs => [Contrastive.CaptionOf(_options.Caption)];

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Output, signals.Student.On(_options.Caption).Output,
        signals.Teacher.Output, signals.Teacher.On(_options.Caption).Output,
        _options.OwnScale, _options.OtherScale);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="studentImage">Student's image embeddings, [N, D]. Gradients flow here.</param>
    /// <param name="studentText">Student's text embeddings, [N, D]. Gradients flow here.</param>
    /// <param name="teacherImage">Teacher's image embeddings, [N, D′]. No gradient flows here.</param>
    /// <param name="teacherText">Teacher's text embeddings, [N, D′]. No gradient flows here.</param>
    /// <param name="studentScale">s of the student.</param>
    /// <param name="teacherScale">s of the teacher.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(
        Tensor studentImage, Tensor studentText, Tensor teacherImage, Tensor teacherText,
        double studentScale = 50, double teacherScale = 50)
    {
        RequireLogits(studentImage, studentText);
        RequireLogits(teacherImage, teacherText);
        Shapes.RequireSameBatch(studentImage, teacherImage);
        using var scope = new TensorScope();
        Tensor found = Affinity(studentImage.AtLeastFloat32(), studentText.AtLeastFloat32()) * studentScale;
        Tensor wanted = Affinity(teacherImage.AsTarget(), teacherText.AsTarget()) * teacherScale;
        return scope.Keep((SoftCrossEntropy(wanted, found, dim: 1).Mean() + SoftCrossEntropy(wanted, found, dim: 0).Mean()) / 2);
    }

    private static Tensor Affinity(Tensor image, Tensor text) => image.UnitLength(1).MatMul(text.UnitLength(1).T());

    [Golden("tinyclip-affinity")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_image"], vector["student_text"], vector["teacher_image"], vector["teacher_text"],
        vector.Number("logit_scale_student"), vector.Number("logit_scale_teacher"));
}

/// <summary>What a recipe may write under <c>tinyclip-affinity:</c>.</summary>
public sealed record AffinityMimickingOptions : CriterionOptions
{
    /// <summary>What the batch calls the captions.</summary>
    public string Caption { get; init; } = "caption";

    /// <summary>s of the student, the inverse of its temperature.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double OwnScale { get; init; } = 50;

    /// <summary>s of the teacher.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double OtherScale { get; init; } = 50;
}
