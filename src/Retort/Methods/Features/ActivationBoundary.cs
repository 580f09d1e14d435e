using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>Transfers which neurons fire, not how strongly, by a squared hinge on what goes into the ReLUs.</summary>
/// <remarks>
/// <para><b>Paper.</b> Heo et al., "Knowledge Transfer via Distillation of Activation Boundaries Formed by Hidden Neurons",
/// AAAI 2019, arXiv:1811.03233.</para>
/// <para><b>Equation.</b> With s the student's value after a projector, t the teacher's and m the margin: (s + m)² where t ≤ 0
/// and s > −m,
/// (s − m)² where t > 0 and s ≤ m, else 0; summed over elements, divided by N. Over layers i = 0 … n − 1 the sum of 2^{i − n +
/// 1} times it.</para>
/// <para><b>Needs.</b> Feature maps [N, C, H, W] before their ReLU, the larger average-pooled; a train stage of its own before
/// the
/// ordinary one. The sum grows with the maps.</para>
/// </remarks>
[RecipeExample(Term = "ab: { student_taps: [layer3.0.relu@input], teacher_taps: [layer3.2.relu@input] }")]
[Method("ab", Title = "Activation boundaries", Family = MethodFamily.Feature, Year = 2019, Paper = "arXiv:1811.03233")]
public sealed class ActivationBoundary(ActivationBoundaryOptions options) : Criterion(options)
{
    private readonly ActivationBoundaryOptions _options = options;
    private readonly List<Projector> _projectors = [];

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        Tensor[] student = _options.StudentFeatures(signals), teacher = _options.TeacherFeatures(signals);
        for (int k = 0; k < student.Length; k++)
        {
            RequireMaps(student[k], teacher[k]);
            RequireBeforeRelu(teacher[k], _options.TeacherTaps[k]);
            _projectors.Add(Own($"projector{k}", Projector.Between(student[k], teacher[k])));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => _options.SumOverPairs(signals, (k, student, teacher) =>
    {
        (Tensor found, Tensor wanted) = PoolToSmaller(student, teacher);
        return Loss(_projectors[k].Call(found), wanted, _options.Margin) * Math.Pow(2, k - _options.StudentTaps.Count + 1);
    });

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="student">The student's values before the ReLU, after the projector, [N, …]. Gradients flow here.</param>
    /// <param name="teacher">The teacher's values before the ReLU, of the same shape. No gradient flows here.</param>
    /// <param name="margin">m, how far beyond 0 a value must be to cost nothing.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double margin = 1)
    {
        Shapes.RequireBatched(student);
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), fires = teacher.Detach().Gt(0).To(found.DType);
        Tensor below = (margin - found).ClampMin(0).Square(), above = (found + margin).ClampMin(0).Square();
        return scope.Keep((fires * below + (1 - fires) * above).Sum() / student.Size(0));
    }

    [Golden("ab")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        Loss(vector["student_preact_after_connector"], vector["teacher_preact"], vector.Number("margin"));
}

/// <summary>What a recipe may write under <c>ab:</c>. The weight is the authors' on CIFAR-10: 3 / 1000.</summary>
public sealed record ActivationBoundaryOptions() : StageTapOptions(weight: 0.003, namesLayers: true)
{
    /// <summary>m; 2 for wide layers.</summary>
    [Range(0, 1000)]
    public double Margin { get; init; } = 1;
}
