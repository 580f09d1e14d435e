using Retort.Data;
using Retort.Data.Sets;
using Retort.Evaluation.Tasks;
using Retort.Diffusion.Samplers;
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

    private static Dictionary<string, double> Measure(GenerationTask task, Module model)
    {
        using var scope = new TensorScope();
        var loader = new Loader(new Mixture().Load("", "test"), new LoaderOptions { BatchSize = 4000 });
        return task.Evaluate(model, loader, Device.Cpu).ToDictionary();
    }
}
