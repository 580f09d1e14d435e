using Retort.Diffusion.Levels;
using Retort.Torch;

namespace Retort.Tests.Diffusion;

[Collection("default generator")]
public sealed class DdpmLevelsTests
{
    // ᾱ of the first step is 1 − β = 0.99915; that of the last of Stable Diffusion's schedule is known to be 0.0047.
    [Fact]
    public void The_first_and_last_levels_are_those_of_the_schedule()
    {
        using var scope = new TensorScope();
        double[] ends = DdpmLevels.At(Tensor.From([0L, 999L])).ToArray<double>();
        Assert.Equal(Math.Sqrt(0.00085 / 0.99915), ends[0], 1e-9);
        Assert.Equal(0.0047, 1 / (1 + ends[1] * ends[1]), 5e-5);
    }

    [Fact]
    public void Levels_are_drawn_between_the_two_shares()
    {
        using var scope = new TensorScope();
        double[] bounds = DdpmLevels.At(Tensor.From([200L, 499L])).ToArray<double>();
        double[] drawn = [.. new DdpmLevels { From = 0.2, To = 0.5 }.Draw(Tensor.Zeros(4000, 2)).ToArray<float>().Select(v => (double)v)];
        Assert.InRange(drawn.Min(), bounds[0] - 1e-6, bounds[0] * 1.02);
        Assert.InRange(drawn.Max(), bounds[1] * 0.98, bounds[1] + 1e-6);
    }

    [Fact]
    public void Shares_in_the_wrong_order_are_a_problem_of_the_recipe() =>
        Assert.Contains("from (0.5) is not below to (0.4)", Assert.Single(new DdpmLevels { From = 0.5, To = 0.4 }.Validate()).Message, StringComparison.Ordinal);
}
