namespace Retort.Methods.Sequences;

/// <summary>The student learns the teacher's own texts as if they were data: all that a teacher behind an interface
/// gives.</summary>
/// <remarks>
/// <para><b>Paper.</b> Kim and Rush, "Sequence-Level Knowledge Distillation", EMNLP 2016, arXiv:1606.07947.</para>
/// <para><b>Equation.</b> For each prompt x, ŷ is written by the teacher; the loss is −log p_student(ŷ | x), the mean over the
/// written tokens.</para>
/// <para><b>Needs.</b> A <c>generate</c> stage with the teacher as writer, and a <c>train</c> stage with <c>train_on</c> it and a
/// <c>cross-entropy</c>. Prompts are no targets.</para>
/// <para><b>Variants.</b> The paper takes the best of a beam, for translation; here texts are sampled, as is usual for language
/// models, or the likeliest token is taken at a temperature of 0. With a token divergence beside it, it is the paper's mixture
/// of both levels.</para>
/// </remarks>
[Method("seqkd", Title = "Sequence-level KD", Family = MethodFamily.Sequence, Year = 2016, Paper = "arXiv:1606.07947",
    Recipe = "methods/seqkd.yaml")]
public static class SequenceLevelDistillation;
