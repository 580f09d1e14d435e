using Retort.Compression;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Compression;

/// <summary>A student learns from its teacher while it runs on rounded weights, so that the rounded ones are good.</summary>
/// <remarks>
/// <para><b>Paper.</b> Polino et al., "Model compression via distillation and quantization", ICLR 2018, arXiv:1802.05668,
/// section 3.</para>
/// <para><b>Equation.</b> In each bucket of 256 weights w' = (w − min) / (max − min) and Q(w) = min + (max − min)
/// round(w' (s − 1)) / (s − 1), s = 2^bits. Forward and backward run on Q(w); the step moves w by the gradient with respect to
/// Q(w). Loss: 0.3 CE + 0.7 τ² KL, τ = 2.</para>
/// <para><b>Needs.</b> A <c>train</c> stage with <c>weights: quantized</c>, and <c>cross-entropy</c> and <c>kd</c>. What it
/// leaves is rounded; <c>packed_bytes</c> says how large it is.</para>
/// <para><b>Variants.</b> The authors' code rounds biases and normalisations too (<c>biases: true</c>), and takes the mean of KL
/// over N·K elements, K times weaker. Rounding up with the probability of the fraction is <c>stochastic: true</c>. Its gradients
/// through the bucket's range are not offered.</para>
/// </remarks>
[Method("quantized-distillation", Title = "Quantized distillation", Family = MethodFamily.Compression, Year = 2018,
    Paper = "arXiv:1802.05668", Recipe = "methods/quantized-distillation.yaml")]
public static class QuantizedDistillation
{
    [Golden("quantized-distillation")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor weights = vector["weights"], slope = vector["grad_output"];
        int levels = vector.Integer("levels");
        int bucket = vector.Has("bucket_size") && vector.Raw("bucket_size").ValueKind == System.Text.Json.JsonValueKind.Number
            ? vector.Integer("bucket_size")
            : checked((int)Math.Max(2, weights.NumElements));
        Tensor points = Quantization.QuantilePoints(weights, levels, bucket).Detach().SetRequiresGrad();
        (Tensor nearest, Tensor codes) = Quantization.Nearest(weights, points, bucket);
        return new GoldenOutputs
        {
            ["uniform"] = Quantization.Uniform(weights, levels, bucket).Values,
            ["quantile_points"] = points,
            ["nonuniform"] = nearest,
            ["assignment"] = codes,
            ["grad_points"] = Autograd.Grad((nearest * slope).Sum(), [points])[0],
            ["bit_allocation_points"] = Quantization.Allocate(NormsOf(vector), levels),
        };
    }

    // The file gives them in words, as an example that its case was run with: "gradient norms [0.5, 2.0, 1.5], …".
    private static double[] NormsOf(GoldenInputs vector)
    {
        string text = vector.Text("bit_allocation_input");
        int start = text.IndexOf('[', StringComparison.Ordinal), end = text.IndexOf(']', StringComparison.Ordinal);
        return start >= 0 && end > start
            ?
            [
                .. text[(start + 1)..end].Split(',')
                    .Select(n => double.Parse(n, System.Globalization.CultureInfo.InvariantCulture)),
            ]
            : throw new GoldenException("'bit_allocation_input' names no gradient norms");
    }
}
