using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Sequences;

/// <summary>The losses of MiniLLM: reverse divergence over whole sequences, by a clipped policy gradient.</summary>
/// <remarks>
/// <para><b>Paper.</b> Gu et al., "MiniLLM: Knowledge Distillation of Large Language Models", ICLR 2024,
/// arXiv:2306.08543.</para>
/// <para><b>Equation.</b> R_t = Σ_{k ≥ t} γ^{k − t} r_k over the number of tokens that count from t on (1 where there is none);
/// A = (R − mean) /
/// √(variance + 1e-8) over all N·T entries, unbiased. With ratio = w exp((log q − log q_old) · mask) the loss is the mean over
/// the tokens
/// that count of max(−A ratio, −A clip(ratio, 1 ± ε)).</para>
/// <para><b>Needs.</b> Texts that the student and the teacher wrote together, [N, T], with rewards, a mask and
/// log-probabilities.</para>
/// <para><b>Variants.</b> As in the paper's code, padding takes part in the mean and the variance.</para>
/// </remarks>
public static class PolicyGradientReverseKl
{
    /// <summary>R, the discounted rewards to go by the length of what is left, [N, T].</summary>
    /// <param name="rewards">r, [N, T]. No gradient flows.</param>
    /// <param name="mask">Which tokens count, [N, T].</param>
    /// <param name="gamma">γ, the discount of a step.</param>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, T].</exception>
    public static Tensor RewardsToGo(Tensor rewards, Tensor mask, double gamma = 0.95)
    {
        Shapes.RequireDimensions(rewards, 2);
        Shapes.RequireSame(rewards, mask);
        using var scope = new TensorScope();
        Tensor given = rewards.AsTarget();
        Tensor step = Ops.Arange(0, given.Size(1), 1, given.DType, given.Device);
        Tensor ahead = step.Unsqueeze(1) - step.Unsqueeze(0);                                              // [T, T]: k − t
        Tensor discount = Ops.Pow(gamma, ahead.ClampMin(0)) * ahead.Ge(0).To(given.DType);
        Tensor left = mask.To(given.DType).Flip(1).Cumsum(1).Flip(1).ClampMin(1);
        return scope.Keep(given.MatMul(discount) / left);
    }

    /// <summary>A, values less their mean over their spread, over all entries.</summary>
    /// <param name="values">[N, T]. No gradient flows.</param>
    public static Tensor Whitened(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var scope = new TensorScope();
        Tensor given = values.AsTarget();
        return scope.Keep((given - given.Mean()) / (given.Var(unbiased: true) + 1e-8).Sqrt());
    }

    /// <summary>The policy-gradient loss, as a function of tensors alone.</summary>
    /// <param name="logProbabilities">log q of the written tokens, [N, T]. Gradients flow here.</param>
    /// <param name="oldLogProbabilities">log q when they were written, [N, T].</param>
    /// <param name="advantages">A, [N, T]. No gradient flows here.</param>
    /// <param name="weights">w, the importance of a token under the mixed sampling, [N, T].</param>
    /// <param name="mask">Which tokens count, [N, T].</param>
    /// <param name="clip">ε.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor Loss(
        Tensor logProbabilities, Tensor oldLogProbabilities, Tensor advantages, Tensor weights, Tensor mask, double clip = 0.2)
    {
        Shapes.RequireDimensions(logProbabilities, 2);
        Shapes.RequireSame(logProbabilities, oldLogProbabilities);
        Shapes.RequireSame(logProbabilities, advantages);
        Shapes.RequireSame(logProbabilities, weights);
        Shapes.RequireSame(logProbabilities, mask);
        using var scope = new TensorScope();
        Tensor now = logProbabilities.AtLeastFloat32(), gain = advantages.AsTarget();
        Tensor ratio = weights.AsTarget() * ((now - oldLogProbabilities.AsTarget()) * mask.To(now.DType)).Exp();
        return scope.Keep((-gain * ratio).Maximum(-gain * ratio.Clamp(1 - clip, 1 + clip)).MeanOver(mask));
    }

    [Golden("minillm")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor mask = vector.Labels("mask");
        Tensor returns = RewardsToGo(vector["rewards"], mask, vector.Number("gamma")), advantages = Whitened(returns);
        Tensor policy = Loss(
            vector["logprobs"], vector["old_logprobs"], advantages, vector["w"], mask, vector.Number("cliprange"));
        Tensor single = TokenReverseKl.Loss(vector["student_logits"], vector["teacher_logits"], mask);
        return new GoldenOutputs
        {
            ["advantages_unwhitened"] = returns,
            ["advantages"] = advantages,
            ["pg_loss"] = policy,
            ["single_step_loss"] = single,
            ["loss"] = policy + single,
        };
    }
}
