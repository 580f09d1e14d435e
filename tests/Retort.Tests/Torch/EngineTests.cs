using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Torch;

public sealed class EngineTests : IDisposable
{
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Autocast_computes_products_in_bfloat16_and_sums_in_float32()
    {
        using var random = new Generator(1);
        Tensor a = Tensor.Randn(random, 16, 16).SetRequiresGrad(), b = Tensor.Randn(random, 16, 16);
        Tensor plain = a.MatMul(b);
        Tensor narrow, loss;
        using (Engine.Autocast(DeviceType.Cpu))
        {
            narrow = a.MatMul(b);
            loss = narrow.CrossEntropyLoss(Tensor.Arange(16));
        }

        Assert.Equal(DType.BFloat16, narrow.DType);
        Assert.Equal(DType.Float32, loss.DType);
        double difference = (narrow.To(DType.Float32) - plain).Abs().Max().ToDouble();
        Assert.InRange(difference, 1e-6, 0.2);
        loss.Backward();
        Assert.Equal(DType.Float32, a.Grad!.DType);
        Assert.Equal(DType.Float32, a.MatMul(b).DType);
    }

    [Fact]
    public void Autocast_inside_autocast_ends_with_the_outer_one()
    {
        Tensor a = Tensor.Ones(4, 4);
        using (Engine.Autocast(DeviceType.Cpu))
        {
            using (Engine.Autocast(DeviceType.Cpu))
                Assert.Equal(DType.BFloat16, a.MatMul(a).DType);
            Assert.Equal(DType.BFloat16, a.MatMul(a).DType);
        }

        Assert.Equal(DType.Float32, a.MatMul(a).DType);
    }

    [Fact]
    public void Channels_last_stays_through_a_convolution_and_changes_no_value()
    {
        using var random = new Generator(2);
        using var net = new Sequential(new Conv2d(3, 8, 3, padding: 1), new BatchNorm2d(8), new Relu());
        net.Eval();
        Tensor x = Tensor.Randn(random, 2, 3, 6, 5);
        Tensor expected = net.Call(x);
        net.To(MemoryFormat.ChannelsLast);
        Tensor last = x.To(MemoryFormat.ChannelsLast);
        Assert.Equal([90L, 1, 15, 3], last.Strides);
        Tensor found = net.Call(last);
        Assert.Equal([240L, 1, 40, 8], found.Strides);
        Assert.InRange((found - expected).Abs().Max().ToDouble(), 0, 1e-5);
        Assert.Equal(x.ToArray<float>(), last.ToArray<float>());
        Assert.True(net.Parameters().All(p => p.Trainable));
    }

    [Theory]
    [InlineData(DType.Float64, 0)]
    [InlineData(DType.BFloat16, 0.01)]
    [InlineData(DType.Float16, 0.001)]
    [InlineData(DType.Int32, 1)]
    public void A_move_to_another_type_keeps_values_and_gradients(DType dtype, double tolerance)
    {
        Tensor x = Tensor.From([1.5f, -2.25f, 0.125f]).SetRequiresGrad();
        Tensor moved = x.To(dtype);
        Assert.Equal(dtype, moved.DType);
        Assert.Equal(dtype.IsFloatingPoint(), moved.RequiresGrad);
        Assert.InRange((moved.To(DType.Float32) - x).Abs().Max().ToDouble(), 0, tolerance);
        if (dtype.IsFloatingPoint())
        {
            moved.Sum().Backward();
            Assert.Equal([1f, 1, 1], x.Grad!.ToArray<float>());
        }
    }

    [Fact]
    public void A_move_to_where_it_is_gives_the_tensor_itself()
    {
        Tensor x = Tensor.Ones(2);
        Assert.Same(x, x.To(DType.Float32));
        Assert.Same(x, x.To(Device.Cpu));
    }

    [Fact]
    public void A_module_that_moves_keeps_training_mode_and_what_is_frozen()
    {
        using var net = new Sequential(new Linear(3, 4), new BatchNorm1d(4), new Linear(4, 2));
        Module first = net.Find("0");
        first.SetTrainable(false);
        first.Eval();
        net.To(dtype: DType.Float64);
        Assert.True(net.Training);
        Assert.False(first.Training);
        Assert.Equal(["1.weight", "1.bias", "2.weight", "2.bias"], net.NamedParameters().Where(p => p.Value.Trainable).Select(p => p.Key));
        IReadOnlyDictionary<string, Tensor> state = net.StateDict();
        Assert.Equal(DType.Int64, state["1.num_batches_tracked"].DType);
        Assert.All(state.Where(s => s.Key != "1.num_batches_tracked"), s => Assert.Equal(DType.Float64, s.Value.DType));
        net.Call(Tensor.Ones(DType.Float64, 5, 3)).Sum().Backward();
        Assert.NotNull(net.NamedParameters().Last().Value.Value.Grad);
    }

    [Fact]
    public void Threads_are_at_least_one() => Assert.Throws<ArgumentOutOfRangeException>(() => Engine.Threads = 0);

    [Fact]
    public void The_version_is_a_version() => Assert.Matches(@"^\d+\.\d+\.\d+", Engine.Version);
}
