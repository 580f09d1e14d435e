using System.ComponentModel.DataAnnotations;

namespace Retort.Methods.Datasets;

/// <summary>Model inversion that looks at almost whole pictures first and at small crops last.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yin and Shen, "Dataset Distillation via Curriculum Data Synthesis in Large Data Era", TMLR 2024,
/// arXiv:2311.18838, section 3.3.</para>
/// <para><b>Equation.</b> The loss of <c>sre2l</c> with a lower bound of the crop's area that goes from 1 to 0.08 over the steps:
/// 0.08 + 0.92 (1 + cos(π i / S)) / 2.</para>
/// <para><b>Needs.</b> What <c>sre2l</c> needs.</para>
/// <para><b>Variants.</b> <c>min_area: linear</c> or a <c>step</c> are the paper's other courses. A crop of the whole area still
/// changes proportions.</para>
/// </remarks>
[Method("cda", Title = "Curriculum data synthesis", Family = MethodFamily.Dataset, Year = 2024, Paper = "arXiv:2311.18838",
    Recipe = "methods/inversion.yaml")]
public sealed class CurriculumSynthesis(CurriculumSynthesisOptions options) : ModelInversion(options);

/// <summary>What a recipe may write under <c>cda:</c>.</summary>
public sealed record CurriculumSynthesisOptions : ModelInversionOptions
{
    /// <summary>Smallest share of a picture's area that a crop shows, from the first step to the last.</summary>
    [Range(0.01, 1)]
    public override Schedule MinArea { get; init; } = Schedule.Cosine(1, 0.08);
}
