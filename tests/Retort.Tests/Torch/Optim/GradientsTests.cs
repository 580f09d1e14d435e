using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Tests.Torch.Optim;

public sealed class GradientsTests
{
    [Fact]
    public void Clipping_by_norm_scales_all_gradients_alike()
    {
        using var scope = new TensorScope();
        Tensor a = WithGradient(3, 0), b = WithGradient(0, 4, 0), idle = Tensor.Ones(2);
        Tensor norm = Gradients.ClipNorm([a, b, idle], 2.5);
        Assert.Equal(5, norm.ToDouble(), 1e-12);
        // PyTorch adds 1e-6 to the norm before it divides.
        double scale = 2.5 / (5 + 1e-6);
        Assert.Equal([3 * scale, 0], a.Grad!.ToArray<double>());
        Assert.Equal([0, 4 * scale, 0], b.Grad!.ToArray<double>());
        Assert.Null(idle.Grad);
    }

    [Fact]
    public void Small_gradients_are_left_alone()
    {
        using var scope = new TensorScope();
        Tensor a = WithGradient(0.3, 0.4);
        Assert.Equal(0.5, Gradients.ClipNorm([a], 10).ToDouble(), 1e-12);
        Assert.Equal([0.3, 0.4], a.Grad!.ToArray<double>());
    }

    [Fact]
    public void Types_may_be_mixed()
    {
        using var scope = new TensorScope();
        Tensor a = WithGradient(3), b = Tensor.Ones(1);
        b.Grad = Tensor.From([4f]);
        Assert.Equal(5, Gradients.ClipNorm([a, b], 1).ToDouble(), 1e-6);
        Assert.Equal(DType.Float32, b.Grad!.DType);
        Assert.Equal(0.8, b.Grad!.ToDouble(), 1e-6);
    }

    [Fact]
    public void Without_gradients_the_norm_is_zero()
    {
        using var scope = new TensorScope();
        Assert.Equal(0, Gradients.ClipNorm([Tensor.Ones(2)], 1).ToDouble());
    }

    [Fact]
    public void Clipping_by_value_limits_each_element()
    {
        using var scope = new TensorScope();
        Tensor a = WithGradient(-7, 0.25, 3, double.NaN);
        Gradients.ClipValue([a], 0.5);
        Assert.Equal([-0.5, 0.25, 0.5, double.NaN], a.Grad!.ToArray<double>());
    }

    [Fact]
    public void Gradients_can_be_scaled()
    {
        using var scope = new TensorScope();
        Tensor a = WithGradient(4, -8);
        Gradients.Scale([a, Tensor.Ones(1)], 0.25);
        Assert.Equal([1, -2], a.Grad!.ToArray<double>());
    }

    [Fact]
    public void A_limit_of_zero_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Gradients.ClipNorm([], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Gradients.ClipValue([], double.NaN));
    }

    private static Tensor WithGradient(params double[] gradient)
    {
        Tensor tensor = Tensor.Zeros(DType.Float64, gradient.Length);
        tensor.Grad = Tensor.From(gradient);
        return tensor;
    }
}
