using Retort.Data;

namespace Retort.Tests.Data;

public sealed class SubsetSamplerTests
{
    private static readonly Dataset Ten = Dataset.OfNumbers("ten", "train", new float[10], [1], new long[10], ["a"]);

    [Fact]
    public void Epochs_go_through_all_samples_before_any_comes_again()
    {
        var sampler = new SubsetSampler(0.3);
        Assert.Equal(3, sampler.CountOf(Ten));
        int[] seen = [.. Enumerable.Range(0, 20).SelectMany(epoch => sampler.Order(Ten, 7, epoch))];
        foreach (int[] pass in seen.Chunk(10))
            Assert.Equal(Enumerable.Range(0, 10), pass.Order());
        Assert.NotEqual(seen[..10], seen[10..20]);
    }

    [Fact]
    public void Redrawn_epochs_are_draws_of_their_own_without_repetition()
    {
        var sampler = new SubsetSampler(0.5, redraw: true);
        int[][] epochs = [.. Enumerable.Range(0, 8).Select(epoch => sampler.Order(Ten, 7, epoch))];
        Assert.All(epochs, epoch => Assert.Equal(5, epoch.Distinct().Count()));
        Assert.Equal(epochs[3], sampler.Order(Ten, 7, 3));
        Assert.Contains(epochs.Chunk(2), pair => pair[0].Intersect(pair[1]).Any());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_share_is_above_0_and_at_most_1(double share) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SubsetSampler(share));
}
