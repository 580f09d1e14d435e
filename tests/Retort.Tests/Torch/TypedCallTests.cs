using Retort.Torch;

namespace Retort.Tests.Torch;

/// <summary>Operators of common signatures are called through their C++ type; nothing of that may be seen.</summary>
public sealed class TypedCallTests
{
    [Fact]
    public void Scalars_may_be_whole_real_or_left_out()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From([1.0, 2.0]), y = Tensor.From([10.0, 20.0]);
        Assert.Equal([11, 22], x.Add(y).ToArray<double>());
        Assert.Equal([21, 42], x.Add(y, alpha: 2).ToArray<double>());
        Assert.Equal([6, 12], x.Add(y, alpha: 0.5).ToArray<double>());
        Assert.Equal([2.5, 3.5], x.Add(0.5, alpha: 3).ToArray<double>());
        Assert.Equal([2, 4], x.Mul(2).ToArray<double>());
        var add = new Operator("aten::add", "Tensor");
        Assert.Equal([31, 62], ((Tensor)add.Call(x, y, 3)[0]!).ToArray<double>());
        Assert.Equal([11, 22], ((Tensor)add.Call(x, y)[0]!).ToArray<double>());
    }

    [Fact]
    public void Whole_numbers_stay_whole()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From([1L, 2L]);
        Assert.Equal(DType.Int64, x.Add(1).DType);
        Assert.Equal(DType.Float32, x.Add(0.5).DType);
    }

    [Fact]
    public void Failures_name_operator_and_shapes()
    {
        using var scope = new TensorScope();
        TorchException error = Assert.Throws<TorchException>(() => Tensor.Ones(2).Add(Tensor.Ones(3)));
        Assert.Contains("aten::add.Tensor", error.Message, StringComparison.Ordinal);
        Assert.Contains("[2] Float32, [3] Float32", error.Message, StringComparison.Ordinal);
        Assert.Throws<TorchException>(() => new Operator("aten::add", "Tensor").Call(Tensor.Ones(2), "word"));
        Assert.Throws<TorchException>(() => new Operator("aten::relu").Call());
    }

    [Fact]
    public void A_failure_leaves_its_arguments_alive()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Ones(2), y = Tensor.Ones(3);
        for (int k = 0; k < 10; k++)
            Assert.Throws<TorchException>(() => x.Add(y));
        Assert.Equal((2, 3), (x.Sum().ToDouble(), y.Sum().ToDouble()));
    }

    [Fact]
    public void Views_and_gradients_come_through()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From(new double[,] { { 1, -2 }, { 3, 4 } }).SetRequiresGrad();
        x.T().Relu().Mul(3).Sum().Backward();
        Assert.Equal([3, 0, 3, 3], x.Grad!.ToArray<double>());
    }
}
