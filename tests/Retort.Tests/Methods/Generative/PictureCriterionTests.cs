using Retort.Data;
using Retort.Diffusion;
using Retort.Diffusion.Samplers;
using Retort.Distillation;
using Retort.Models.Generative;
using Retort.Recipes;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Methods.Generative;

/// <summary>What works on points works on pictures.</summary>
[Collection("default generator")]
public sealed class PictureCriterionTests
{
    private static readonly long[] Shape = [6, 1, 8, 8];

    public static TheoryData<string> Slugs => [.. ToyNets.Criteria.Select(c => c.Slug)];

    [Theory, MemberData(nameof(Slugs))]
    public void A_step_on_pictures_reaches_every_weight_of_a_unet(string slug)
    {
        using var scope = new TensorScope();
        bool flow = slug is "rectified-flow" or "rfpp" or "slimflow" or "meanflow";
        Parameterization form = flow ? Parameterization.Flow
            : slug == "boot" ? Parameterization.Signal : Parameterization.Consistency;
        var student = new Role("student", Unet(form, 1, slug == "meanflow"));
        Role[] teachers = [new("teacher", Unet(Parameterization.Edm, 2)), new("follower", Unet(Parameterization.Edm, 3))];
        if (slug is not ("dmd2" or "sid" or "vsd" or "esd"))
            teachers = teachers[..1];
        using Criterion criterion = RetortCatalog.Default.Create<Criterion>(ToyNets.Options(slug));
        criterion.Attach(new Attachment { Student = student, Teachers = teachers });
        Engine.ManualSeed(8);
        Tensor labels = Tensor.Zeros(Shape[0]).To(DType.Int64);
        var batch = new Batch(Tensor.Randn(null, Shape), labels, labels);
        Signals signals = ToyNets.Signals(
            batch.And([new("noise", Tensor.Randn(null, Shape))]), new StepClock(10, 100, 10), teachers);
        using (Autograd.NoGrad())
            criterion.Prepare(signals);
        criterion.Evaluate(signals).Backward();
        Assert.All(student.Model.NamedParameters(), p => Assert.True(
            p.Value.Value.Grad is { } slope && slope.Abs().Sum().ToDouble() is > 0 and < double.PositiveInfinity, p.Key));
    }

    public static TheoryData<SamplerOptions> Samplers =>
    [
        new HeunSampler { Steps = 3 }, new EulerSampler { Steps = 3 }, new FlowSampler { Steps = 3 },
        new JumpSampler { Again = [0.5] },
    ];

    [Theory, MemberData(nameof(Samplers))]
    public void A_sampler_makes_each_picture_of_its_own_noise(SamplerOptions sampler)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Denoiser model = Unet(Parameterization.Edm, 5);
        Tensor noise = Tensor.Randn(null, Shape);
        Engine.ManualSeed(6);
        Tensor all = sampler.Sample(model, noise);
        Assert.Equal(Shape, all.Shape);
        Engine.ManualSeed(6);
        Assert.True(all.Narrow(0, 0, 1).Allclose(sampler.Sample(model, noise.Narrow(0, 0, 1)), rtol: 1e-3, atol: 1e-4));
    }

    // With what starts at 0 awake, so that everything is reached at once.
    private static Denoiser Unet(Parameterization form, ulong seed, bool interval = false)
    {
        Engine.ManualSeed(seed);
        var model = (Denoiser)new UnetDenoiserOptions
        {
            InChannels = 1,
            Width = 8,
            Multipliers = [1, 1],
            Parameterization = form,
            Interval = interval,
        }.Build();
        using GradMode off = Autograd.NoGrad();
        foreach (Parameter parameter in model.Parameters().Where(p => p.Value.Dimensions == 4))
            parameter.Value.CopyInPlace(parameter.Value.RandnLike() * 0.1);
        return model;
    }
}
