using Retort.Export;
using Retort.Models.Vision;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Export;

[Collection("default generator")]
public sealed class DynamicQuantizationTests : IDisposable
{
    private const string Unsupported = "This libtorch has no int8 kernels for this processor.";
    private readonly TensorScope _scope = new();

    // Rows (127, 1, -127) and (0, 0, 254): steps of 1 and 2, so that every weight is met exactly.
    [SkippableFact]
    public void Weights_are_rounded_row_by_row()
    {
        Skip.IfNot(DynamicQuantization.IsSupported, Unsupported);
        using Linear linear = Filled(new float[,] { { 127, 1, -127 }, { 0, 0, 254 } });
        using var rounded = new DynamicQuantizedLinear(linear);
        Assert.Equal([127, 1, -127, 0, 0, 127], rounded.Weight.Value.ToArray<sbyte>());
        Assert.Equal([1, 2], rounded.Scale.Value.ToArray<float>());
    }

    [SkippableFact]
    public void A_row_of_zeros_stays_zeros()
    {
        Skip.IfNot(DynamicQuantization.IsSupported, Unsupported);
        using Linear linear = Filled(new float[,] { { 0, 0, 0 } });
        using var rounded = new DynamicQuantizedLinear(linear);
        Assert.Equal([0, 0], rounded.Call(Tensor.From(new float[,] { { 1, 2, 3 }, { -4, 5, 6 } })).ToArray<float>());
    }

    // Weights err by half a step, a row's largest over 254; inputs by half of their range over 127.
    [SkippableFact]
    public void Outputs_are_as_near_as_eight_bits_allow()
    {
        Skip.IfNot(DynamicQuantization.IsSupported, Unsupported);
        Engine.ManualSeed(3);
        using var linear = new Linear(64, 32);
        using var rounded = new DynamicQuantizedLinear(linear);
        Tensor x = Tensor.Rand(new Generator(1), 5, 7, 64) * 2 - 1;
        Tensor difference = rounded.Call(x) - linear.Call(x);
        const double weight = 1.0 / 8;
        double worst = 64 * ((1 * weight / 254) + (weight * 2 / 127 / 2 * 1.05));
        Assert.Equal([5, 7, 32], difference.Shape);
        Assert.InRange(difference.Abs().Max().ToDouble(), 1e-9, worst);
    }

    [SkippableFact]
    public void All_layers_of_a_transformer_are_replaced_and_its_answers_stay()
    {
        Skip.IfNot(DynamicQuantization.IsSupported, Unsupported);
        Engine.ManualSeed(4);
        using Module model = new VisionTransformerOptions
        {
            InChannels = 1,
            ImageSize = 8,
            PatchSize = 4,
            Width = 64,
            Depth = 2,
            Heads = 4,
        }.Build();
        Tensor x = Tensor.Randn(new Generator(2), 16, 1, 8, 8);
        model.Eval();
        Tensor before = model.Call(x);
        QuantizationMeasurement measured = DynamicQuantization.Measure(
            model, x, m => -(m.Call(x) - before).Abs().Max().ToDouble(), options: new ModelProfileOptions { BatchSizes = [1], MostPasses = 5 });
        Assert.Equal(
            ["blocks.0.attn.qkv", "blocks.0.attn.proj", "blocks.0.mlp.fc1", "blocks.0.mlp.fc2"],
            measured.Replaced.Where(p => p.StartsWith("blocks.0", StringComparison.Ordinal)));
        Assert.Contains("head", measured.Replaced);
        Assert.InRange(measured.After.Bytes, 1, measured.Before.Bytes / 3);
        Assert.InRange(-measured.After.Score, 1e-6, 0.1 * before.Abs().Max().ToDouble());
        Assert.Single(measured.After.Latency);
    }

    [SkippableFact]
    public void Layers_can_be_left_in_float()
    {
        Skip.IfNot(DynamicQuantization.IsSupported, Unsupported);
        using var model = new Sequential(new Linear(4, 4), new Linear(4, 2));
        Assert.Equal(["0"], DynamicQuantization.Apply(model, path => path != "1"));
        Assert.IsType<Linear>(model.Children[1].Value);
    }

    public void Dispose() => _scope.Dispose();

    private static Linear Filled(float[,] weight)
    {
        var linear = new Linear(weight.GetLength(1), weight.GetLength(0), bias: false);
        using GradMode off = Autograd.NoGrad();
        linear.Weight.Value.CopyInPlace(Tensor.From(weight));
        return linear;
    }
}
