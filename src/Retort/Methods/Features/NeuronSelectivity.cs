using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Features;

/// <summary>The channels of a layer are samples of where neurons fire, and both nets' samples should have one
/// distribution.</summary>
/// <remarks>
/// <para><b>Paper.</b> Huang and Wang, "Like What You Like: Knowledge Distill via Neuron Selectivity Transfer",
/// arXiv:1707.01219.</para>
/// <para><b>Equation.</b> The squared maximum mean discrepancy of the channels' maps at unit length, with k(a, b) = (⟨a, b⟩ +
/// c)^d:
/// mean k(t, t) + mean k(s, s) − 2 mean k(s, t), over the samples and all pairs of channels. 0 where both sets are equal.</para>
/// <para><b>Needs.</b> Feature maps [N, C, H, W] of as many layers of each role; channels may differ. The larger of two maps is
/// average-pooled to the smaller.</para>
/// </remarks>
[Method("nst", Title = "Neuron selectivity transfer", Family = MethodFamily.Feature, Year = 2017, Paper = "arXiv:1707.01219")]
public sealed class NeuronSelectivity(NeuronSelectivityOptions options) : Criterion(options)
{
    private readonly NeuronSelectivityOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) =>
        _options.SumOverPairs(signals, (student, teacher) => Loss(student, teacher, _options.Degree, _options.Offset));

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="student">Student map, [N, C, H, W], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher map, [N, C′, H′, W′]. No gradient flows here.</param>
    /// <param name="degree">d of the kernel.</param>
    /// <param name="offset">c of the kernel.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">A map has not four dimensions, or the batch sizes differ.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, int degree = 2, double offset = 0)
    {
        RequireMaps(student, teacher);
        using var scope = new TensorScope();
        (Tensor found, Tensor wanted) = PoolToSmaller(student.AtLeastFloat32(), teacher.AsTarget());
        Tensor s = found.Flatten(2).UnitLength(2), t = wanted.Flatten(2).UnitLength(2);   // [N, C, H·W]
        Tensor Kernel(Tensor a, Tensor b) => (a.Bmm(b.Transpose(1, 2)) + offset).Pow(degree).Mean();
        return scope.Keep(Kernel(t, t) + Kernel(s, s) - 2 * Kernel(s, t));
    }

    [Golden("nst")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(vector["student_feat"], vector["teacher_feat"]);
}

/// <summary>What a recipe may write under <c>nst:</c>. The weight is the benchmarks' on CIFAR-100.</summary>
public sealed record NeuronSelectivityOptions() : StageTapOptions(weight: 50)
{
    /// <summary>d of the kernel.</summary>
    [Range(1, 10)]
    public int Degree { get; init; } = 2;

    /// <summary>c of the kernel.</summary>
    [Range(0, double.MaxValue)]
    public double Offset { get; init; }
}
