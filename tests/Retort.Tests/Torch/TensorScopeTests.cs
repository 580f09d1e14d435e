using Retort.Torch;

namespace Retort.Tests.Torch;

public sealed class TensorScopeTests
{
    [Fact]
    public void What_is_not_kept_is_freed()
    {
        Tensor lost, kept;
        using (var outer = new TensorScope())
        {
            using (var inner = new TensorScope())
            {
                lost = Tensor.Zeros(1);
                kept = inner.Keep(Tensor.Ones(1));
                Assert.Equal(1, inner.Count);
            }

            Assert.True(lost.IsDisposed);
            Assert.False(kept.IsDisposed);
            Assert.Equal(1, outer.Count);
        }

        Assert.True(kept.IsDisposed);
    }

    [Fact]
    public void What_the_outermost_scope_keeps_outlives_it()
    {
        Tensor kept;
        using (var scope = new TensorScope())
            kept = scope.Keep(Tensor.Ones(1));
        Assert.Equal(1, kept.ToDouble());
        kept.Dispose();
    }

    [Fact]
    public void A_long_scope_with_early_disposals_stays_small()
    {
        using var scope = new TensorScope();
        Tensor held = Tensor.Ones(1);
        for (int k = 0; k < 10_000; k++)
        {
            Tensor next = held + 1;
            held.Dispose();
            held = next;
        }

        Assert.Equal(1, scope.Count);
        Assert.Equal(10_001, held.ToDouble());
    }

    [Fact]
    public void An_outer_scope_cannot_close_before_an_inner_one()
    {
        var outer = new TensorScope();
        var inner = new TensorScope();
        Assert.Throws<InvalidOperationException>(outer.Dispose);
        inner.Dispose();
        outer.Dispose();
    }

    [Fact]
    public void A_tensor_without_scope_is_freed_by_the_collector()
    {
        long before = MakeGarbage();
        for (int k = 0; k < 20 && Tensor.LiveCount > before + 50; k++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.True(Tensor.LiveCount <= before + 50, $"{Tensor.LiveCount - before} handles are left of 1,000.");
    }

    private static long MakeGarbage()
    {
        long before = Tensor.LiveCount;
        for (int k = 0; k < 1000; k++)
            _ = Tensor.Zeros(1);
        return before;
    }
}
