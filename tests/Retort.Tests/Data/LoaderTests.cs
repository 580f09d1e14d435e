using Retort.Data;
using Retort.Data.Transforms;
using Retort.Torch;

namespace Retort.Tests.Data;

public sealed class LoaderTests
{
    private static readonly Dataset Data = DatasetTests.Labelled(60, 30, 10);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void An_epoch_has_every_sample_once_in_an_order_of_its_own(int prefetch)
    {
        Loader loader = new(Data, new LoaderOptions { BatchSize = 32, Shuffle = true, Seed = 5, Prefetch = prefetch });
        Assert.Equal(4, loader.StepsPerEpoch);
        long[] first = Ids(loader, 0);
        Assert.Equal(Data.Ids, first.Order());
        Assert.NotEqual(first, Ids(loader, 1));
        Assert.Equal(first, Ids(loader, 0));
        Loader other = new(Data, new LoaderOptions { BatchSize = 32, Shuffle = true, Seed = 6, Prefetch = prefetch });
        Assert.NotEqual(first, Ids(other, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void An_epoch_resumed_in_its_middle_gives_the_same_batches(int prefetch)
    {
        Loader loader = new(Data, Augmented(prefetch));
        float[][] whole = Inputs(loader, epoch: 3, firstStep: 0);
        float[][] rest = Inputs(loader, epoch: 3, firstStep: 5);
        Assert.Equal(whole[5..], rest);
    }

    [Fact]
    public void Reading_ahead_changes_nothing() =>
        Assert.Equal(Inputs(new Loader(Data, Augmented(0)), 1, 0), Inputs(new Loader(Data, Augmented(4)), 1, 0));

    [Fact]
    public void Partial_batches_are_kept_or_dropped()
    {
        Assert.Equal([32, 32, 32, 4], Sizes(new LoaderOptions { BatchSize = 32 }));
        Assert.Equal([32, 32, 32], Sizes(new LoaderOptions { BatchSize = 32, DropLast = true }));
        var error = Assert.Throws<ArgumentException>(() => new Loader(Data, new LoaderOptions { BatchSize = 101, DropLast = true }));
        Assert.Contains("has 100 samples, which gives no batch of 101", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Balanced_sampling_gives_each_class_its_turn()
    {
        Loader loader = new(Data, new LoaderOptions { BatchSize = 100, Sampler = new BalancedSampler(300) });
        long[] ids = Ids(loader, 0);
        Assert.Equal([100, 100, 100], Enumerable.Range(0, 3).Select(label => ids.Count(id => Data.Labels[(int)id] == label)));
        Assert.Equal(60, ids.Where(id => id < 60).Distinct().Count());
        Assert.NotEqual(ids, Ids(loader, 1));
    }

    [Fact]
    public void Weighted_sampling_follows_the_weights()
    {
        double[] weights = [.. Enumerable.Range(0, 100).Select(place => place switch { 0 => 3.0, 50 => 1, _ => 0 })];
        Loader loader = new(Data, new LoaderOptions { BatchSize = 100, Sampler = new WeightedSampler(weights, 4000) });
        long[] ids = Ids(loader, 0);
        Assert.Equal(4000, ids.Count(id => id == 0) + ids.Count(id => id == 50));
        Assert.InRange(ids.Count(id => id == 0), 2900, 3100);
        Assert.Throws<ArgumentException>(() => new WeightedSampler([0, 0]));
        Assert.Throws<ArgumentException>(() => new WeightedSampler([1, double.NaN]));
        Assert.Throws<ArgumentException>(() => new Loader(Data, new LoaderOptions { Sampler = new WeightedSampler([1]) }));
    }

    [Fact]
    public void Views_are_further_looks_at_the_same_samples()
    {
        IBatchTransform[] noisy = [new RandomErasing(new RandomErasingOptions { Probability = 1, MinArea = 0.2 })];
        Dataset data = Dataset.OfImages("v", "train", [.. Enumerable.Repeat((byte)255, 10 * 64)], [1, 8, 8], new long[10], ["x"]);
        Loader loader = new(data, new LoaderOptions
        {
            BatchSize = 10,
            Transforms = noisy,
            Views = new Dictionary<string, IReadOnlyList<IBatchTransform>> { ["weak"] = [], ["strong"] = noisy },
        });
        using var scope = new TensorScope();
        Batch batch = loader.Epoch(0).First();
        Assert.Equal(["strong", "weak"], batch.Names.Order());
        Assert.All(batch["weak"].ToArray<float>(), value => Assert.Equal(1, value));
        Assert.NotEqual(batch.Input.ToArray<float>(), batch["strong"].ToArray<float>());
    }

    [Fact]
    public void Batches_belong_to_the_scope_in_which_they_are_asked_for()
    {
        Loader loader = new(Data, Augmented(3));
        Count();
        long before = Tensor.LiveCount;
        Count();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.InRange(Tensor.LiveCount - before, long.MinValue, 8);

        void Count()
        {
            using IEnumerator<Batch> batches = loader.Epoch(0).GetEnumerator();
            for (int step = 0; step < 6; step++)
            {
                using var scope = new TensorScope();
                Assert.True(batches.MoveNext());
                Assert.InRange(scope.Count, 3, 12);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Cancelling_ends_the_epoch(int prefetch)
    {
        using CancellationTokenSource cancellation = new();
        Loader loader = new(Data, new LoaderOptions { BatchSize = 10, Prefetch = prefetch });
        int seen = 0;
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (Batch _ in loader.Epoch(0, 0, cancellation.Token))
            {
                if (++seen == 3)
                    cancellation.Cancel();
            }
        });
        Assert.Equal(3, seen);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_sample_that_cannot_be_read_is_reported_where_it_is_needed(int prefetch)
    {
        Dataset data = Dataset.Of("broken", "train", new BrokenSource(), new long[20], ["x"]);
        Loader loader = new(data, new LoaderOptions { BatchSize = 5, Prefetch = prefetch, Threads = 2 });
        int seen = 0;
        var error = Assert.Throws<DataFormatException>(() =>
        {
            foreach (Batch _ in loader.Epoch(0))
                seen++;
        });
        Assert.Equal(2, seen);
        Assert.Equal("file 13: picture: broken", error.Message);
    }

    [Fact]
    public void Contradictory_options_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Loader(Data, new LoaderOptions { Shuffle = true, Sampler = new BalancedSampler() }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Loader(Data, new LoaderOptions { BatchSize = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Loader(Data, new LoaderOptions { Prefetch = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Loader(Data, new LoaderOptions()).Epoch(-1));
    }

    private static LoaderOptions Augmented(int prefetch) => new()
    {
        BatchSize = 8,
        Shuffle = true,
        Seed = 9,
        Prefetch = prefetch,
        Transforms = [new RandomErasing(new RandomErasingOptions { Noise = true })],
    };

    private static int[] Sizes(LoaderOptions options)
    {
        using var scope = new TensorScope();
        return [.. new Loader(Data, options).Epoch(0).Select(batch => (int)batch.Count)];
    }

    private static long[] Ids(Loader loader, long epoch)
    {
        using var scope = new TensorScope();
        return [.. loader.Epoch(epoch).SelectMany(batch => batch.Index.ToArray<long>())];
    }

    private static float[][] Inputs(Loader loader, long epoch, int firstStep)
    {
        using var scope = new TensorScope();
        return [.. loader.Epoch(epoch, firstStep).Select(batch => batch.Input.ToArray<float>())];
    }

    private sealed class BrokenSource : ISampleSource
    {
        public int Count => 20;

        public IReadOnlyList<long> SampleShape => [1];

        public DType ElementType => DType.UInt8;

        public bool IsCostly => true;

        public string Identity => "broken";

        public void Read(int place, Span<byte> target)
        {
            if (place == 13)
                throw new DataFormatException("file 13", "picture", "broken");
            target.Clear();
        }
    }
}
