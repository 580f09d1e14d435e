using Retort.Data;
using Retort.Data.Sets;
using Retort.Recipes;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Tests.Data;

public sealed class MixedSamplerTests
{
    private static readonly Dataset Whole = DatasetTests.Labelled(40, 20);

    [Fact]
    public void Every_batch_has_as_many_labelled_samples_as_others_and_the_fewer_come_again()
    {
        Dataset data = Whole.Labelled([.. Whole.Labels.Select((label, k) => k % 10 == 0 ? label : Dataset.NoLabel)], Whole.ClassNames);
        var sampler = new MixedSampler();
        int[] order = sampler.Order(data, 1, 0);
        Assert.Equal(60, order.Length);
        Assert.All(order.Index(), p => Assert.Equal(p.Index % 2 == 0, p.Item % 10 == 0));
        Assert.All(order.Where(p => p % 10 == 0).CountBy(p => p), pair => Assert.Equal(5, pair.Value));
        Assert.Equal(30, order.Where(p => p % 10 != 0).Distinct().Count());
        Assert.Equal(order, sampler.Order(data, 1, 0));
        Assert.NotEqual(order, sampler.Order(data, 1, 1));
    }

    [Fact]
    public void Where_all_have_labels_each_comes_once() =>
        Assert.Equal(Enumerable.Range(0, 60), new MixedSampler().Order(Whole, 1, 0).Order());

    [Fact]
    public void A_recipe_leaves_labels_to_a_few_samples_of_each_class_drawn_by_the_seed()
    {
        var options = new DataOptions
        {
            Dataset = new GlyphSet { Train = 144, Test = 36 },
            BatchSize = 144,
            Labelled = 36,
        };
        using var data = new DataProvider(options);
        using var scope = new TensorScope();
        Batch first = data.Training(1).Epoch(0).First();
        long[] labels = first.Labels.ToArray<long>();
        Assert.Equal(Enumerable.Range(0, 36).Select(k => (long)k), labels.Where(l => l != Dataset.NoLabel).Order());
        long[] Kept(ulong seed)
        {
            Batch batch = data.Training(seed).Epoch(0).First();
            return [.. batch.Index.ToArray<long>().Zip(batch.Labels.ToArray<long>())
                .Where(p => p.Second != Dataset.NoLabel).Select(p => p.First).Order()];
        }

        Assert.Equal(Kept(1), Kept(1));
        Assert.NotEqual(Kept(1), Kept(2));
        Assert.DoesNotContain(Dataset.NoLabel, data.Split("train").Labels);
    }
}
