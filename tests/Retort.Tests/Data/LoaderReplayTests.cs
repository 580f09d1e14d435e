using Retort.Data;
using Retort.Data.Transforms;
using Retort.Torch;

namespace Retort.Tests.Data;

public sealed class LoaderReplayTests
{
    private static readonly Dataset Data = Dataset.OfImages(
        "dots", "train", [.. Enumerable.Range(0, 20 * 64).Select(k => (byte)(k * 37 % 251))], [1, 8, 8], new long[20], ["dot"]);

    [Fact]
    public void Augmentation_begins_anew_and_the_order_does_not()
    {
        using var scope = new TensorScope();
        Loader loader = Make(seed: 4, new Replay { Epochs = 2 });
        Assert.Equal(Looks(loader, 1), Looks(loader, 3));
        Assert.NotEqual(Looks(loader, 0), Looks(loader, 1));
        Assert.NotEqual(Ids(loader, 1), Ids(loader, 3));
        Assert.All(loader.Epoch(3), batch => Assert.Equal(1, batch.Epoch));
    }

    [Fact]
    public void Another_seed_s_augmentation_comes_in_this_seed_s_order()
    {
        using var scope = new TensorScope();
        Loader own = Make(seed: 4), other = Make(seed: 9), replayed = Make(seed: 4, new Replay { Seed = 9 });
        Assert.Equal(Looks(other, 2), Looks(replayed, 2));
        Assert.Equal(Ids(own, 2), Ids(replayed, 2));
        Assert.NotEqual(Looks(own, 2), Looks(replayed, 2));
    }

    [Fact]
    public void Where_samples_are_mixed_whole_batches_come_again()
    {
        using var scope = new TensorScope();
        IBatchTransform mixup = new Mixup(new MixupOptions { Alpha = 1 }, classes: 1);
        Loader other = Make(seed: 9, null, mixup), replayed = Make(seed: 4, new Replay { Seed = 9, Epochs = 2 }, mixup);
        Assert.Equal(Ids(other, 1), Ids(replayed, 3));
        Assert.Equal(Looks(other, 1), Looks(replayed, 3));
    }

    [Fact]
    public void At_least_one_epoch_must_be_there() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Make(seed: 4, new Replay { Epochs = 0 }));

    private static Loader Make(ulong seed, Replay? replay = null, params IBatchTransform[] more) => new(Data, new LoaderOptions
    {
        BatchSize = 8,
        Shuffle = true,
        Seed = seed,
        Replay = replay,
        Transforms = [new RandomCrop(new RandomCropOptions { Padding = 2 }), .. more],
    });

    private static long[] Ids(Loader loader, long epoch) => [.. loader.Epoch(epoch).SelectMany(b => b.Index.ToArray<long>())];

    // What each sample looks like, in the order of the samples.
    private static float[][] Looks(Loader loader, long epoch) =>
    [
        .. loader.Epoch(epoch).SelectMany(b => b.Index.ToArray<long>().Zip(b.Input.ToArray<float>().Chunk(64)))
            .OrderBy(look => look.First).Select(look => look.Second),
    ];
}
