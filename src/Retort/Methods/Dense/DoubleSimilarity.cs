using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Dense;

/// <summary>How attention moves between layers, and which classes look alike on the class maps, are matched.</summary>
/// <remarks>
/// <para><b>Paper.</b> Feng et al., "Double Similarity Distillation for Semantic Image Segmentation", IEEE Transactions on Image
/// Processing 2021.</para>
/// <para><b>Equation.</b> Pixels: a_l is the mean over channels of f², flattened to unit length; r_nm is a_m − a_n at unit
/// length, for each two layers n before m; the mean over pairs of the mean of (r_student − r_teacher)².
/// Classes: class maps averaged over 2×2 positions, p = softmax over positions of z / τ, G = p pᵀ, [N, K, K]; the mean of
/// (G_student − G_teacher)². Both are tiny numbers: hence their weights.</para>
/// <para><b>Needs.</b> Two layers or more of each role, [N, C, H, W], the last of them the class maps with equal K. Layers of one
/// role are averaged to its smallest map.</para>
/// </remarks>
[Method("dsd-double-similarity", Title = "Double similarity", Family = MethodFamily.Dense,
    Year = 2021, Paper = "https://github.com/skyshoumeng/Label_Assisted_Distillation")]
public sealed class DoubleSimilarity(DoubleSimilarityOptions options) : Criterion(options)
{
    private readonly DoubleSimilarityOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor[] student = _options.StudentFeatures(signals), teacher = _options.TeacherFeatures(signals);
        return _options.PixelWeight * PixelLoss(student, teacher)
            + _options.ClassWeight * ClassLoss(student[^1], teacher[^1], _options.Temperature.At(signals.Clock));
    }

    /// <summary>The part about how attention moves between layers.</summary>
    /// <param name="student">The student's maps, [N, C, H, W], shallow to deep. Gradients flow here.</param>
    /// <param name="teacher">As many of the teacher's. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    /// <exception cref="ArgumentException">There are fewer than two layers, or other numbers of them.</exception>
    public static Tensor PixelLoss(IReadOnlyList<Tensor> student, IReadOnlyList<Tensor> teacher)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(teacher);
        if (student.Count < 2 || student.Count != teacher.Count)
        {
            throw new ArgumentException(
                $"{student.Count} layers of the student and {teacher.Count} of the teacher; two or more of each are needed.",
                nameof(teacher));
        }

        foreach ((Tensor own, Tensor other) in student.Zip(teacher))
            RequireMaps(own, other, nameof(student), nameof(teacher));
        using var scope = new TensorScope();
        Tensor[] found = Attention([.. student.Select(s => s.AtLeastFloat32())]);
        Tensor[] wanted = Attention([.. teacher.Select(t => t.AsTarget())]);
        Tensor? total = null;
        int pairs = 0;
        for (int later = 1; later < found.Length; later++)
        {
            for (int earlier = 0; earlier < later; earlier++, pairs++)
            {
                Tensor own = found[later] - found[earlier], other = wanted[later] - wanted[earlier];
                Shapes.RequireSame(own, other, nameof(student), nameof(teacher));
                Tensor term = own.UnitLength(1).MseLoss(other.UnitLength(1));
                total = total is null ? term : total + term;
            }
        }

        return scope.Keep(total! / pairs);
    }

    /// <summary>The part about which classes look alike.</summary>
    /// <param name="student">The student's class maps, [N, K, H, W]. Gradients flow here.</param>
    /// <param name="teacher">The teacher's, of the same shape. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K, H, W].</exception>
    public static Tensor ClassLoss(Tensor student, Tensor teacher, double temperature = 4)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireSame(student, teacher);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        return scope.Keep(Likeness(student.AtLeastFloat32(), temperature).MseLoss(Likeness(teacher.AsTarget(), temperature)));
    }

    private static Tensor[] Attention(Tensor[] maps)
    {
        long height = maps.Min(m => m.Size(2)), width = maps.Min(m => m.Size(3));
        return Array.ConvertAll(
            maps, m => m.Square().Mean(1, keepDim: true).AdaptiveAvgPool2d([height, width]).Flatten(1).UnitLength(1));
    }

    private static Tensor Likeness(Tensor scores, double temperature)
    {
        Tensor p = (scores.AvgPool2d([2, 2], [2, 2], ceilMode: true).Flatten(2) / temperature).Softmax(2);   // [N, K, M]
        return p.Bmm(p.Transpose(1, 2));
    }

    [Golden("dsd-double-similarity")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor[] student = vector.Series("student"), teacher = vector.Series("teacher");
        Tensor pixels = PixelLoss(student, teacher), classes = ClassLoss(student[^1], teacher[^1], vector.Number("tau"));
        return new GoldenOutputs { ["loss"] = pixels + classes, ["psd"] = pixels, ["csd"] = classes };
    }
}

/// <summary>What a recipe may write under <c>dsd-double-similarity:</c>.</summary>
public sealed record DoubleSimilarityOptions() : StageTapOptions(weight: 1, least: 2)
{
    /// <summary>What multiplies the part about attention; of the order of the paper's, to be tuned.</summary>
    [Range(0, double.MaxValue)]
    public double PixelWeight { get; init; } = 1000;

    /// <summary>What multiplies the part about classes; of the order of the paper's, to be tuned.</summary>
    [Range(0, double.MaxValue)]
    public double ClassWeight { get; init; } = 10;

    /// <summary>τ.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public Schedule Temperature { get; init; } = 4;
}
