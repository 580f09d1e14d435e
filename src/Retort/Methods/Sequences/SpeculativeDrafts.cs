namespace Retort.Methods.Sequences;

/// <summary>A draft model learns, on its own text, to guess what the model that it drafts for would write.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhou et al., "DistillSpec: Improving Speculative Decoding via Knowledge Distillation", ICLR 2024,
/// arXiv:2310.08461.</para>
/// <para><b>Equation.</b> E_{x, y ~ draft} [D(p_target(· | x, y) ‖ p_draft(· | x, y))], the mean over the written tokens. The
/// share of guesses that speculative decoding keeps is α = 1 − E[TVD(p_target, p_draft)], and each run of the target gives
/// (1 − α^(γ + 1)) / (1 − α) tokens for γ guesses.</para>
/// <para><b>Needs.</b> A draft that was trained already, the trainer <c>on-policy</c> with a share of 1, a divergence of tokens
/// (<c>token-forward-kl</c>, <c>gkd-jsd</c>, <c>token-tvd</c>), and a <c>speculate</c> stage to measure α, with the sampling that
/// the draft will be used with.</para>
/// <para><b>Variants.</b> The paper finds no divergence best everywhere, and trains on texts of the data, the target, the draft,
/// or a mixture: <c>train_on</c> a <c>generate</c> stage, and the trainer's share.</para>
/// </remarks>
[Method("distillspec", Title = "Distilled drafts", Family = MethodFamily.Sequence, Year = 2023,
    Paper = "arXiv:2310.08461", Recipe = "methods/distillspec.yaml")]
public static class SpeculativeDrafts;
