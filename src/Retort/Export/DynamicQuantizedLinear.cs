using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Export;

/// <summary>A linear layer with int8 weights whose inputs are rounded to 8 bits as they come, for the CPU.</summary>
/// <remarks>
/// <para>[…, inFeatures] → […, outFeatures], float32 outside. Weights are rounded symmetrically row by row: the largest
/// magnitude of a row becomes ±127. Inputs get one range a call, as they are.</para>
/// <para>Buffers: <c>weight_int8</c> [outFeatures, inFeatures], <c>weight_scale</c> [outFeatures], <c>bias</c> [outFeatures].
/// It computes no gradients.</para>
/// </remarks>
public sealed class DynamicQuantizedLinear : Module
{
    internal const string WeightSuffix = ".weight_int8";
    internal const string ScaleSuffix = ".weight_scale";
    private const double Largest = 127;

    private static readonly Operator Quantized = new("aten::_make_per_channel_quantized_tensor");
    private static readonly Operator Prepack = new("quantized::linear_prepack");
    private static readonly Operator Run = new("quantized::linear_dynamic");

    private readonly NativeObject _packed;

    /// <summary>Rounds a layer's weights.</summary>
    /// <exception cref="TorchException">This libtorch has no int8 kernels for this processor.</exception>
    public DynamicQuantizedLinear(Linear linear)
    {
        ArgumentNullException.ThrowIfNull(linear);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Tensor weight = linear.Weight.Value.Detach().To(DType.Float32).To(Device.Cpu);
        // A row of zeros has no range; with any scale but 0 it stays zeros.
        Tensor scale = (weight.Abs().Amax([1]) / Largest).ClampMin(1e-12);                        // [out]
        Tensor rounded = (weight / scale.Unsqueeze(1)).Round().Clamp(-Largest, Largest).To(DType.Int8);
        Weight = Buffer(WeightSuffix[1..], scope.Keep(rounded));
        Scale = Buffer(ScaleSuffix[1..], scope.Keep(scale));
        Bias = linear.Bias is { } bias ? Buffer("bias", scope.Keep(bias.Value.Detach().To(Device.Cpu).Clone())) : null;

        var rows = Tensor.Zeros(DType.Int64, scale.Shape);
        var quantized = (Tensor)Quantized.Call(rounded, scale.To(DType.Float64), rows, 0)[0]!;
        _packed = (NativeObject)Prepack.Call(quantized, Bias?.Value)[0]!;
    }

    /// <summary>The rounded weights, int8 [outFeatures, inFeatures].</summary>
    public Torch.Nn.Buffer Weight { get; }

    /// <summary>What each row is multiplied by, [outFeatures].</summary>
    public Torch.Nn.Buffer Scale { get; }

    /// <summary>The shift, [outFeatures], or null without one.</summary>
    public Torch.Nn.Buffer? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        // Eight-bit products are added in pairs in 16 bits on older processors; inputs of 7 bits cannot overflow them.
        var output = (Tensor)Run.Call(input.Contiguous(), _packed, true)[0]!;
        GC.KeepAlive(_packed);
        return output;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            _packed.Dispose();
    }
}
