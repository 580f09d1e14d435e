using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Torch.Nn;

/// <summary>
/// Single precision channels-last is computed by kernels of our own, double precision by libtorch's: each result must be the other's.
/// </summary>
[Collection("default generator")]
public sealed class BatchNormKernelTests
{
    private sealed record Found(Tensor Output, Tensor Mean, Tensor Variance, Tensor[] Gradients, Tensor[] Second);

    // Counts of channels that fill vectors, leave some over, and are fewer than one; maps of more rows than a block.
    [Theory]
    [InlineData(1, 3, true), InlineData(3, 5, true), InlineData(8, 9, true), InlineData(20, 9, true), InlineData(64, 20, true)]
    [InlineData(107, 6, true), InlineData(16, 9, false)]
    public void Training_matches_double_precision(int channels, int size, bool affine)
    {
        using var scope = new TensorScope();
        using var random = new Generator(7);
        // Means far from 0 beside their spread: a variance from plain squares would lose its digits.
        Tensor input = Tensor.Randn(random, 6, channels, size, size) * 0.1 + Tensor.Randn(random, 1, channels, 1, 1) * 30;
        Tensor upstream = Tensor.Randn(random, 6, channels, size, size);
        Found ours = Run(input.To(MemoryFormat.ChannelsLast), upstream, channels, affine);
        Found theirs = Run(input.To(DType.Float64), upstream.To(DType.Float64), channels, affine);

        Assert.Equal(1, ours.Output.Strides[1]);
        Near(theirs.Output, ours.Output, 1e-4);
        Near(theirs.Mean, ours.Mean, 1e-5);
        Near(theirs.Variance, ours.Variance, 1e-4);
        foreach ((Tensor expected, Tensor found) in theirs.Gradients.Zip(ours.Gradients).Concat(theirs.Second.Zip(ours.Second)))
            Near(expected, found, 1e-3);
    }

    [Fact]
    public void A_gradient_in_another_layout_is_taken()
    {
        using var scope = new TensorScope();
        using var random = new Generator(8);
        Tensor input = Tensor.Randn(random, 4, 12, 5, 5).To(MemoryFormat.ChannelsLast);
        Tensor upstream = Tensor.Randn(random, 4, 12, 5, 5);
        Found plain = Run(input, upstream, 12, affine: true), last = Run(input, upstream.To(MemoryFormat.ChannelsLast), 12, affine: true);
        foreach ((Tensor expected, Tensor found) in plain.Gradients.Zip(last.Gradients))
            Assert.Equal(0, (expected - found).Abs().Max().ToDouble());
    }

    [Fact]
    public void Infinity_is_not_normalised_away()
    {
        using var scope = new TensorScope();
        using var norm = new BatchNorm2d(16);
        Tensor input = (Tensor.Zeros(2, 16, 3, 3) + double.PositiveInfinity).To(MemoryFormat.ChannelsLast);
        Assert.True(double.IsNaN(norm.Call(input).Sum().ToDouble()));
    }

    private static Found Run(Tensor input, Tensor upstream, int channels, bool affine)
    {
        using var norm = new BatchNorm2d(channels, new BatchNormOptions { Affine = affine });
        norm.To(dtype: input.DType);
        Tensor x = input.Detach().SetRequiresGrad(true);
        Tensor[] into = affine ? [x, norm.Weight!.Value, norm.Bias!.Value] : [x];
        Tensor output = norm.Call(x);
        Tensor[] first = Autograd.Grad((output * upstream).Sum(), into, createGraph: true);
        // Through the gradient: weights of the sum keep it from vanishing.
        Tensor[] second = Autograd.Grad((first[0].Square() * upstream).Sum(), affine ? [x, norm.Weight!.Value] : [x]);
        return new Found(output.Detach(), norm.RunningMean!.Value.Clone(), norm.RunningVariance!.Value.Clone(), first, second);
    }

    private static void Near(Tensor expected, Tensor found, double tolerance)
    {
        double scale = Math.Max(1, expected.Abs().Max().ToDouble());
        Assert.InRange((expected - found.To(DType.Float64)).Abs().Max().ToDouble() / scale, 0, tolerance);
    }
}
