namespace Retort.Methods.Logits;

/// <summary>A large gap between teacher and student is crossed in steps: nets of sizes between them teach one another.</summary>
/// <remarks>
/// <para><b>Paper.</b> Mirzadeh et al., "Improved Knowledge Distillation via Teacher Assistant", AAAI 2020,
/// arXiv:1902.03393.</para>
/// <para><b>Equation.</b> Each step is (1 − λ) CE(z, y) + λ τ² KL(softmax(z_before / τ) ‖ softmax(z / τ)), the net before the
/// next
/// larger one. Of all chains the one with every assistant is best; of single assistants, one whose accuracy lies in the
/// middle.</para>
/// <para><b>Needs.</b> A <c>train</c> stage for each net of the chain, with the one before as its teacher and the criteria
/// <c>cross-entropy</c> and <c>kd</c>; all on the same data. An interrupted run goes on at the stage it was in.</para>
/// <para><b>Variants.</b> The paper's code takes the mean over N·K elements, K times weaker, so its λ means another ratio.</para>
/// </remarks>
[Method("takd", Title = "Teacher assistants", Family = MethodFamily.Training, Year = 2020, Paper = "arXiv:1902.03393",
    Recipe = "methods/takd.yaml")]
public static class TeacherAssistants;
