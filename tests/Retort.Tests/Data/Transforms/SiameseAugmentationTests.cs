using Retort.Data;
using Retort.Data.Transforms;
using Retort.Torch;

namespace Retort.Tests.Data.Transforms;

public sealed class SiameseAugmentationTests
{
    public static TheoryData<AugmentationGroup> Groups => [.. Enum.GetValues<AugmentationGroup>()];

    [Theory, MemberData(nameof(Groups))]
    public void One_draw_changes_every_picture_alike(AugmentationGroup group)
    {
        using var scope = new TensorScope();
        Tensor one = Tensor.Randn(new Generator(1), 1, 3, 8, 8);
        Func<Tensor, Tensor> change = new SiameseAugmentation([group]).Draw(new RandomStream(5));
        Tensor both = change(Ops.Cat([one, one], 0));
        Assert.Equal(change(one).Contiguous().ToArray<float>(), both.Narrow(0, 1, 1).Contiguous().ToArray<float>());
    }

    [Theory, MemberData(nameof(Groups))]
    public void Its_gradient_is_its_slope(AugmentationGroup group)
    {
        using var scope = new TensorScope();
        Func<Tensor, Tensor> change = new SiameseAugmentation([group]).Draw(new RandomStream(11));
        Tensor input = Tensor.Randn(new Generator(2), 1, 2, 4, 4).To(DType.Float64).Detach().SetRequiresGrad();
        Tensor weights = Tensor.Randn(new Generator(3), 1, 2, 4, 4).To(DType.Float64);
        double[] found = Autograd.Grad((change(input) * weights).Sum(), [input])[0].Contiguous().ToArray<double>();
        double[] point = input.Detach().ToArray<double>();
        for (int k = 0; k < point.Length; k++)
        {
            double At(double by)
            {
                double[] moved = [.. point];
                moved[k] += by;
                return (change(Tensor.From(moved, 1, 2, 4, 4)) * weights).Sum().ToDouble();
            }

            Assert.Equal((At(1e-6) - At(-1e-6)) / 2e-6, found[k], 1e-7);
        }
    }

    [Fact]
    public void A_window_that_moves_shows_zeros_outside()
    {
        using var scope = new TensorScope();
        Tensor input = Tensor.From([1f, 2, 3, 4], 1, 1, 2, 2);
        Assert.Equal([0f, 0, 0, 1], SiameseAugmentation.Crop(input, -1, -1).Contiguous().ToArray<float>());
        Assert.Equal([3f, 4, 0, 0], SiameseAugmentation.Crop(input, 1, 0).Contiguous().ToArray<float>());
    }

    [Fact]
    public void In_a_training_batch_each_sample_draws_its_own()
    {
        using var scope = new TensorScope();
        Tensor same = Tensor.Ones(6, 1, 8, 8);
        RandomStream[] streams = [.. Enumerable.Range(0, 6).Select(k => new RandomStream((ulong)k))];
        Tensor changed = new SiameseAugmentation([AugmentationGroup.Color]).Transform(same, streams);
        Assert.True(changed.Mean([1, 2, 3]).ToArray<float>().Distinct().Count() > 3);
        Assert.True(new SiameseAugmentationOptions().OfNormalized);
    }

    [Fact]
    public void No_group_changes_nothing()
    {
        using var scope = new TensorScope();
        Tensor input = Tensor.Ones(1, 1, 4, 4);
        Assert.Same(input, new SiameseAugmentation([]).Draw(new RandomStream(0))(input));
    }
}
