using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>Keeps only the correlation with a strong teacher: of a sample's class scores, and of a class's scores over the
/// batch.</summary>
/// <remarks>
/// <para><b>Paper.</b> Huang et al., "Knowledge Distillation from A Stronger Teacher", NeurIPS 2022, arXiv:2205.10536.</para>
/// <para><b>Equation.</b> τ² (β (1 − mean over samples of ρ(rows)) + γ (1 − mean over classes of ρ(columns))) with ρ Pearson's
/// correlation
/// of softmax(z / τ), its denominator raised by 1e-8; 0 at agreement, at most 2 τ² (β + γ).</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each; a batch large enough for the columns; beside a cross-entropy of weight
/// 1.</para>
/// </remarks>
[Method("dist", Title = "DIST", Family = MethodFamily.Relation, Year = 2022, Paper = "arXiv:2205.10536")]
public sealed class StrongerTeacher(StrongerTeacherOptions options) : Criterion(options)
{
    private readonly StrongerTeacherOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => Loss(
        signals.Student.Logits, signals.Teacher.Logits, _options.Beta, _options.Gamma, _options.Temperature.At(signals.Clock));

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="beta">β, the weight of correlations within a sample.</param>
    /// <param name="gamma">γ, the weight of correlations within a class.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double beta = 2, double gamma = 2, double temperature = 4)
    {
        RequireLogits(student, teacher);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor found = (student.AtLeastFloat32() / temperature).Softmax(1);
        Tensor wanted = (teacher.AsTarget() / temperature).Softmax(1);
        Tensor within = 1 - Correlation(found, wanted, dim: 1).Mean(), across = 1 - Correlation(found, wanted, dim: 0).Mean();
        return scope.Keep((beta * within + gamma * across) * (temperature * temperature));
    }

    [Golden("dist")]
    private static GoldenOutputs Golden(GoldenInputs vector) => Loss(
        vector["student_logits"], vector["teacher_logits"], vector.Number("beta"), vector.Number("gamma"), vector.Number("tau"));
}

/// <summary>What a recipe may write under <c>dist:</c>.</summary>
public sealed record StrongerTeacherOptions : CriterionOptions
{
    /// <summary>β, the weight of correlations within a sample; 1 on ImageNet.</summary>
    [Range(0, double.MaxValue)]
    public double Beta { get; init; } = 2;

    /// <summary>γ, the weight of correlations within a class; 1 on ImageNet.</summary>
    [Range(0, double.MaxValue)]
    public double Gamma { get; init; } = 2;

    /// <summary>τ; 4 on CIFAR-100, 1 on ImageNet.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 10, Log = true)]
    public Schedule Temperature { get; init; } = 4;
}
