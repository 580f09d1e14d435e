using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;
using Retort.Training.Layers;

namespace Retort.Tests.Training;

[Collection("default generator")]
public sealed class LayerTests : IDisposable
{
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<LayerOptions, long[], long[]> Layers => new()
    {
        { new ConvLayer(), [2, 3, 5, 5], [2, 3, 5, 5] },
        { new ConvLayer { Channels = 7, Kernel = 3 }, [2, 3, 5, 5], [2, 7, 5, 5] },
        { new ConvLayer { Channels = 7, Kernel = 3, Stride = 2, Bias = false }, [2, 3, 5, 5], [2, 7, 3, 3] },
        { new LinearLayer(), [2, 6], [2, 6] },
        { new LinearLayer { Width = 4 }, [2, 5, 6], [2, 5, 4] },
        { new BatchNormLayer(), [2, 3, 5, 5], [2, 3, 5, 5] },
        { new BatchNormLayer(), [2, 3], [2, 3] },
        { new ReluLayer(), [2, 3], [2, 3] },
        { new PoolLayer(), [2, 3, 5, 5], [2, 3, 1, 1] },
        { new PoolLayer { Side = 2 }, [2, 3, 5, 5], [2, 3, 2, 2] },
        { new FlattenLayer(), [2, 3, 5, 5], [2, 75] },
    };

    [Theory, MemberData(nameof(Layers))]
    public void A_layer_fits_what_comes_before_it(LayerOptions options, long[] input, long[] output)
    {
        Tensor x = Tensor.Zeros(input);
        using Module layer = options.Create(x);
        Assert.Equal(output, layer.Call(x).Shape);
    }

    [Fact]
    public void A_slope_lets_some_of_what_is_negative_through()
    {
        Tensor x = Tensor.From([-2f, 4f]);
        Assert.Equal([0f, 4f], new ReluLayer().Create(x).Call(x).ToArray<float>());
        Assert.Equal([-0.5f, 4f], new ReluLayer { Slope = 0.25 }.Create(x).Call(x).ToArray<float>());
    }

    [Fact]
    public void A_layer_that_needs_a_map_says_what_it_was_given()
    {
        Assert.Contains("[2, 3]", Assert.Throws<ShapeException>(() => new ConvLayer().Create(Tensor.Zeros(2, 3))).Message,
            StringComparison.Ordinal);
        Assert.Contains("[2, 3]", Assert.Throws<ShapeException>(() => new PoolLayer().Create(Tensor.Zeros(2, 3))).Message,
            StringComparison.Ordinal);
    }
}
