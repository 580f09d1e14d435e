using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>The loss of TinyCLIP: how alike each image is to every text of the batch, and the reverse, should be the
/// teacher's.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wu et al., "TinyCLIP: CLIP Distillation via Affinity Mimicking and Weight Inheritance", ICCV 2023,
/// arXiv:2309.12314.</para>
/// <para><b>Equation.</b> Z = s · I Tᵀ of embeddings at unit length, [N, N]; ½ (CE(softmax(Z_teacher), Z_student) + the same of
/// both
/// transposed), mean over rows. A cross-entropy: at agreement it is the teacher's entropy.</para>
/// <para><b>Needs.</b> Image and text embeddings [N, D] of both; widths may differ between the roles.</para>
/// </remarks>
public static class AffinityMimicking
{
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
