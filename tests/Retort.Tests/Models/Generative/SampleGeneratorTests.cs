using Retort.Models;
using Retort.Models.Generative;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Models.Generative;

/// <summary>Generators that do not denoise, and conditions that generators are told.</summary>
[Collection("default generator")]
public sealed class SampleGeneratorTests
{
    [Fact]
    public void A_linear_generator_gives_samples_of_its_mean_and_covariance()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using Module model = new LinearGeneratorOptions().Build();
        model.StateDict()["mean"].CopyInPlace(Tensor.From([1.0, -2.0]));
        model.StateDict()["factor"].CopyInPlace(Tensor.From(new double[,] { { 1, 0 }, { 3, 2 } }));
        Tensor made = model.Call(Tensor.From(new double[,] { { 0, 0 }, { 1, 0 }, { 0, 1 } }).To(DType.Float32));
        Assert.Equal([1, -2, 2, 1, 1, 0], made.Flatten().ToArray<float>());
    }

    // Of four particles the quartiles of the first number decide: −0.6745 is the first.
    [Theory]
    [InlineData(-3, 0)]
    [InlineData(-0.68, 0)]
    [InlineData(-0.67, 1)]
    [InlineData(0.01, 2)]
    [InlineData(0.68, 3)]
    [InlineData(40, 3)]
    public void The_first_number_of_the_noise_decides_the_particle(double number, int particle)
    {
        using var scope = new TensorScope();
        using var model = (Points)new PointsOptions { Particles = 4 }.Build();
        Tensor made = model.Call(Tensor.From(new double[,] { { number, 5 } }).To(DType.Float32));
        Assert.Equal(model.StateDict()["points"].Select(0, particle).ToArray<float>(), made.Flatten().ToArray<float>());
    }

    // A blob alone, in the middle of its line, seen from everywhere alike: o·e^(−u² / 2s²) of its colour.
    [Fact]
    public void A_single_splat_in_the_middle_worked_by_hand()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using var scene = (Splats)new SplatsOptions { Blobs = 1, Views = 3, Pixels = 2, Geometry = SplatGeometry.Learned }.Build();
        IReadOnlyDictionary<string, Tensor> state = scene.StateDict();
        state["colors"].CopyInPlace(Tensor.From([Math.Atanh(0.5), 0, Math.Atanh(-1 / 3.0)], 1, 1, 3));
        state["places"].FillInPlace(0);
        state["log_scales"].FillInPlace(Math.Log(0.5));
        state["opacities"].FillInPlace(0);
        double cover = 0.99 / 2 * Math.Exp(-0.5);
        float[] made = scene.Render(Tensor.From([0L, 0L]), Tensor.From([0L, 2L])).Flatten().ToArray<float>();
        double[] line = [0.5 * cover, 0.5 * cover, 0, 0, -cover / 3, -cover / 3];
        for (int k = 0; k < 12; k++)
            Assert.Equal(line[k % 6], made[k], 1e-5);
    }

    [Fact]
    public void The_nearer_splat_hides_the_other_from_its_side_alone()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using var scene = (Splats)new SplatsOptions { Blobs = 2, Views = 2, Pixels = 2, Channels = 1, Geometry = SplatGeometry.Learned }.Build();
        IReadOnlyDictionary<string, Tensor> state = scene.StateDict();
        state["colors"].CopyInPlace(Tensor.From([20.0, -20.0], 1, 2, 1));
        state["places"].CopyInPlace(Tensor.From([0.0, 0.5, 0.0, -0.5], 1, 2, 2));
        state["log_scales"].FillInPlace(5);
        state["opacities"].FillInPlace(20);
        float[] made = scene.Render(Tensor.From([0L, 0L]), Tensor.From([0L, 1L])).Flatten().ToArray<float>();

        // Both cover 0.99; of the farther a hundredth is seen.
        Assert.Equal(0.99 - 0.99 * 0.01, made[0], 1e-3);
        Assert.Equal(-made[0], made[2], 1e-4);
    }

    [Fact]
    public void Gradients_reach_what_is_learned_and_particles_that_were_not_chosen_have_none()
    {
        using var scope = new TensorScope();
        Engine.ManualSeed(1);
        using var scene = (Splats)new SplatsOptions { Particles = 2, Blobs = 3, Geometry = SplatGeometry.Learned }.Build();
        Assert.Equal(["colors", "places", "log_scales", "opacities"], scene.NamedParameters().Select(p => p.Key));
        scene.Render(Tensor.From([1L, 1L]), Tensor.From([0L, 5L])).Square().Sum().Backward();
        foreach ((string name, Parameter parameter) in scene.NamedParameters())
        {
            Tensor slope = parameter.Value.Grad!.Abs().Flatten(1).Sum([1]);
            Assert.Equal(0, slope.ToArray<float>()[0]);
            Assert.True(slope.ToArray<float>()[1] > 0, name);
        }

        using Module known = new SplatsOptions().Build();
        Assert.Equal(["colors"], known.NamedParameters().Select(p => p.Key));
        Assert.Equal(["colors"], known.StateDict().Keys);
    }

    [Fact]
    public void A_view_that_is_told_stands_until_it_is_taken_back()
    {
        using var scope = new TensorScope();
        using var scene = (Splats)new SplatsOptions { Particles = 3 }.Build();
        Tensor noise = Tensor.Randn(null, 5, 3, 16), views = Tensor.From([0L, 3L, 6L, 9L, 11L]);
        float[] Made() => scene.Call(noise).Flatten().ToArray<float>();
        float[] before = Made(), told;
        using (scene.Given(views))
        {
            told = Made();
            using (scene.Given(views.Flip([0])))
                Assert.NotEqual(told, Made());
            Assert.Equal(told, Made());
        }

        Assert.NotEqual(before, told);
        Assert.Equal(before, Made());
    }

    [Fact]
    public void A_denoiser_answers_by_its_condition_and_one_that_is_none_is_as_none_told()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        using var model = (Denoiser)new MlpDenoiserOptions { Features = 6, Conditions = 4, Width = 16 }.Build();
        Tensor noisy = Tensor.Randn(null, 3, 2, 3), sigma = Tensor.Ones(3);
        Tensor Answer(params long[] told)
        {
            using IDisposable telling = model.Given(told.Length == 0 ? null : Tensor.From(told));
            return model.Denoise(noisy, sigma);
        }

        Assert.Equal([3, 2, 3], Answer().Shape);
        Assert.False(Answer(0, 1, 2).Allclose(Answer(3, 1, 2)));
        Assert.True(Answer(0, 1, 2).Narrow(0, 1, 2).Allclose(Answer(3, 1, 2).Narrow(0, 1, 2)));
        Assert.True(Answer(-100, 4, 7).Allclose(Answer()));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Noise_of_another_shape_is_named(ModelOptions options, long[] shape, string expected)
    {
        using var scope = new TensorScope();
        using Module model = options.Build();
        Assert.Equal(expected, Assert.Throws<ShapeException>(() => model.Call(Tensor.Zeros(shape))).Message);
    }

    public static TheoryData<ModelOptions, long[], string> Wrong() => new()
    {
        { new PointsOptions(), [3, 5], "'noise' [3, 5] must be vectors of 2 numbers: [N, 2]." },
        { new LinearGeneratorOptions(), [3, 5], "'noise' [3, 5] must be vectors of 2 numbers: [N, 2]." },
        { new SplatsOptions(), [2, 3, 8], "'noise' [2, 3, 8] must be lines of 16 pixels of 3 channels: [N, 3, 16]." },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Options_out_of_range_are_named(ModelOptions options, string expected)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => options.Build());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<ModelOptions, string> BadOptions() => new()
    {
        { new PointsOptions { Particles = 0 }, "Particles" },
        { new PointsOptions { Classes = 4 }, "in_channels and classes belong to image models" },
        { new LinearGeneratorOptions { Features = 5000 }, "Must be from 1 to 4096." },
        { new SplatsOptions { Blobs = 2000 }, "Must be from 1 to 1024." },
        { new SplatsOptions { Deviation = 0 }, "Deviation" },
        { new MlpDenoiserOptions { Conditions = -1 }, "Conditions" },
    };
}
