using Retort.Data;
using Retort.Data.Sets;
using Retort.Data.Transforms;
using Retort.Recipes;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Tests.Runs;

public sealed class DataProviderTests
{
    private static readonly DataOptions Glyphs = new() { Dataset = new GlyphSet { Train = 360, Test = 72 }, BatchSize = 90 };

    [Fact]
    public void Training_and_validation_share_no_sample()
    {
        using DataProvider data = new(Glyphs with { Validation = 0.2 });
        Assert.Equal(72, data.Split("validation").Count);
        Assert.Equal(288, data.Split("train").Count);
        Assert.Empty(data.Split("train").Ids.Intersect(data.Split("validation").Ids));
        Assert.All(data.Split("validation").Labels.CountBy(label => label), pair => Assert.Equal(2, pair.Value));
    }

    [Fact]
    public void A_split_that_nobody_held_out_is_asked_for_in_vain()
    {
        using DataProvider data = new(Glyphs);
        Assert.Contains("data.validation", Assert.Throws<RunException>(() => data.Split("validation")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Views_have_an_augmentation_of_their_own_and_the_same_normalisation()
    {
        using DataProvider data = new(Glyphs with
        {
            Views = new Dictionary<string, IReadOnlyList<TransformOptions>> { ["plain"] = [], ["moved"] = [new RandomCropOptions()] },
        });
        using var scope = new TensorScope();
        Batch batch = data.Training(seed: 1).Epoch(0).First();
        Assert.Equal(batch.Input.ToArray<float>(), batch["plain"].ToArray<float>());
        Assert.NotEqual(batch.Input.ToArray<float>(), batch["moved"].ToArray<float>());
    }

    [Fact]
    public void Balanced_sampling_evens_out_the_classes()
    {
        DataOptions uneven = Glyphs with { Dataset = new GlyphSet { Train = 40, Test = 36 }, BatchSize = 36 };
        Assert.InRange(Most(uneven), 2, 36);
        Assert.Equal(1, Most(uneven with { Sampling = Sampling.Balanced }));

        static int Most(DataOptions options)
        {
            using DataProvider data = new(options);
            using var scope = new TensorScope();
            return Enumerable.Range(0, 10).Max(epoch =>
                data.Training(seed: 1).Epoch(epoch).First().Labels.ToArray<long>().CountBy(label => label).Max(pair => pair.Value));
        }
    }

    [Fact]
    public void Another_seed_gives_another_order_and_the_same_seed_the_same()
    {
        using DataProvider data = new(Glyphs);
        using var scope = new TensorScope();
        Assert.Equal(First(1), First(1));
        Assert.NotEqual(First(1), First(2));

        long[] First(ulong seed) => data.Training(seed).Epoch(0).First().Index.ToArray<long>();
    }
}
