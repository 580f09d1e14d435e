using Retort.Data;
using Retort.Torch;

namespace Retort.Tests.Data;

public sealed class DatasetTests
{
    // By hand: of three classes of six, 6, 6 / √9 and 6 / 9 rounded down, at least one; samples without a label stay.
    [Fact]
    public void A_long_tail_keeps_fewer_of_each_class_than_of_the_one_before()
    {
        long[] labels = [.. Enumerable.Range(0, 18).Select(k => (long)(k % 3)), Dataset.NoLabel];
        Dataset whole = Dataset.OfNumbers("n", "train", new float[19], [1], labels, ["a", "b", "c"]), tail = whole.LongTailed(9);
        Assert.Equal([6, 2, 1, 1], ((long[])[0, 1, 2, Dataset.NoLabel]).Select(c => tail.Labels.Count(l => l == c)));
        Assert.Equal([0, 1, 2, 3, 4, 6, 9, 12, 15, 18], tail.Ids);
        Assert.Same(whole, whole.LongTailed(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => whole.LongTailed(0.5));
    }

    [Fact]
    public void A_batch_has_values_from_0_to_1_labels_and_ids()
    {
        using var scope = new TensorScope();
        Batch batch = Small().Gather([2, 0]);
        Assert.Equal([2, 1, 1, 2], batch.Input.Shape);
        Assert.Equal([4 / 255f, 5 / 255f, 0f, 1 / 255f], batch.Input.ToArray<float>());
        Assert.Equal([2, 0], batch.Labels.ToArray<long>());
        Assert.Equal([2, 0], batch.Index.ToArray<long>());
    }

    [Fact]
    public void Every_byte_becomes_its_255th_part()
    {
        byte[] pixels = [.. Enumerable.Range(0, 300).Select(i => (byte)i)];
        float[] target = new float[300];
        PixelScale.ToUnit(pixels, target);
        Assert.Equal(pixels.Select(pixel => pixel / 255f), target);
    }

    [Fact]
    public void Numbers_and_tokens_keep_their_types()
    {
        using var scope = new TensorScope();
        Dataset numbers = Dataset.OfNumbers("n", "train", [1.5f, -2, 3, 4], [2], [0, 0], ["x"]);
        Assert.Equal([3f, 4], numbers.Gather([1]).Input.ToArray<float>());
        Dataset tokens = Dataset.OfTokens("t", "train", [7, 8, 9], [1], [0, Dataset.NoLabel, 0], ["x"]);
        Assert.Equal([8L, 9], tokens.Gather([1, 2]).Input.ToArray<long>());
        Assert.Throws<InvalidOperationException>(() => tokens.BytesOf(0));
    }

    [Fact]
    public void Samples_under_other_labels_keep_their_ids_and_refuse_labels_that_are_no_class()
    {
        using var scope = new TensorScope();
        Dataset other = Small().Subset([2, 0]).Labelled([0, 1], ["a", "b"]);
        Batch batch = other.Gather([0, 1]);
        Assert.Equal([0L, 1], batch.Labels.ToArray<long>());
        Assert.Equal([2L, 0], batch.Index.ToArray<long>());
        Assert.Equal(["a", "b"], other.ClassNames);
        Assert.Contains("it must be 0 to 1", Assert.Throws<ArgumentException>(() => other.Labelled([0, 2], ["a", "b"])).Message, StringComparison.Ordinal);
        Assert.Contains("1 labels for 2 samples", Assert.Throws<ArgumentException>(() => other.Labelled([0], ["a"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Subsets_keep_the_ids_of_the_whole_and_may_repeat_a_sample()
    {
        using var scope = new TensorScope();
        Dataset subset = Small().Subset([3, 3, 1]).Subset([1, 2]);
        Assert.Equal([3L, 1], subset.Ids);
        Assert.Equal([0L, 1], subset.Labels);
        Assert.Equal([6, 7], subset.BytesOf(0).ToArray());
        Assert.Equal([6 / 255f, 7 / 255f, 2 / 255f, 3 / 255f], subset.Gather([0, 1]).Input.ToArray<float>());
        Assert.Throws<ArgumentOutOfRangeException>(() => subset.Subset([2]));
    }

    [Fact]
    public void Drawn_samples_are_balanced_and_depend_on_the_seed_alone()
    {
        Dataset data = Labelled(900, 100);
        Dataset drawn = data.Sample(100, seed: 1, balanced: true);
        Assert.Equal((90, 10), (drawn.Labels.Count(label => label == 0), drawn.Labels.Count(label => label == 1)));
        Assert.Equal(drawn.Ids, data.Sample(100, seed: 1, balanced: true).Ids);
        Assert.NotEqual(drawn.Ids, data.Sample(100, seed: 2, balanced: true).Ids);
        Assert.Equal(100, data.Sample(100, seed: 1).Ids.Distinct().Count());
    }

    [Fact]
    public void The_parts_of_a_split_share_nothing_and_lose_nothing()
    {
        Dataset data = Labelled(80, 20);
        (Dataset first, Dataset second) = data.SplitOff(0.25, seed: 3);
        Assert.Equal((20, 5), (first.Labels.Count(label => label == 0), first.Labels.Count(label => label == 1)));
        Assert.Equal(data.Ids, first.Ids.Concat(second.Ids).Order());
        Assert.Equal(0, data.SplitOff(0, seed: 3).First.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => data.SplitOff(1.1, seed: 3));
    }

    [Fact]
    public void The_fingerprint_is_that_of_the_content()
    {
        Assert.Equal(Small().Fingerprint, Small().Fingerprint);
        string[] others =
        [
            Small().Fingerprint,
            Small().Take(3).Fingerprint,
            Small().Subset([1, 0, 2, 3]).Fingerprint,
            Dataset.OfImages("small", "train", [9, 1, 2, 3, 4, 5, 6, 7], [1, 1, 2], [0, 1, 2, 0], ["a", "b", "c"]).Fingerprint,
            Dataset.OfImages("small", "train", [0, 1, 2, 3, 4, 5, 6, 7], [1, 2, 1], [0, 1, 2, 0], ["a", "b", "c"]).Fingerprint,
            Dataset.OfImages("small", "train", [0, 1, 2, 3, 4, 5, 6, 7], [1, 1, 2], [0, 1, 2, 1], ["a", "b", "c"]).Fingerprint,
            Dataset.OfImages("small", "train", [0, 1, 2, 3, 4, 5, 6, 7], [1, 1, 2], [0, 1, 2, 0], ["a", "b", "d"]).Fingerprint,
        ];
        Assert.Equal(others.Length, others.Distinct().Count());
    }

    [Fact]
    public void Content_that_does_not_fit_is_refused()
    {
        Assert.Contains("are 8 values, not 7", Assert.Throws<ArgumentException>(() =>
            Dataset.OfImages("x", "train", new byte[7], [1, 2, 2], [0, 0], ["a"])).Message, StringComparison.Ordinal);
        Assert.Contains("a label is 1; with 1 classes", Assert.Throws<ArgumentException>(() =>
            Dataset.OfImages("x", "train", new byte[2], [1], [0, 1], ["a"])).Message, StringComparison.Ordinal);
    }

    internal static Dataset Labelled(params int[] counts)
    {
        long[] labels = [.. counts.SelectMany((count, label) => Enumerable.Repeat((long)label, count))];
        byte[] pixels = [.. labels.Select((_, place) => (byte)place)];
        return Dataset.OfImages("labelled", "train", pixels, [1, 1, 1], labels, [.. counts.Select((_, label) => $"class {label}")]);
    }

    private static Dataset Small() =>
        Dataset.OfImages("small", "train", [0, 1, 2, 3, 4, 5, 6, 7], [1, 1, 2], [0, 1, 2, 0], ["a", "b", "c"]);
}
