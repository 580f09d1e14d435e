namespace Retort.Methods.Compression;

/// <summary>The values that weights are rounded to are learned from the teacher; the weights that choose among them
/// stay.</summary>
/// <remarks>
/// <para><b>Paper.</b> Polino et al., "Model compression via distillation and quantization", ICLR 2018, arXiv:1802.05668,
/// section 4.</para>
/// <para><b>Equation.</b> w' as in <c>quantized-distillation</c>; Q(w) = min + (max − min) p_j, p_j the nearest of the tensor's
/// points, halfway the higher. ∂L/∂p_j = Σ (max − min) ∂L/∂Q(w) over the weights at p_j. Points begin at the quantiles of w', and
/// are sorted after each step.</para>
/// <para><b>Needs.</b> A <c>train</c> stage with <c>weights: points</c> and <c>init_from</c> a trained network, which may be its
/// own teacher. Nothing but points moves; running statistics do.</para>
/// <para><b>Variants.</b> With <c>by_gradient: true</c> half of the points go to tensors with large gradients, as in section 4;
/// they are measured on one batch, where the authors' code takes the mean of five.</para>
/// </remarks>
[Method("differentiable-quantization", Title = "Differentiable quantization", Family = MethodFamily.Compression, Year = 2018,
    Paper = "arXiv:1802.05668", Recipe = "methods/quantized-distillation.yaml")]
public static class DifferentiableQuantization;
