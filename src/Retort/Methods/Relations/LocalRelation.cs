using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>Which regions of one map are alike is matched, cell by cell of a grid, instead of a statistic of the whole
/// map.</summary>
/// <remarks>
/// <para><b>Paper.</b> No single one: the common form of patch-level relation losses, such as the region term of Qin et al.,
/// arXiv:2208.10169.</para>
/// <para><b>Equation.</b> Maps are average-pooled to g×g cells, each cell's channels scaled to unit length: V, [N, g², C];
/// A = V Vᵀ; the mean of (A_student − A_teacher)², summed over the layers. At most 4 a layer, 0 at agreement and under any
/// rotation of channels.</para>
/// <para><b>Needs.</b> Maps [N, C, H, W] of as many layers of each role; channels and sizes may differ. Memory grows with
/// g⁴.</para>
/// </remarks>
[Method("local-kd", Title = "Local relations", Family = MethodFamily.Relation, Year = 2022, Paper = "arXiv:2208.10169")]
public sealed class LocalRelation(LocalRelationOptions options) : Criterion(options)
{
    private readonly LocalRelationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        _options.SumOverPairs(signals, (student, teacher) => Loss(student, teacher, _options.Grid));

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="student">Student map, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, [N, C′, H′, W′]. No gradient flows here.</param>
    /// <param name="grid">g, how many cells a side has.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The grid has no cell.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, int grid = 4)
    {
        RequireMaps(student, teacher);
        ArgumentOutOfRangeException.ThrowIfLessThan(grid, 1);
        using var scope = new TensorScope();
        Tensor Cells(Tensor map) => map.AdaptiveAvgPool2d([grid, grid]).Flatten(2);
        return scope.Keep(Affinity(Cells(student.AtLeastFloat32())).MseLoss(Affinity(Cells(teacher.AsTarget()))));
    }

    /// <summary>The same between chosen positions alone, such as those of objects.</summary>
    /// <param name="student">Student map, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, [N, C′, H, W]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, H, W], 0 or 1.</param>
    /// <returns>A scalar, float32 or wider: the mean over pairs of chosen positions of one picture; 0 where there are
    /// none.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor MaskedLoss(Tensor student, Tensor teacher, Tensor mask)
    {
        RequireMaps(student, teacher);
        Shapes.RequireDimensions(mask, 3);
        Shapes.RequireSameBatch(student, mask);
        if (student.Size(2) != teacher.Size(2) || student.Size(3) != teacher.Size(3))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} and 'teacher' {Shapes.Text(teacher)} must have the same height and width.");
        }

        using var scope = new TensorScope();
        Tensor difference = Affinity(student.AtLeastFloat32().Flatten(2)) - Affinity(teacher.AsTarget().Flatten(2));
        Tensor counts = mask.Detach().Flatten(1).To(difference.DType);
        Tensor pairs = counts.Unsqueeze(1) * counts.Unsqueeze(2);   // [N, M, M]
        return scope.Keep((difference.Square() * pairs).Sum() / pairs.Sum().ClampMin(1));
    }

    private static Tensor Affinity(Tensor cells)
    {
        Tensor unit = cells.UnitLength(1, floor: 1e-8);   // [N, C, M]
        return unit.Transpose(1, 2).Bmm(unit);
    }
}

/// <summary>What a recipe may write under <c>local-kd:</c>.</summary>
public sealed record LocalRelationOptions() : StageTapOptions(weight: 1)
{
    /// <summary>g, how many cells a side of the grid has; 4 to 8.</summary>
    [Range(1, 1024)]
    public int Grid { get; init; } = 4;
}
