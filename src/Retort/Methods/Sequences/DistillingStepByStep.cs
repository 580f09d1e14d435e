namespace Retort.Methods.Sequences;

/// <summary>A teacher says why, and the student learns to say it too: one model, two prefixed tasks, of which only the label is
/// asked for in the end.</summary>
/// <remarks>
/// <para><b>Paper.</b> Hsieh et al., "Distilling Step-by-Step! Outperforming Larger Language Models with Less Training Data
/// and Smaller Model Sizes", Findings of ACL 2023, arXiv:2305.02301, section 3.2.</para>
/// <para><b>Equation.</b> a CE(label | "predict: " x) + (1 − a) CE(rationale | "explain: " x), each the mean over its own
/// tokens; a is ½ in the code, and λ = (1 − a) / a is 1 in the paper.</para>
/// <para><b>Needs.</b> A teacher that can be asked (an <c>annotate</c> stage), prompts with completions, a language model;
/// the criteria <c>cross-entropy</c> and <c>further-text</c>. Rationales cost nothing at test time: nobody asks for them.</para>
/// <para><b>Variants.</b> Labels may be the data's own or the teacher's (<c>completion</c> of the stage).</para>
/// </remarks>
[Method("distilling-step-by-step", Title = "Distilling step by step", Family = MethodFamily.Dataset, Year = 2023,
    Paper = "arXiv:2305.02301", Recipe = "methods/distilling-step-by-step.yaml")]
public static class DistillingStepByStep;
