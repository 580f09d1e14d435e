using Retort.Data;
using Retort.Torch;
using Retort.Training;

namespace Retort.Tests.Training;

public sealed class SampleMemoryTests
{
    // Directions at 0°, 90° and 40°: their mean is (0.589, 0.548), and 40° is nearest to it, at 0.20. Of the means with a second one,
    // that with 90° is at 0.34 and that with 0° at 0.37.
    [Fact]
    public void Herding_takes_first_what_is_nearest_to_the_mean_then_what_mends_the_mean()
    {
        using var scope = new TensorScope();
        double angle = 40 * Math.PI / 180;
        Tensor features = Tensor.From(new double[] { 3, 0, 0, 0.5, Math.Cos(angle), Math.Sin(angle) }, [3, 2]);
        Assert.Equal([2, 1], new SampleMemory { PerClass = 2 }.Choose(features, new RandomStream(1)));
    }

    [Fact]
    public void Herding_takes_each_sample_once_and_no_more_than_there_are()
    {
        using var scope = new TensorScope();
        int[] chosen = new SampleMemory { PerClass = 9 }.Choose(Tensor.Ones(4, 3), new RandomStream(1));
        Assert.Equal([0, 1, 2, 3], chosen.Order());
    }

    [Fact]
    public void A_random_choice_depends_on_the_stream_alone()
    {
        using var scope = new TensorScope();
        var memory = new SampleMemory { PerClass = 5, By = MemoryChoice.Random };
        int[] first = memory.Choose(Tensor.Ones(50, 2), new RandomStream(1));
        Assert.Equal(first, memory.Choose(Tensor.Zeros(50, 2), new RandomStream(1)));
        Assert.NotEqual(first, memory.Choose(Tensor.Ones(50, 2), new RandomStream(2)));
        Assert.Equal(5, first.Distinct().Count());
    }
}
