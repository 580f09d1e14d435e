using Retort.Compression;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Compression;

public sealed class PackedSizeTests
{
    // Counts 4, 2, 1, 1: words of 1, 2, 3 and 3 bits, so 14 bits for 8 symbols.
    [Theory]
    [InlineData(new long[] { 4, 2, 1, 1 }, 1.75)]
    [InlineData(new long[] { 5, 5, 5, 5 }, 2)]
    [InlineData(new long[] { 1, 0, 3 }, 1)]
    [InlineData(new long[] { 7, 0 }, 0)]
    [InlineData(new long[] { }, 0)]
    public void The_best_prefix_code_has_a_mean_length(long[] counts, double expected) =>
        Assert.Equal(expected, HuffmanCode.MeanLength(counts), 1e-12);

    // 6 × 100 weights at 2 bits, three buckets of 64 bits, and the bias of 6 floats; with points of its own 4 floats more.
    [Fact]
    public void A_network_is_as_large_as_its_packed_weights_and_what_is_left_whole()
    {
        using var scope = new TensorScope();
        using var layer = new Linear(100, 6);
        var whole = new PackedSize(layer);
        Assert.Equal(4 * 606, whole.Bytes);
        Assert.Equal(0, whole.CodeBits);
        var size = new PackedSize(layer);
        size.Add(layer.Weight, Quantization.Uniform(layer.Weight, 4).Codes, 4, 256);
        Assert.Equal((2 * 600 + 3 * 64) / 8 + 4 * 6, size.Bytes);
        Assert.InRange(size.CodeBits, 1, 2);
        var own = new PackedSize(layer);
        own.Add(layer.Weight, Quantization.Uniform(layer.Weight, 4).Codes, 4, 256, storedPoints: 4);
        Assert.Equal(size.Bytes + 16, own.Bytes);
    }
}
