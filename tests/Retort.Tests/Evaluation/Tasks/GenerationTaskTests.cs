using Retort.Data;
using Retort.Data.Sets;
using Retort.Data.Transforms;
using Retort.Diffusion.Samplers;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Evaluation.Tasks;
using Retort.Models.Generative;
using Retort.Models.Vision;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Evaluation.Tasks;

[Collection("default generator")]
public sealed class GenerationTaskTests
{
    [Fact]
    public void The_exact_teacher_generates_as_well_as_real_samples_differ_and_fewer_steps_do_worse()
    {
        using Module teacher = new MixtureDenoiserOptions().Build();
        Dictionary<string, double> fine = Measure(new GenerationTask { Sampler = new HeunSampler { Steps = 18 } }, teacher);
        Assert.InRange(fine["sw2"], 0, 1.5 * fine["floor"]);
        Assert.Equal(8, fine["modes"]);
        Assert.True(fine["good"] > 0.98 && fine["precision"] > 0.9 && fine["recall"] > 0.9);
        Assert.Equal(35, fine["nfe"]);
        Dictionary<string, double> coarse = Measure(new GenerationTask { Sampler = new HeunSampler { Steps = 4 } }, teacher);
        Assert.True(coarse["sw2"] > 5 * fine["sw2"]);
    }

    [Fact]
    public void One_jump_of_a_denoiser_is_the_mean_of_the_data_and_covers_nothing()
    {
        using Module teacher = new MixtureDenoiserOptions().Build();
        Dictionary<string, double> found = Measure(new GenerationTask(), teacher);
        Assert.InRange(found["good"], 0, 0.05);
        Assert.InRange(found["precision"], 0, 0.05);
    }

    [Fact]
    public void A_flow_to_a_point_is_straight_and_one_to_a_ring_is_not()
    {
        var task = new GenerationTask { Straightness = true, Samples = 500 };
        using Module point = new MixtureDenoiserOptions { Modes = 1, Deviation = 1e-4 }.Build(), ring = new MixtureDenoiserOptions().Build();
        Assert.InRange(Measure(task, point)["straightness"], 0, 1e-3);
        Assert.InRange(Measure(task, ring)["straightness"], 0.05, 1);
    }

    [Fact]
    public void Looking_does_not_change_what_is_drawn_afterwards_and_gives_the_same_twice()
    {
        using Module teacher = new MixtureDenoiserOptions().Build();
        var task = new GenerationTask { Sampler = new JumpSampler { Again = [1] }, Samples = 200 };
        Engine.ManualSeed(9);
        byte[] before = Generator.Default.State;
        Dictionary<string, double> first = Measure(task, teacher);
        Assert.Equal(before, Generator.Default.State);
        Engine.ManualSeed(10);
        Assert.Equal(first, Measure(task, teacher));
    }

    // A network that gives back what it gets: features are the points themselves.
    [Fact]
    public void With_features_their_frechet_distance_comes_first()
    {
        using Module teacher = new MixtureDenoiserOptions().Build(), off = new MixtureDenoiserOptions { Shift = 0.3 }.Build();
        var task = new GenerationTask
        {
            Sampler = new HeunSampler(),
            Samples = 4000,
            Features = new FeatureSource { Model = "judge", Tap = "@output" },
        };
        var around = new EvaluationSurroundings { Trained = name => new Role(name, new Identity()) };
        Dictionary<string, double> found = Measure(task, teacher, around), shifted = Measure(task, off, around);
        Assert.Equal("fd", found.Keys.First());
        Assert.InRange(found["fd"], 0, 0.01);
        Assert.InRange(found["fd_floor"], 0, 0.01);
        Assert.Equal(found["fd_floor"], shifted["fd_floor"]);

        // All is moved by 0.3 in one direction, and that is all that differs. The means of two samples of 4000 differ by 0.01
        // besides (a deviation of 0.46 · √(2 / 4000)): 0.09 ± 2 · 0.3 · 0.01, here within two of these.
        Assert.InRange(shifted["fd"], 0.078, 0.102);
        Assert.True(shifted["precision"] < 0.1 && found["precision"] > 0.9);
        Assert.Throws<InvalidOperationException>(() => Measure(task, teacher));
    }

    // One jump of a fresh network leaves unit noise, of which a third lies beyond the range of pixels.
    [Fact]
    public void Pictures_are_held_within_the_range_of_pixels_and_shown()
    {
        using var scope = new TensorScope();
        var options = new UnetDenoiserOptions { InChannels = 1, Width = 8, Parameterization = Parameterization.Flow };
        using Module fresh = options.Build();
        var loader = new Loader(
            new GlyphSet { Test = 100 }.Load("", "test"),
            new LoaderOptions { BatchSize = 16, Transforms = [new Normalize([0.5], [0.5])] });
        var shown = new Dictionary<string, float[]>();
        var around = new EvaluationSurroundings
        {
            Denormalize = inputs => inputs / 2 + 0.5,
            Show = (name, pictures) =>
            {
                Assert.Equal([40L, 1, 28, 28], pictures.Shape);
                shown[name] = pictures.Contiguous().ToArray<float>();
            },
        };
        Dictionary<string, double> found = new GenerationTask().Evaluate(fresh, loader, Device.Cpu, around).ToDictionary();
        Assert.Equal(["generated", "real"], shown.Keys.Order());
        Assert.Equal((0, 1), (shown["generated"].Min(), shown["generated"].Max()));
        Assert.InRange(shown["generated"].Count(v => v is 0 or 1) / (double)shown["generated"].Length, 0.29, 0.35);
        Assert.Equal(1, found["nfe"]);
        Assert.DoesNotContain("modes", found.Keys);
    }

    // The ring's total variance is its radius squared and twice that of a Gaussian.
    [Fact]
    public void Moments_are_compared_and_what_does_not_denoise_has_one_sampler()
    {
        using var scope = new TensorScope();
        using Module line = new LinearGeneratorOptions().Build();
        using (Autograd.NoGrad())
        {
            line.StateDict()["mean"].CopyInPlace(Tensor.From([0.3, 0.0]));
            line.StateDict()["factor"].CopyInPlace(Tensor.From(new double[,] { { 0.5, 0 }, { 0, 0 } }));
        }

        Dictionary<string, double> found = Measure(new GenerationTask(), line);
        Assert.Equal(0.3, found["mean_error"], 0.02);
        Assert.Equal(0.25 / (0.65 * 0.65 + 2 * 0.05 * 0.05), found["spread"], 0.03);
        var error = Assert.Throws<ArgumentException>(() => Measure(new GenerationTask { Sampler = new HeunSampler() }, line));
        Assert.Contains("LinearGenerator makes samples in one evaluation alone", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_classifier_does_not_generate()
    {
        using Module classifier = new MlpOptions { InFeatures = 2 }.Build();
        var error = Assert.Throws<ArgumentException>(() => Measure(new GenerationTask(), classifier));
        Assert.Contains("Mlp does not generate", error.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, double> Measure(
        GenerationTask task, Module model, EvaluationSurroundings? around = null)
    {
        using var scope = new TensorScope();
        var loader = new Loader(new Mixture().Load("", "test"), new LoaderOptions { BatchSize = 4000 });
        return task.Evaluate(model, loader, Device.Cpu, around ?? EvaluationSurroundings.None).ToDictionary();
    }
}
