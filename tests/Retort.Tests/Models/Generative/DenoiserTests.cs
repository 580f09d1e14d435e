using Retort.Models;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Tests.Models.Generative;

[Collection("default generator")]
public sealed class DenoiserTests
{
    private static readonly MlpDenoiserOptions Small = new() { Width = 16, Depth = 2 };

    // D = x + σ² ∇ ln p_σ(x), and the noised density of the mixture is a mixture.
    [Theory]
    [InlineData(0.05)]
    [InlineData(0.7)]
    [InlineData(5)]
    public void The_exact_denoiser_is_the_slope_of_the_noised_density(double level)
    {
        using var scope = new TensorScope();
        using var random = new Generator(2);
        var model = (Denoiser)new MixtureDenoiserOptions { Modes = 3, Radius = 1, Deviation = 0.2 }.Build();
        Tensor x = Tensor.Randn(random, 6, 2).To(DType.Float64).SetRequiresGrad();
        double[,] centres = { { 1, 0 }, { -0.5, Math.Sqrt(0.75) }, { -0.5, -Math.Sqrt(0.75) } };
        double variance = 0.04 + level * level;
        Tensor density = ((x.Unsqueeze(1) - Tensor.From(centres).Unsqueeze(0)).Square().Sum([2]) / (-2 * variance)).LogSumExp([1]);
        Tensor slope = Autograd.Grad(density.Sum(), [x])[0];
        Tensor found = model.Denoise(x, Denoiser.LevelsOf(x, level));
        Assert.InRange((found - (x + slope * (level * level))).Abs().Max().ToDouble(), 0, 1e-9);
    }

    [Fact]
    public void A_consistency_network_is_the_identity_at_the_least_level()
    {
        using var scope = new TensorScope();
        var model = (Denoiser)(Small with { Parameterization = Parameterization.Consistency, SigmaMin = 0.01 }).Build();
        Tensor x = Tensor.Randn(null, 5, 2);
        Assert.True(model.Denoise(x, Denoiser.LevelsOf(x, 0.01)).Allclose(x, rtol: 0, atol: 1e-7));
    }

    // What a network says does not depend on how it is asked.
    [Theory]
    [InlineData(Parameterization.Edm)]
    [InlineData(Parameterization.Flow)]
    [InlineData(Parameterization.Noise)]
    [InlineData(Parameterization.V)]
    public void Denoising_and_velocity_are_two_forms_of_one_answer(Parameterization form)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Engine.ManualSeed(3);
        var model = (Denoiser)(Small with { Parameterization = form }).Build();
        model.To(dtype: DType.Float64);
        Tensor state = Tensor.Randn(null, 4, 2).To(DType.Float64), time = Tensor.From([0.1, 0.4, 0.6, 0.9]);
        Tensor spread = time.Unsqueeze(1), sigma = time / (1 - time);
        Tensor clean = model.Denoise(state / (1 - spread), sigma);
        Assert.InRange((model.Velocity(state, time) - (state - clean) / spread).Abs().Max().ToDouble(), 0, 1e-10);
    }

    // x = 3 + 2ε of variance kept: a = 1/√5, s = 2/√5. A network that says 1 of it, as noise and as v.
    [Fact]
    public void A_networks_noise_and_v_are_read_by_their_definitions()
    {
        using var scope = new TensorScope();
        double Read(Parameterization form)
        {
            var model = (Denoiser)(Small with { Parameterization = form }).Build();
            foreach ((string name, Retort.Torch.Nn.Parameter parameter) in model.NamedParameters())
                Retort.Torch.Nn.Init.Constant(parameter.Value, name == "out.bias" ? 1 : 0);
            return model.Denoise(Tensor.Full([1, 2], 7), Tensor.Full([1], 2)).ToArray<float>()[0];
        }

        Assert.Equal(7 - 2, Read(Parameterization.Noise), 1e-5);
        Assert.Equal((7 / Math.Sqrt(5) - 2) / Math.Sqrt(5), Read(Parameterization.V), 1e-5);
    }

    [Fact]
    public void Called_like_any_network_it_generates_from_unit_noise()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Engine.ManualSeed(5);
        var flow = (Denoiser)(Small with { Parameterization = Parameterization.Flow }).Build();
        Tensor noise = Tensor.Randn(null, 4, 2);
        Assert.True(flow.Call(noise).Allclose(noise - flow.Velocity(noise, Tensor.Ones(4))));
        var edm = (Denoiser)(Small with { SigmaMax = 20 }).Build();
        Assert.True(edm.Call(noise).Allclose(edm.Denoise(noise * 20, Tensor.Full([4], 20))));
    }

    [Fact]
    public void The_end_of_an_interval_needs_an_input_for_it()
    {
        using var scope = new TensorScope();
        var model = (Denoiser)Small.Build();
        Tensor x = Tensor.Zeros(2, 2), level = Tensor.Ones(2);
        var error = Assert.Throws<ArgumentException>(() => model.Denoise(x, level, level));
        Assert.Contains("interval: true", error.Message, StringComparison.Ordinal);
        var wide = (Denoiser)(Small with { Interval = true }).Build();
        Assert.False(wide.Denoise(x + 1, level, level / 2).Allclose(wide.Denoise(x + 1, level)));
    }

    [Fact]
    public void Samples_of_another_width_are_named()
    {
        using var scope = new TensorScope();
        var model = (Denoiser)Small.Build();
        var error = Assert.Throws<ShapeException>(() => model.Call(Tensor.Zeros(3, 5)));
        Assert.Equal("'state' [3, 5] must be vectors of 2 numbers: [N, 2].", error.Message);
    }

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Options_out_of_range_are_named(ModelOptions options, string expected)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => options.Build());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<ModelOptions, string> BadOptions() => new()
    {
        { new MlpDenoiserOptions { SigmaMin = 90 }, "sigma_min (90) must be below sigma_max (80)." },
        { new MlpDenoiserOptions { SigmaData = 0 }, "SigmaData" },
        { new MlpDenoiserOptions { Frequencies = 17 }, "Frequencies" },
        { new MlpDenoiserOptions { Classes = 3 }, "classes belongs to classifiers" },
        { new MixtureDenoiserOptions { Deviation = -1 }, "Deviation" },
    };

    [Fact]
    public void The_grid_of_levels_begins_at_the_largest_and_ends_at_the_least()
    {
        var grid = new NoiseGrid(0.002, 80, 7);
        double[] levels = grid.Levels(5);
        Assert.Equal(80, levels[0], 1e-9);
        Assert.Equal(0.002, levels[^1], 1e-12);
        Assert.Equal(levels[2], grid.At(Tensor.From([0.5])).ToArray<double>()[0], 1e-12);
        Assert.Equal(levels.OrderDescending(), levels);
    }
}
