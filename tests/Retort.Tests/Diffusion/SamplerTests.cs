using Retort.Diffusion;
using Retort.Diffusion.Samplers;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Tests.Diffusion;

[Collection("default generator")]
public sealed class SamplerTests
{
    // Of one Gaussian of deviation s the path is known: x scales with √(s² + σ²), so the end is the start times s / √(s² + σ_max²).
    [Theory]
    [InlineData(true, 2, 0.4)]
    [InlineData(false, 1, 0.3)]
    public void The_error_falls_with_the_steps_by_the_methods_order(bool second, double order, double tolerance)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        var model = (Denoiser)new MixtureDenoiserOptions { Modes = 1, Radius = 1, Deviation = 0.5, SigmaMax = 1 }.Build();
        Tensor noise = Tensor.From(new double[,] { { 1, -0.4 }, { 0.3, 2 } });

        // The path ends at σ = 0.002; what is left from there is a step of the same kind for all.
        Tensor centre = Tensor.From([1.0, 0.0]), exact = centre + (noise - centre) * (0.5 / Math.Sqrt(0.25 + 1));
        double Error(int steps)
        {
            OdeSampler sampler = second ? new HeunSampler { Steps = steps, Rho = 1 } : new EulerSampler { Steps = steps, Rho = 1 };
            return (sampler.Sample(model, noise) - exact).Abs().Max().ToDouble();
        }

        double slope = Math.Log(Error(16) / Error(64)) / Math.Log(4);
        Assert.InRange(slope, order - tolerance, order + tolerance);
    }

    [Fact]
    public void A_straight_flow_needs_one_step()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();

        // A single point: every path goes straight to it.
        var model = (Denoiser)new MixtureDenoiserOptions { Modes = 1, Radius = 1, Deviation = 1e-6 }.Build();
        Tensor noise = Tensor.Randn(null, 5, 2).To(DType.Float64), one = new FlowSampler { Steps = 1 }.Sample(model, noise);
        Assert.InRange((one - Tensor.From(new double[,] { { 1, 0 } })).Abs().Max().ToDouble(), 0, 1e-4);
        Assert.InRange((one - new FlowSampler { Steps = 8 }.Sample(model, noise)).Abs().Max().ToDouble(), 0, 1e-4);
    }

    [Fact]
    public void A_jump_noises_its_result_again_and_counts_what_it_costs()
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        var model = (Denoiser)new MixtureDenoiserOptions { Modes = 1, Radius = 1, Deviation = 0.5 }.Build();
        Tensor noise = Tensor.Randn(null, 2000, 2);
        var once = new JumpSampler();
        var twice = new JumpSampler { Again = [0.8] };
        Assert.Equal((1, 2), (once.Evaluations, twice.Evaluations));

        // A denoiser's jump from pure noise is the mean of the data; noised and denoised again it spreads.
        double Deviation(SamplerOptions sampler) => sampler.Sample(model, noise).Std(0).Mean().ToDouble();
        Assert.InRange(Deviation(once), 0, 0.01);
        Assert.InRange(Deviation(twice), 0.2, 0.3);
    }

    [Fact]
    public void Evaluations_are_what_the_network_is_asked()
    {
        Assert.Equal(35, new HeunSampler { Steps = 18 }.Evaluations);
        Assert.Equal(18, new EulerSampler { Steps = 18 }.Evaluations);
        Assert.Equal(4, new FlowSampler { Steps = 4 }.Evaluations);
    }
}
