using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Logits;

/// <summary>Moves the batch of student distributions onto the batch of teacher distributions at the least transport
/// cost.</summary>
/// <remarks>
/// <para><b>Paper.</b> Cui et al., "Sinkhorn Distance Minimization for Knowledge Distillation", LREC-COLING 2024,
/// arXiv:2402.17110.</para>
/// <para><b>Equation.</b> W_ij = ‖softmax(z_student,i / τ) − softmax(z_teacher,j / τ)‖₁, K = exp(−W / ε), whose rows and then
/// columns are
/// divided by their sums, again and again; the loss is 0.001 Σ_ij K_ij W_ij. Columns end with the sum 1, so it grows with
/// N.</para>
/// <para><b>Needs.</b> Logits of both, [N, K] each, of a whole batch; beside <c>kd</c>.</para>
/// </remarks>
[Method("sinkd", Title = "Sinkhorn KD", Family = MethodFamily.Logit, Year = 2024, Paper = "arXiv:2402.17110")]
public sealed class SinkhornDistillation(SinkhornDistillationOptions options) : Criterion(options)
{
    private readonly SinkhornDistillationOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals) => _options.Scale * Loss(
        signals.Student.Logits, signals.Teacher.Logits, _options.Temperature.At(signals.Clock), _options.Epsilon,
        _options.Iterations);

    /// <summary>The transport cost, as a function of tensors alone; the criterion multiplies it by its scale.</summary>
    /// <param name="student">Student logits, [N, K], any floating dtype. Gradients flow here, through every iteration.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="epsilon">ε, above 0: how far the plan is blurred. Below 0.05 the exponential loses digits.</param>
    /// <param name="iterations">How often rows and columns are normalised.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, double temperature = 2, double epsilon = 0.1, int iterations = 20)
    {
        RequireLogits(student, teacher);
        RequirePositive(temperature);
        RequirePositive(epsilon);
        using var scope = new TensorScope();
        Tensor found = (student.AtLeastFloat32() / temperature).Softmax(1);
        Tensor wanted = (teacher.AsTarget() / temperature).Softmax(1);
        Tensor cost = (found.Unsqueeze(1) - wanted.Unsqueeze(0)).Abs().Sum(2);   // [N, N]
        Tensor plan = (cost / -epsilon).Exp();
        for (int k = 0; k < iterations; k++)
        {
            plan /= plan.Sum(1, keepDim: true);
            plan /= plan.Sum(0, keepDim: true);
        }

        return scope.Keep((plan * cost).Sum());
    }

    [Golden("sinkd")]
    private static GoldenOutputs Golden(GoldenInputs vector) => vector.Number("outer_weight") * Loss(
        vector["student_logits"], vector["teacher_logits"], vector.Number("T"), vector.Number("epsilon"),
        vector.Integer("n_iters"));
}

/// <summary>What a recipe may write under <c>sinkd:</c>.</summary>
public sealed record SinkhornDistillationOptions : CriterionOptions
{
    /// <summary>Creates options whose weight is the paper's β.</summary>
    public SinkhornDistillationOptions() => Weight = 0.8;

    /// <summary>What the transport cost is multiplied by inside the method; 0.0008 for GPT.</summary>
    [Range(0, double.MaxValue)]
    public double Scale { get; init; } = 0.001;

    /// <summary>τ of both nets.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(1, 10, Log = true)]
    public Schedule Temperature { get; init; } = 2;

    /// <summary>ε, how far the transport plan is blurred.</summary>
    [Range(0, 100, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 0.1;

    /// <summary>How often rows and columns are normalised.</summary>
    [Range(1, 1000)]
    public int Iterations { get; init; } = 20;
}
