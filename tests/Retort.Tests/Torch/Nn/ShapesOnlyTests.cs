using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Torch.Nn;

public sealed class ShapesOnlyTests
{
    [Fact]
    public void A_layer_of_terabytes_has_shapes_and_no_memory()
    {
        using var scope = new TensorScope();
        using ShapesOnly shapes = ShapesOnly.Begin();
        using var layer = new Linear(2_000_000, 3_000_000);
        Assert.Equal([3_000_000L, 2_000_000], layer.Weight.Value.Shape);
        Assert.Equal(Device.Meta, layer.Weight.Value.Device);
        Assert.Equal("meta", layer.Weight.Value.Device.ToString());
        Assert.True(layer.Weight.Trainable);
        Assert.Equal(6_000_003_000_000, layer.ParameterCount());
    }

    [Fact]
    public void Afterwards_tensors_have_memory_again()
    {
        using var scope = new TensorScope();
        ShapesOnly outer = ShapesOnly.Begin(), inner = ShapesOnly.Begin();
        inner.Dispose();
        inner.Dispose();
        Assert.Equal(Device.Meta, Tensor.Zeros(2).Device);
        outer.Dispose();
        Assert.Equal(DeviceType.Cpu, Tensor.Zeros(2).Device.Type);

        // A layer has initial values again, not zeros.
        using var layer = new Linear(8, 8);
        Assert.NotEqual(0, layer.Weight.Value.Abs().Sum().ToDouble());
    }

    [Fact]
    public void Tensors_made_from_data_keep_it()
    {
        using var scope = new TensorScope();
        using ShapesOnly shapes = ShapesOnly.Begin();
        Assert.Equal([1f, 2], Tensor.From([1f, 2]).ToArray<float>());
        Assert.Equal(3, Tensor.FromScalar(3.0).ToDouble());
    }

    [Fact]
    public void Too_many_tensors_and_uncountable_bytes_are_refused()
    {
        using var scope = new TensorScope();
        using ShapesOnly shapes = ShapesOnly.Begin(mostTensors: 3);
        Assert.Contains("more bytes than can be counted", Assert.Throws<ShapeException>(() => Tensor.Zeros(1L << 31, 1L << 31)).Message, StringComparison.Ordinal);
        Tensor.Zeros(1);
        Tensor.Zeros(1);
        Assert.Contains("more than 3 tensors", Assert.Throws<ShapeException>(() => Tensor.Zeros(1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => ShapesOnly.Begin(0));
    }
}
