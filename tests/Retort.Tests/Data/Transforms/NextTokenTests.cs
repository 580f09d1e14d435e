using Retort.Data;
using Retort.Data.Transforms;
using Retort.Torch;

namespace Retort.Tests.Data.Transforms;

public sealed class NextTokenTests
{
    [Fact]
    public void Each_position_is_to_predict_the_next_token_and_padding_is_no_target()
    {
        using var scope = new TensorScope();
        var batch = new Batch(Tensor.From(new long[] { 5, 6, 7, 8, 9, 0 }, 2, 3), Tensor.From(new long[] { -100, -100 }), Tensor.Arange(2));
        Batch shifted = new NextToken().Apply(batch, default);
        Assert.Equal([5L, 6, 8, 9], shifted.Input.ToArray<long>());
        Assert.Equal([6L, 7, 9, -100], shifted.Labels.ToArray<long>());
        Assert.Equal([2, 2], shifted.Labels.Shape);
    }

    [Fact]
    public void What_a_mask_leaves_out_is_no_target()
    {
        using var scope = new TensorScope();
        var mask = new Dictionary<string, Tensor> { [NextToken.Mask] = Tensor.From(new byte[] { 0, 0, 1, 1 }, 1, 4) };
        var batch = new Batch(Tensor.From(new long[] { 5, 6, 7, 8 }, 1, 4), Tensor.From(new long[] { -100 }), Tensor.Arange(1), others: mask);
        Batch shifted = new NextToken().Apply(batch, default);
        Assert.Equal([5L, 6, 7], shifted.Input.ToArray<long>());
        Assert.Equal([-100L, 7, 8], shifted.Labels.ToArray<long>());
    }

    [Fact]
    public void One_token_predicts_nothing()
    {
        using var scope = new TensorScope();
        var batch = new Batch(Tensor.From(new long[] { 5, 6 }, 2, 1), Tensor.From(new long[] { -100, -100 }), Tensor.Arange(2));
        Assert.Throws<ShapeException>(() => new NextToken().Apply(batch, default));
    }
}
