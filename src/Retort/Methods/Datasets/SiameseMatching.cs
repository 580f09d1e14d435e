using Retort.Data.Transforms;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Datasets;

/// <summary>Gradient matching where real and made samples are changed in the same random way before they are compared.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhao and Bilen, "Dataset Condensation with Differentiable Siamese Augmentation", ICML 2021,
/// arXiv:2102.08259, section 3.2.</para>
/// <para><b>Equation.</b> Σ_c D(∇_θ CE(f_θ(A_ω(S_c)), c), ∇_θ CE(f_θ(A_ω(R_c)), c)): the loss of <c>dc</c> with one change A_ω
/// a class and step, drawn from colour, crop, cutout, flip, scale and rotation. Gradients flow through A.</para>
/// <para><b>Needs.</b> What <c>dc</c> needs. What is trained on the result should have
/// <c>augment: [siamese-augmentation]</c>, where each sample draws its own change.</para>
/// </remarks>
[Method("dsa", Title = "Differentiable siamese augmentation", Family = MethodFamily.Dataset, Year = 2021,
    Paper = "arXiv:2102.08259", Recipe = "methods/condensation.yaml")]
public sealed class SiameseMatching(SiameseMatchingOptions options) : GradientMatching(options)
{
    [Golden("dsa")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor x = vector["x"];
        double[] Draws(string name) =>
            [.. vector.Raw("draws_used").GetProperty(name).EnumerateArray().Select(d => d.GetDouble())];
        var found = new GoldenOutputs();
        void Add(string name, Func<double[], Tensor> change)
        {
            if (vector.Raw("draws_used").TryGetProperty(name, out _))
                found[name] = change(Draws(name));
        }

        Add("rand_scale", d => SiameseAugmentation.Scale(x, d[0], d[1]));
        Add("rand_rotate", d => SiameseAugmentation.Rotate(x, d[0]));
        Add("rand_flip", d => d[0] < 0.5 ? x.Flip(3) : x);
        Add("rand_brightness", d => SiameseAugmentation.Brightness(x, d[0]));
        Add("rand_saturation", d => SiameseAugmentation.Saturation(x, d[0]));
        Add("rand_contrast", d => SiameseAugmentation.Contrast(x, d[0]));
        Add("rand_crop", d => SiameseAugmentation.Crop(x, (int)d[0], (int)d[1]));
        Add("rand_cutout", d => SiameseAugmentation.Cutout(x, (int)d[0], (int)d[1]));
        return found;
    }
}

/// <summary>What a recipe may write under <c>dsa:</c>.</summary>
public sealed record SiameseMatchingOptions : GradientMatchingOptions
{
    /// <summary>Changes of which one at a time is done alike to the real and the made samples of a class. Digits have no use for
    /// <c>flip</c>.</summary>
    public override IReadOnlyList<AugmentationGroup> Augment { get; init; } = Enum.GetValues<AugmentationGroup>();
}
