using System.ComponentModel.DataAnnotations;
using Retort.Distillation;
using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;
using static Retort.Methods.Sequences.TokenMath;

namespace Retort.Methods.Sequences;

/// <summary>One knob slides from forward to reverse divergence: the loss of on-policy distillation.</summary>
/// <remarks>
/// <para><b>Paper.</b> Agarwal et al., "On-Policy Distillation of Language Models: Learning from Self-Generated Mistakes",
/// ICLR 2024, arXiv:2306.13649.</para>
/// <para><b>Equation.</b> With M = β p_teacher + (1 − β) p_student: β KL(p_teacher ‖ M) + (1 − β) KL(p_student ‖ M), mean over
/// the positions that
/// count. β = 0 means KL(p_teacher ‖ p_student) and β = 1 KL(p_student ‖ p_teacher), where the formula would give 0.</para>
/// <para><b>Needs.</b> Logits of both on the same tokens, [N, T, V] each, and labels [N, T]. On policy, the tokens are the
/// student's own.</para>
/// </remarks>
[Method("gkd-jsd", Title = "Generalised Jensen-Shannon divergence", Family = MethodFamily.Sequence,
    Year = 2023, Paper = "arXiv:2306.13649")]
public sealed class GeneralizedJensenShannon(GeneralizedJensenShannonOptions options) : TokenCriterion(options)
{
    private readonly GeneralizedJensenShannonOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals, Tensor student, Tensor teacher, Tensor mask) =>
        Loss(student, teacher, mask, _options.Temperature.At(signals.Clock), _options.Beta);

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="student">Student logits, [N, T, V], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, T, V]. No gradient flows here.</param>
    /// <param name="mask">Which positions count, [N, T], true or not 0.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="beta">β in [0, 1].</param>
    /// <returns>A scalar, float32 or wider; 0 where no position counts.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor mask, double temperature = 1, double beta = 0.5)
    {
        RequireTokens(student, teacher, mask);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor wanted = (teacher.AsTarget() / temperature).LogSoftmax(-1);
        Tensor found = (student.AtLeastFloat32() / temperature).LogSoftmax(-1);
        Tensor each;
        if (beta is <= 0 or >= 1)
        {
            each = beta <= 0 ? Divergence(wanted, found) : Divergence(found, wanted);
        }
        else
        {
            Tensor mixture = LogMixture(found, wanted, beta);
            each = Divergence(wanted, mixture) * beta + Divergence(found, mixture) * (1 - beta);
        }

        return scope.Keep(each.MeanOver(mask));
    }

    [Golden("gkd-jsd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        var outputs = new GoldenOutputs();
        foreach (System.Text.Json.JsonElement beta in vector.Raw("betas").EnumerateArray())
        {
            Tensor loss = Loss(
                vector["student_logits"], vector["teacher_logits"], MaskOf(vector.Labels("labels")),
                vector.Number("temperature", 1), beta.GetDouble());
            outputs[$"loss@beta={beta.GetRawText()}"] = loss;
            outputs[$"beta={beta.GetRawText()}"] = loss;
        }

        return outputs;
    }
}

/// <summary>What a recipe may write under <c>gkd-jsd:</c>.</summary>
public sealed record GeneralizedJensenShannonOptions : CriterionOptions
{
    /// <summary>β, the teacher's share of the mixture: 0 forward, 1 reverse.</summary>
    [Range(0, 1)]
    [Tunable(0.1, 0.9)]
    public double Beta { get; init; } = 0.5;

    /// <summary>τ, by which the logits of both are divided; there is no τ² factor.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    [Tunable(0.5, 4, Log = true)]
    public Schedule Temperature { get; init; } = 1;
}
