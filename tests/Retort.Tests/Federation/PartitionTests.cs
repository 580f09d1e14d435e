using Retort.Data;
using Retort.Federation;
using Retort.Federation.Partitions;

namespace Retort.Tests.Federation;

public sealed class PartitionTests
{
    private static readonly long[] Labels = [.. Enumerable.Range(0, 400).Select(i => (long)(i % 4))];

    public static TheoryData<PartitionOptions> All =>
        [new GroupPartition(), new GroupPartition { Groups = 2 }, new DirichletPartition { Alpha = 0.2, Least = 5 }];

    [Theory, MemberData(nameof(All))]
    public void Every_sample_goes_to_one_client_and_the_same_seed_deals_the_same(PartitionOptions partition)
    {
        int[][] dealt = partition.Deal(Labels, 4, 5, new RandomStream(1));
        Assert.Equal(5, dealt.Length);
        Assert.Equal(Enumerable.Range(0, 400), dealt.SelectMany(d => d).Order());
        Assert.All(dealt, places => Assert.Equal(places.Order(), places));
        Assert.Equal(dealt, partition.Deal(Labels, 4, 5, new RandomStream(1)));
        Assert.NotEqual(dealt, partition.Deal(Labels, 4, 5, new RandomStream(2)));
    }

    [Fact]
    public void Groups_have_classes_of_their_own()
    {
        int[][] dealt = new GroupPartition { Groups = 2 }.Deal(Labels, 4, 4, new RandomStream(1));
        for (int client = 0; client < 4; client++)
        {
            Assert.Equal([client % 2, (client % 2) + 2], dealt[client].Select(p => (int)Labels[p]).Distinct().Order());
            Assert.Equal(100, dealt[client].Length);
        }
    }

    [Fact]
    public void A_small_alpha_gives_clients_classes_of_their_own_and_a_large_one_the_same_of_all()
    {
        Assert.True(Evenness(0.1) < Evenness(1));
        Assert.InRange(Evenness(1000), 0.9, 1);

        // The least share of a class that a client has of its samples, against the even one, mean over clients.
        static double Evenness(double alpha) => new DirichletPartition { Alpha = alpha, Least = 1 }.Deal(Labels, 4, 5, new RandomStream(3))
            .Average(d => Enumerable.Range(0, 4).Min(c => d.Count(p => Labels[p] == c)) * 4.0 / d.Length);
    }

    [Fact]
    public void What_cannot_be_dealt_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new GroupPartition { Groups = 5 }.Deal(Labels, 4, 5, new RandomStream(1)));
        var error = Assert.Throws<ArgumentException>(() => new DirichletPartition { Least = 101 }.Deal(Labels, 4, 5, new RandomStream(1)));
        Assert.Contains("with at least 101 each", error.Message, StringComparison.Ordinal);
    }
}
