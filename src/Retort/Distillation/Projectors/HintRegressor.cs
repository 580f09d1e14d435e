using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Distillation.Projectors;

/// <summary>Brings a student's map to the size and the channels of a teacher's, as hints need it.</summary>
/// <remarks>
/// <para>[N, C, H, W] → [N, C′, H′, W′] by one layer, which the sizes choose: H = 2H′: 3×3 with stride 2; 2H = H′: a transposed
/// 4×4 with
/// stride 2; H ≥ H′: a kernel of 1 + H − H′. Batch-norm follows, and ReLU unless it is left out.</para>
/// <para>Parameters: <c>conv.*</c>, <c>bn.*</c>.</para>
/// </remarks>
public sealed class HintRegressor : Module
{
    private readonly Module _conv;
    private readonly BatchNorm2d _norm;
    private readonly bool _relu;

    /// <summary>Creates the regressor for two maps.</summary>
    /// <param name="student">The student's map, [N, C, H, W].</param>
    /// <param name="teacher">The teacher's map, [N, C′, H′, W′].</param>
    /// <param name="relu">Whether a ReLU comes last.</param>
    /// <exception cref="ShapeException">No layer leads from one size to the other.</exception>
    public HintRegressor(Tensor student, Tensor teacher, bool relu = true)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireDimensions(teacher, 4);
        long channels = student.Size(1), wanted = teacher.Size(1), height = student.Size(2), width = student.Size(3);
        long toHeight = teacher.Size(2), toWidth = teacher.Size(3);
        Module? conv = height == 2 * toHeight && width == 2 * toWidth ? new Conv2d(channels, wanted, 3, stride: 2, padding: 1)
            : 2 * height == toHeight && 2 * width == toWidth ? new ConvTranspose2d(channels, wanted, 4, stride: 2, padding: 1)
            : height >= toHeight && width >= toWidth ? new Conv2d(channels, wanted, [1 + height - toHeight, 1 + width - toWidth])
            : null;
        _conv = Child("conv", conv ?? throw new ShapeException(
            $"a hint cannot lead from 'student' {Shapes.Text(student)} to 'teacher' {Shapes.Text(teacher)}: "
            + "the student's map must be as large, larger, or half as large."));
        _norm = Child("bn", new BatchNorm2d(wanted));
        _relu = relu;
    }

    /// <summary>Whether a layer leads from the student's size to the teacher's: [N, C, H, W] each.</summary>
    public static bool CanLead(Tensor student, Tensor teacher)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireDimensions(teacher, 4);
        return (student.Size(2) >= teacher.Size(2) && student.Size(3) >= teacher.Size(3))
            || (2 * student.Size(2) == teacher.Size(2) && 2 * student.Size(3) == teacher.Size(3));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Tensor output = _norm.Call(_conv.Call(input));
        return _relu ? output.Relu() : output;
    }
}
