using Retort.Distillation;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>How alike any two positions of a map are is matched, whatever their channels mean: long-range structure.</summary>
/// <remarks>
/// <para><b>Paper.</b> He et al., "Knowledge Adaptation for Efficient Semantic Segmentation", CVPR 2019, arXiv:1903.04688,
/// the affinity term. Its other term, in a translated space, is <c>ft</c> with the norm of a sample.</para>
/// <para><b>Equation.</b> S_ij = ⟨f_i, f_j⟩ / (‖f_i‖ ‖f_j‖ M) over the M positions; the mean over the batch of
/// ‖S_student − S_teacher‖_F, not squared, summed over the layers.</para>
/// <para><b>Needs.</b> Maps [N, C, H, W] of as many layers of each role; channels may differ, and the larger of two maps is
/// averaged to the smaller.</para>
/// <para><b>Variants.</b> Some public code compares, channel by channel, the outer products of positions.</para>
/// </remarks>
[Method("kta-affinity", Title = "Affinity distillation (KTA)", Family = MethodFamily.Relation,
    Year = 2019, Paper = "arXiv:1903.04688")]
public sealed class KnowledgeAffinity(KnowledgeAffinityOptions options) : Criterion(options)
{
    // The slope of an unsquared norm at 0 is undefined; under the root this keeps it 0.
    private const double Floor = 1e-24;
    private readonly KnowledgeAffinityOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => _options.SumOverPairs(signals, Loss);

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="student">Student map, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, [N, C′, H′, W′]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher)
    {
        RequireMaps(student, teacher);
        using var scope = new TensorScope();
        (Tensor found, Tensor wanted) = PoolToSmaller(student.AtLeastFloat32(), teacher.AsTarget());
        Tensor difference = Affinity(found) - Affinity(wanted);
        return scope.Keep(difference.Square().Sum([1, 2]).ClampMin(Floor).Sqrt().Mean() / (found.Size(2) * found.Size(3)));
    }

    private static Tensor Affinity(Tensor map)
    {
        Tensor unit = map.Flatten(2).UnitLength(1);
        return unit.Transpose(1, 2).Bmm(unit);
    }
}

/// <summary>What a recipe may write under <c>kta-affinity:</c>.</summary>
public sealed record KnowledgeAffinityOptions() : StageTapOptions(weight: 1);
