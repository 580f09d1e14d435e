using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Dense;

/// <summary>Which pixels of another picture is this pixel like: the answer is matched for every pair of pictures in a
/// batch.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yang et al., "Cross-Image Relational Knowledge Distillation for Semantic Segmentation", CVPR 2022,
/// arXiv:2204.06986, the mini-batch term. Its memory of earlier batches is not part of this method.</para>
/// <para><b>Equation.</b> With channels at unit length, S_ab = F_aᵀ F_b, [M, M], for each ordered pair of pictures;
/// KL(softmax(S_teacher / τ) ‖ softmax(S_student / τ)) over the second picture's pixels, the mean over pairs and over the first's
/// pixels. 0 at agreement, and under any rotation of channels.</para>
/// <para><b>Needs.</b> Maps [N, C, H, W] of both, equally large after pooling; channels may differ. Memory grows with
/// (N·M)².</para>
/// </remarks>
[Method("cirkd-minibatch", Title = "Cross-image relations", Family = MethodFamily.Dense, Year = 2022, Paper = "arXiv:2204.06986")]
public sealed class CrossImageRelation(CrossImageRelationOptions options) : Criterion(options)
{
    private readonly CrossImageRelationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Tap(_options.StudentTap), signals.Teacher.Tap(_options.TeacherTap),
        _options.Temperature.At(signals.Clock), _options.Pool);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student map, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, [N, C′, H, W]. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="pool">Whether 2×2 positions are averaged first.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double temperature = 0.1, bool pool = true)
    {
        RequireMaps(student, teacher);
        RequirePositive(temperature);
        if (student.Size(2) != teacher.Size(2) || student.Size(3) != teacher.Size(3))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} and 'teacher' {Shapes.Text(teacher)} must have the same height and width.");
        }

        using var scope = new TensorScope();
        Tensor found = Likeness(student.AtLeastFloat32(), pool), wanted = Likeness(teacher.AsTarget(), pool);   // [N, M, N, M]
        return scope.Keep(KlDivergence(wanted / temperature, found / temperature, dim: 3).Mean());
    }

    private static Tensor Likeness(Tensor map, bool pool)
    {
        Tensor small = pool ? map.AvgPool2d([2, 2], [2, 2], ceilMode: true) : map;
        long batch = small.Size(0), positions = small.Size(2) * small.Size(3);
        Tensor rows = small.Flatten(2).UnitLength(1).Transpose(1, 2).Reshape([batch * positions, small.Size(1)]);
        return rows.MatMul(rows.T()).Reshape([batch, positions, batch, positions]);
    }

    [Golden("cirkd-minibatch")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["student"], vector["teacher"], vector.Number("temperature"), vector.Flag("pooling"));
}

/// <summary>What a recipe may write under <c>cirkd-minibatch:</c>. The weight is the authors'.</summary>
public sealed record CrossImageRelationOptions() : TapOptions(TapPath.LastStage, weight: 1)
{
    /// <summary>τ.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public Schedule Temperature { get; init; } = 0.1;

    /// <summary>Whether 2×2 positions are averaged first.</summary>
    public bool Pool { get; init; } = true;
}
