using Retort.Torch;

namespace Retort.Tests.Torch;

public sealed class TensorTests
{
    [Fact]
    public void Data_goes_in_and_comes_out_in_order()
    {
        using var scope = new TensorScope();
        Tensor tensor = Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3);
        Assert.Equal([2L, 3], tensor.Shape);
        Assert.Equal([1f, 4, 2, 5, 3, 6], tensor.Transpose(0, 1).ToArray<float>());
        Assert.Equal(DType.Float32, tensor.DType);
        Assert.Equal([4f, 5, 6], tensor[1].ToArray<float>());
    }

    [Fact]
    public void A_matrix_keeps_its_rows()
    {
        using var scope = new TensorScope();
        Assert.Equal([2L, 2], Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } }).Shape);
        Assert.Equal(10, Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } }).Sum().ToDouble());
    }

    [Fact]
    public void Lists_single_numbers_and_defaults_reach_the_operator()
    {
        using var scope = new TensorScope();
        Tensor image = Tensor.Ones(1, 1, 6, 6);
        Tensor kernel = Tensor.Ones(1, 1, 3, 3);
        Assert.Equal([1L, 1, 4, 4], Ops.Conv2d(image, kernel).Shape);
        Assert.Equal([1L, 1, 3, 3], Ops.Conv2d(image, kernel, stride: 2, padding: 1).Shape);
        Assert.Equal([1L, 1, 3, 6], Ops.Conv2d(image, kernel, stride: [2, 1], padding: [1, 1]).Shape);
        Assert.Equal([36L], image.Reshape(-1).Shape);
        Assert.Equal([2L, 18], image.Reshape([2, 18]).Shape);
        Assert.Equal([1L, 1], image.Sum([2, 3]).Shape);
        Assert.Equal([3L, 2], Ops.Cat([Tensor.Zeros(1, 2), Tensor.Zeros(2, 2)], 0).Shape);
        Assert.Equal(3, image.Split(2, 2).Length);
    }

    [Fact]
    public void An_operator_without_typed_form_is_reachable_by_name()
    {
        using var scope = new TensorScope();
        Tensor value = Tensor.From([0.5]);
        var erfcx = new Operator("aten::special_erfcx");
        Assert.Equal(0.6156903441929259, ((Tensor)erfcx.Call(value)[0]!).ToDouble(), 1e-12);
    }

    [Fact]
    public void A_failed_call_names_operator_shapes_and_types()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<TorchException>(() => Tensor.Zeros(2, 3).MatMul(Tensor.Zeros(2, 3)));
        Assert.StartsWith("aten::matmul([2, 3] Float32, [2, 3] Float32): ", error.Message, StringComparison.Ordinal);
        Assert.Equal("aten::matmul", error.Operator);
    }

    [Fact]
    public void An_unknown_operator_is_said_to_be_unknown()
    {
        var error = Assert.Throws<TorchException>(() => new Operator("aten::reluu").Call());
        Assert.Contains("no such operator", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_with_another_type_is_refused()
    {
        using var scope = new TensorScope();
        Assert.Contains("Float32", Assert.Throws<InvalidOperationException>(() => Tensor.Zeros(2).ToArray<double>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Elements_that_do_not_fill_the_shape_are_refused() =>
        Assert.Equal("3 elements do not fill the shape [2, 2].", Assert.Throws<ShapeException>(() => Tensor.From([1f, 2, 3], 2, 2)).Message);

    [Fact]
    public void A_freed_tensor_says_so()
    {
        Tensor tensor = Tensor.Zeros(1);
        tensor.Dispose();
        tensor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.Relu());
    }

    [Fact]
    public void Numbers_on_either_side_of_an_operator()
    {
        using var scope = new TensorScope();
        Tensor two = Tensor.From([2.0]);
        Assert.Equal(1, (3 - two).ToDouble());
        Assert.Equal(1.5, (3 / two).ToDouble());
        Assert.Equal(-2, (-two).ToDouble());
        Assert.Equal(5, (two * 2 + 1).ToDouble());
    }
}
