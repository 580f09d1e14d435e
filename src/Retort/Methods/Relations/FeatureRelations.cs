using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>DIST carried from class scores to feature maps: only correlations with the teacher's maps count.</summary>
/// <remarks>
/// <para><b>Paper.</b> Huang et al., "DIST+: Knowledge Distillation From a Stronger Adaptive Teacher", TPAMI 2025,
/// doi:10.1109/TPAMI.2025.3554235, the part that goes beyond <c>dist</c> at the level of features.</para>
/// <para><b>Equation.</b> ι (1 − mean over samples and positions of ρ(channels)) + κ (1 − mean over positions of ρ(batch)),
/// summed over the layers; ρ is Pearson's correlation, its denominator raised by 1e-8. The second is taken of the maps' sums
/// over channels. 0 at agreement, at most 2 (ι + κ) a layer. What does not vary correlates 0 and gets no gradient.</para>
/// <para><b>Needs.</b> Maps [N, C, H, W] of as many layers of each role, the larger averaged to the smaller; a 1×1 projector
/// where channels differ. Beside <c>cross-entropy</c> and <c>dist</c>, whose weight it shares.</para>
/// <para><b>Variants.</b> Public code (torchdistill) adds ρ over channels itself, which falls as the maps part; here it is 1 −
/// ρ, as for the other relations. The paper also adapts the teacher before: fine-tune it in a <c>train</c> stage of its
/// own.</para>
/// </remarks>
[Method("dist-plus", Title = "DIST+ on features", Family = MethodFamily.Relation,
    Year = 2025, Paper = "doi:10.1109/TPAMI.2025.3554235")]
public sealed class FeatureRelations(FeatureRelationsOptions options) : Criterion(options)
{
    // Below this spread the slope of a correlation is rounding noise many times too large.
    private const double LeastSpread = 1e-6;
    private readonly FeatureRelationsOptions _options = options;
    private readonly Dictionary<int, Projector> _align = [];

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        Tensor[] student = _options.StudentFeatures(signals), teacher = _options.TeacherFeatures(signals);
        for (int k = 0; k < student.Length; k++)
        {
            RequireMaps(student[k], teacher[k]);
            if (student[k].Size(1) != teacher[k].Size(1))
                _align[k] = Own($"align{k}", Projector.Between(student[k], teacher[k], norm: false));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => _options.SumOverPairs(signals, (k, student, teacher) =>
        Loss(
            _align.TryGetValue(k, out Projector? align) ? align.Call(student) : student, teacher, _options.Iota, _options.Kappa));

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="student">Student map, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, [N, C, H′, W′]. No gradient flows here.</param>
    /// <param name="iota">ι, the weight of correlations over channels.</param>
    /// <param name="kappa">κ, the weight of correlations over the batch.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double iota = 1, double kappa = 1)
    {
        RequireMaps(student, teacher);
        if (student.Size(1) != teacher.Size(1))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} and 'teacher' {Shapes.Text(teacher)} must have the same channels "
                + "(dimension 1).");
        }

        using var scope = new TensorScope();
        (Tensor found, Tensor wanted) = PoolToSmaller(student.AtLeastFloat32(), teacher.AsTarget());
        Tensor channels = 1 - Relation(found, wanted, dim: 1), batch = 1 - Relation(found.Sum(1), wanted.Sum(1), dim: 0);
        return scope.Keep(channels * iota + batch * kappa);
    }

    private static Tensor Relation(Tensor found, Tensor wanted, long dim)
    {
        Tensor varies = found.Detach().Std([dim], unbiased: false).Gt(LeastSpread);
        return (Correlation(found, wanted, dim) * varies.To(found.DType)).Mean();
    }
}

/// <summary>What a recipe may write under <c>dist-plus:</c>. The weight is public code's, beside <c>dist</c> of the
/// same.</summary>
public sealed record FeatureRelationsOptions() : StageTapOptions(weight: 2)
{
    /// <summary>ι, the weight of correlations over a position's channels.</summary>
    [Range(0, double.MaxValue)]
    public double Iota { get; init; } = 1;

    /// <summary>κ, the weight of correlations over the batch.</summary>
    [Range(0, double.MaxValue)]
    public double Kappa { get; init; } = 1;
}
