using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
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
/// <para><b>Needs.</b> Logits [N, K, H, W] of student and deep teacher, features [N, C, H, W] of student and wide teacher: the
/// stage's first teacher is the deep one and its last the wide one.</para>
/// <para><b>Variants.</b> In the paper's code gradients reach both nets; here a teacher is a constant.</para>
/// </remarks>
[Method("mgd-ssss", Title = "Multi-granularity distillation", Family = MethodFamily.Dense,
    Year = 2022, Paper = "arXiv:2208.10169")]
public sealed class MultiGranularity(MultiGranularityOptions options) : Criterion(options)
{
    private readonly MultiGranularityOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        if (signals.Teachers.Count == 0)
            throw new InvalidOperationException("'mgd-ssss' needs a deep teacher, and the stage names none.");
        RoleSignals student = signals.Student, deep = signals.Teachers[0], wide = signals.Teachers[^1];
        Tensor image = ImageLoss(student.Tap(_options.StudentScores), deep.Tap(_options.TeacherScores));
        Tensor region = RegionLoss(student.Tap(_options.StudentTap), wide.Tap(_options.TeacherTap), _options.Grid);
        return _options.Image * image + _options.Region * region;
    }

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
        return LocalRelation.Loss(student, teacher, grid);
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

/// <summary>What a recipe may write under <c>mgd-ssss:</c>. Weights of the parts are the authors'.</summary>
public sealed record MultiGranularityOptions() : TapOptions(TapPath.LastStage, weight: 1)
{
    /// <summary>Where the student's class maps are.</summary>
    public TapPath StudentScores { get; init; } = "@output";

    /// <summary>Where the teachers' class maps are.</summary>
    public TapPath TeacherScores { get; init; } = "@output";

    /// <summary>What multiplies the image term.</summary>
    [Range(0, double.MaxValue)]
    public double Image { get; init; } = 0.001;

    /// <summary>What multiplies the region term.</summary>
    [Range(0, double.MaxValue)]
    public double Region { get; init; } = 100;

    /// <summary>How many cells a side of the grid has.</summary>
    [Range(1, 1024)]
    public int Grid { get; init; } = 7;
}
