using Retort.Torch;
using Retort.Torch.Interop;

namespace Retort.Tests.Torch;

/// <summary>Looks at addresses and at what the whole process holds, so nothing else may run beside it.</summary>
[Collection("default generator")]
public sealed unsafe class AllocatorTests
{
    [Theory]
    [InlineData(100), InlineData(20_000), InlineData(5_000_000)]
    public void A_freed_block_serves_the_next_tensor_of_about_its_size(int count)
    {
        using var scope = new TensorScope();
        Tensor first = Tensor.Empty(DType.Float32, count);
        nint address = AddressOf(first);
        first.Dispose();
        Assert.Equal(address, AddressOf(Tensor.Empty(DType.Float32, count - 1)));
    }

    [Fact]
    public void Blocks_are_aligned_large_enough_and_apart()
    {
        using var scope = new TensorScope();
        var tensors = new List<Tensor>();
        for (long bytes = 1; bytes < 20_000_000; bytes = (bytes * 5 / 4) + 1)
        {
            // Twice, so that a block that is used again is among them.
            Tensor.Empty(DType.UInt8, bytes).Dispose();
            Tensor tensor = Tensor.Empty(DType.UInt8, bytes);
            Assert.Equal(0, AddressOf(tensor) % 64);
            tensor.FillInPlace(tensors.Count);
            tensors.Add(tensor);
        }

        for (int k = 0; k < tensors.Count; k++)
            Assert.Equal((k, k), (tensors[k].Min().ToInt64(), tensors[k].Max().ToInt64()));
    }

    [Fact]
    public void Blocks_may_be_freed_by_another_thread_that_then_ends()
    {
        for (int round = 0; round < 20; round++)
        {
            Tensor[] made =
                [.. Enumerable.Range(0, 200).Select(k => Tensor.Empty(DType.Float32, (k * 97) + 1).Persist().FillInPlace(k))];
            var thread = new Thread(() => Array.ForEach(made[..100], t => t.Dispose()));
            thread.Start();
            thread.Join();
            using var scope = new TensorScope();
            Tensor[] others = [.. Enumerable.Range(0, 100).Select(k => Tensor.Zeros((k * 97) + 1))];
            for (int k = 100; k < made.Length; k++)
                Assert.Equal(k, made[k].Min().ToDouble());
            Assert.All(others, t => Assert.Equal(0, t.Max().ToDouble()));
            Array.ForEach(made[100..], t => t.Dispose());
        }
    }

    // One block at a time, 1.7 GB in all sizes together: without a bound all of them would be kept.
    [Fact]
    public void What_is_kept_is_bounded_by_what_was_in_use()
    {
        for (long bytes = 1 << 20; bytes < 150 << 20; bytes += bytes / 7)
        {
            using var scope = new TensorScope();
            Tensor.Empty(DType.UInt8, bytes).FillInPlace(1);
        }

        long used, kept, mostUsed;
        Native.rt_cpu_memory(&used, &kept, &mostUsed);
        Assert.InRange(mostUsed, 128L << 20, long.MaxValue);
        Assert.InRange(used + kept, 0, mostUsed + (mostUsed / 4) + (64L << 20));
    }

    [Fact]
    public void More_than_there_is_is_an_error_that_says_so()
    {
        using var scope = new TensorScope();
        TorchException error = Assert.Throws<TorchException>(() => Tensor.Ones(1L << 55));
        Assert.True(error.Kind == TorchErrorKind.OutOfMemory, error.Message);
        Assert.Equal(4, Tensor.Ones(4).Sum().ToDouble());
    }

    private static nint AddressOf(Tensor tensor) => (nint)Native.rt_tensor_data(tensor.Handle);
}
