using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>The image and region terms of multi-granularity distillation for semi-supervised segmentation.</summary>
/// <remarks>
/// <para><b>Paper.</b> Qin et al., "Multi-granularity Distillation Scheme Towards Lightweight Semi-supervised Semantic
/// Segmentation", ECCV 2022, arXiv:2208.10169.</para>
/// <para><b>Equation.</b> Image: Σ_n Σ_k |mean over positions of z_student − the same of z_deep|, a plain sum. Region: maps
/// average-pooled
/// to g×g cells, A the cosines of the cells' channels, [N, g², g²]; the mean of (A_student − A_wide)².
/// 0.001 · image + 100 · region.</para>
/// <para><b>Needs.</b> Logits [N, K, H, W] of student and deep teacher, features [N, C, H, W] of student and wide teacher.</para>
/// <para><b>Variants.</b> In the paper's code gradients reach both nets; here a teacher is a constant.</para>
/// </remarks>
public static class MultiGranularity
{
    /// <summary>The image term, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K, H, W]. Gradients flow here.</param>
    /// <param name="teacher">The deep teacher's logits, [N, K, H′, W′]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor ImageLoss(Tensor student, Tensor teacher)
    {
        RequireMaps(student, teacher);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32().Pooled(), wanted = teacher.AsTarget().Pooled();
        Shapes.RequireSame(found, wanted, nameof(student), nameof(teacher));
        return scope.Keep((found - wanted).Abs().Sum());
    }

    /// <summary>The region term, as a function of tensors alone.</summary>
    /// <param name="student">Student map, [N, C, H, W]. Gradients flow here.</param>
    /// <param name="teacher">The wide teacher's map, [N, C′, H′, W′]. No gradient flows here.</param>
    /// <param name="grid">g, how many cells a side has.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor RegionLoss(Tensor student, Tensor teacher, int grid = 7)
    {
        RequireMaps(student, teacher);
        using var scope = new TensorScope();
        return scope.Keep(Cosines(student.AtLeastFloat32(), grid).MseLoss(Cosines(teacher.AsTarget(), grid)));
    }

    private static Tensor Cosines(Tensor map, int grid)
    {
        Tensor cells = map.AdaptiveAvgPool2d([grid, grid]).Flatten(2).UnitLength(1, floor: 1e-8);   // [N, C, g²]
        return cells.Transpose(1, 2).Bmm(cells);
    }

    [Golden("mgd-ssss")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor image = ImageLoss(vector["student_logits"], vector["teacher_deep_logits"]);
        Tensor region = RegionLoss(vector["student_aspp"], vector["teacher_wide_aspp"], vector.Integer("grid"));
        return new GoldenOutputs
        {
            ["loss"] = vector.Number("lambda_sem") * image + vector.Number("lambda_content") * region,
            ["sem"] = image,
            ["content"] = region,
        };
    }
}
