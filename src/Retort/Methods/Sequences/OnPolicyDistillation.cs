namespace Retort.Methods.Sequences;

/// <summary>The student writes, the teacher grades: a share of the batches is the student's own text.</summary>
/// <remarks>
/// <para><b>Paper.</b> Agarwal et al., "On-Policy Distillation of Language Models: Learning from Self-Generated Mistakes", ICLR
/// 2024, arXiv:2306.13649, algorithm 1.</para>
/// <para><b>Equation.</b> At each step, with u uniform in [0, 1): where u &lt; λ, y is drawn from the student given a prompt x,
/// else it is the data's (or the teacher's, where the stage trains on texts that it wrote). The loss is D(p_teacher(· | x, y) ‖
/// p_student(· | x, y)), the mean over the written tokens. D is any divergence of tokens, such as <c>gkd-jsd</c>; no gradient
/// flows through the writing.</para>
/// <para><b>Needs.</b> A <c>train</c> stage with <c>trainer: { on-policy: { share: λ, prompt: TOKENS } }</c>, from a student that
/// can write already (<c>init_from</c>), a teacher with its vocabulary, and a criterion on tokens. λ = 0 is supervised training
/// on the data; a growing share (<c>share: { linear: … }</c>) with <c>token-forward-kl</c> is imitation learning (Lin et al.,
/// arXiv:2009.07253).</para>
/// <para><b>Variants.</b> The paper draws at temperature 1; the reference trainer at 0.9, with λ = 0.5 and β = 0.5.</para>
/// </remarks>
[Method("gkd", Title = "Generalised on-policy distillation", Family = MethodFamily.Sequence, Year = 2023,
    Paper = "arXiv:2306.13649", Recipe = "methods/gkd.yaml")]
public static class OnPolicyDistillation;
