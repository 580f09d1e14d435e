using Retort.Models;
using Retort.Models.Generative;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Models.Generative;

[Collection("default generator")]
public sealed class UnetDenoiserTests
{
    private static readonly UnetDenoiserOptions Small = new() { InChannels = 1, Width = 8, Multipliers = [1, 2] };

    [Theory]
    [InlineData(Parameterization.Edm, 1, 1, true)]
    [InlineData(Parameterization.Flow, 2, 1, false)]
    [InlineData(Parameterization.V, 1, 3, true)]
    public void Pictures_keep_their_shape_and_every_weight_is_reached(
        Parameterization form, int patch, int channels, bool normalize)
    {
        using var scope = new TensorScope();
        Denoiser model = Awake(
            Small with { Parameterization = form, PatchSize = patch, InChannels = channels, Blocks = 2, Normalize = normalize });
        Tensor noisy = Tensor.Randn(null, 3, channels, 8, 12);
        Tensor clean = model.Denoise(noisy, Tensor.Full([3], 0.7));
        Assert.Equal(noisy.Shape, clean.Shape);
        clean.Square().Mean().Backward();
        Assert.All(model.NamedParameters(), p => Assert.True(
            p.Value.Value.Grad is { } slope && slope.Abs().Sum().ToDouble() is > 0 and < double.PositiveInfinity, p.Key));
    }

    [Fact]
    public void A_fresh_network_says_nothing_of_its_own()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        var model = (Denoiser)(Small with { Parameterization = Parameterization.Flow }).Build();
        Tensor noise = Tensor.Randn(null, 2, 1, 4, 4);
        Assert.Equal(0, model.Velocity(noise, Tensor.Full([2], 0.5)).Abs().Max().ToDouble());
        Assert.True(model.Call(noise).Allclose(noise));
    }

    [Fact]
    public void The_moment_and_the_end_of_an_interval_are_seen()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Denoiser model = Awake(Small with { Parameterization = Parameterization.Flow, Interval = true });
        Tensor state = Tensor.Randn(null, 2, 1, 4, 4), late = Tensor.Full([2], 0.8);
        Tensor found = model.Velocity(state, late);
        Assert.False(found.Allclose(model.Velocity(state, Tensor.Full([2], 0.3))));
        Assert.False(found.Allclose(model.Velocity(state, late, Tensor.Zeros(2))));
    }

    [Fact]
    public void Each_sample_is_seen_alone()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Denoiser model = Awake(Small);
        Tensor noisy = Tensor.Randn(null, 4, 1, 8, 8), sigma = Tensor.From([0.1f, 0.5f, 2f, 9f]);
        Tensor alone = model.Denoise(noisy.Narrow(0, 2, 1), sigma.Narrow(0, 2, 1));
        Assert.True(model.Denoise(noisy, sigma).Narrow(0, 2, 1).Allclose(alone, rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void Taps_are_seen_and_a_block_can_be_replaced()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Denoiser model = Awake(Small);
        var features = (IHasFeatures)model;
        var seen = new List<long>();
        foreach (string path in features.Stages.Append(features.LastFeature))
        {
            model.Find(path).OnOutput(found =>
            {
                seen.Add(found.Size(1));
                return null;
            });
        }

        model.Call(Tensor.Randn(null, 2, 1, 8, 8));
        Assert.Equal([8, 16, 8], seen);
        model.ReplaceChild("mid", new Identity());
        Assert.Equal([2L, 1, 8, 8], model.Call(Tensor.Randn(null, 2, 1, 8, 8)).Shape);
    }

    [Fact]
    public void A_traced_generator_takes_any_batch()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Denoiser model = Awake(Small with { PatchSize = 2 });
        model.Eval();
        using ScriptModule traced = ScriptModule.Trace(model, Tensor.Randn(null, 3, 1, 8, 8));
        Tensor noise = Tensor.Randn(null, 5, 1, 8, 8);
        Assert.True(traced.Call(noise)[0].Allclose(model.Call(noise), rtol: 1e-4, atol: 1e-5));
    }

    [Theory]
    [InlineData(new long[] { 2, 3, 8, 8 })]
    [InlineData(new long[] { 2, 1, 8, 7 })]
    [InlineData(new long[] { 2, 1, 6, 8 })]
    public void Pictures_that_do_not_fit_are_named(long[] shape)
    {
        using var scope = new TensorScope();
        var model = (Denoiser)(Small with { PatchSize = 2 }).Build();
        var error = Assert.Throws<ShapeException>(() => model.Call(Tensor.Zeros(shape)));
        Assert.Equal(
            $"'state' [{string.Join(", ", shape)}] must be pictures [N, 1, H, W], H and W multiples of 4.", error.Message);
    }

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Options_out_of_range_are_named(UnetDenoiserOptions options, string expected)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => options.Build());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<UnetDenoiserOptions, string> BadOptions() => new()
    {
        { Small with { Width = 12 }, "8 (8) must divide Width (12)." },
        { Small with { Multipliers = [] }, "Has 0 numbers; must have 1 to 6. (Parameter 'Multipliers')" },
        { Small with { Multipliers = [1, 0] }, "Must be at least 1. (Parameter 'Multipliers')" },
        { Small with { Blocks = 0 }, "Must be from 1 to 64. (Parameter 'Blocks')" },
        { Small with { Blocks = 1000 }, "Must be from 1 to 64. (Parameter 'Blocks')" },
        { Small with { PatchSize = 0 }, "Must be from 1 to 64. (Parameter 'PatchSize')" },
        { Small with { Frequencies = 17 }, "Must be from 1 to 16. (Parameter 'Frequencies')" },
        { Small with { Classes = 3 }, "classes belongs to classifiers" },
    };

    // What starts at 0 lets nothing through yet.
    private static Denoiser Awake(UnetDenoiserOptions options)
    {
        Engine.ManualSeed(4);
        var model = (Denoiser)options.Build();
        using GradMode off = Autograd.NoGrad();
        foreach (Parameter parameter in model.Parameters().Where(p => p.Value.Dimensions == 4))
            parameter.Value.CopyInPlace(parameter.Value.RandnLike() * 0.1);
        return model;
    }
}
