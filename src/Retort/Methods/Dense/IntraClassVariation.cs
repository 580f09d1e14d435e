using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Dense;

/// <summary>How like a pixel is to its class's prototype: that map is matched, not the features, so nothing need fit.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wang et al., "Intra-class Feature Variation Distillation for Semantic Segmentation", ECCV 2020.</para>
/// <para><b>Equation.</b> In each image, μ_k is the mean feature of class k's pixels (their number raised by 1e-6) and
/// v_i = cos(f_i, μ_{y_i}); the loss is the mean over N·H·W of (v_student − v_teacher)². Labels take the map's size by nearest
/// neighbours. An ignored pixel is its own prototype, so it adds 0 and still counts in the mean.</para>
/// <para><b>Needs.</b> Maps [N, C, H, W] of both with equal H and W, and label maps [N, h, w]; classes are as many as the
/// student's outputs.</para>
/// </remarks>
[Method("ifvd", Title = "Intra-class feature variation", Family = MethodFamily.Dense,
    Year = 2020, Paper = "https://github.com/YukangWang/IFVD")]
public sealed class IntraClassVariation(IntraClassVariationOptions options) : Criterion(options)
{
    private readonly IntraClassVariationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Tap(_options.StudentTap), signals.Teacher.Tap(_options.TeacherTap), signals.Labels,
        signals.Student.Output.Size(1), _options.IgnoreIndex);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student map, [N, C, H, W], any floating dtype. Gradients flow here, prototypes included.</param>
    /// <param name="teacher">Teacher map, [N, C′, H, W]. No gradient flows here.</param>
    /// <param name="labels">Classes, [N, h, w].</param>
    /// <param name="classes">K; a label of K or more is ignored too.</param>
    /// <param name="ignoreIndex">The label of pixels that have none.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor labels, long classes, long ignoreIndex = 255)
    {
        RequireMaps(student, teacher);
        Shapes.RequireDimensions(labels, 3);
        Shapes.RequireSameBatch(student, labels);
        if (student.Size(2) != teacher.Size(2) || student.Size(3) != teacher.Size(3))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} and 'teacher' {Shapes.Text(teacher)} must have the same height and width.");
        }

        using var scope = new TensorScope();
        Tensor small = NearestTo(labels, student.Size(2), student.Size(3)).Flatten(1).Unsqueeze(1);      // [N, 1, M]
        Tensor kinds = Ops.Arange(0, classes, 1, DType.Int64, labels.Device).Reshape([1, classes, 1]);
        Tensor members = small.Eq(kinds).LogicalAnd(small.Ne(ignoreIndex));                             // [N, K, M]
        return scope.Keep(Likeness(student.AtLeastFloat32(), members).MseLoss(Likeness(teacher.AsTarget(), members)));
    }

    private static Tensor NearestTo(Tensor labels, long height, long width)
    {
        Tensor Places(long to, long from) =>
            Tensor.From((long[])[.. Enumerable.Range(0, (int)to).Select(place => place * from / to)]).To(labels.Device);
        return labels.IndexSelect(1, Places(height, labels.Size(1))).IndexSelect(2, Places(width, labels.Size(2)));
    }

    private static Tensor Likeness(Tensor map, Tensor members)
    {
        Tensor features = map.Flatten(2).Transpose(1, 2);   // [N, M, C]
        Tensor belongs = members.To(features.DType);
        Tensor means = belongs.Bmm(features) / (belongs.Sum(2, keepDim: true) + 1e-6);   // [N, K, C]
        Tensor alone = 1 - belongs.Sum(1).Unsqueeze(2);                                  // [N, M, 1]
        return Ops.CosineSimilarity(belongs.Transpose(1, 2).Bmm(means) + features * alone, features, dim: 2);
    }

    [Golden("ifvd")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student"], vector["teacher"], vector.Labels("labels"), vector.Integer("num_classes"),
        vector.Integer("ignore", 255));
}

/// <summary>What a recipe may write under <c>ifvd:</c>. The weight is the authors'.</summary>
public sealed record IntraClassVariationOptions() : TapOptions(TapPath.LastStage, weight: 200)
{
    /// <summary>The label of pixels that have none.</summary>
    public long IgnoreIndex { get; init; } = 255;
}
