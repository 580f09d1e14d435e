using Retort.Data;
using Retort.Data.Sets;
using Retort.Torch;

namespace Retort.Tests.Data.Sets;

public sealed class TopicTextSetTests
{
    [Fact]
    public void Splits_have_equal_shares_of_topics_and_texts_of_their_own()
    {
        var set = new TopicTextSet { Train = 200, Test = 100 };
        Dataset train = set.Load(string.Empty, "train"), test = set.Load(string.Empty, "test");
        Assert.Equal(20, train.ClassNames.Distinct().Count());
        Assert.All(
            Enumerable.Range(0, 20),
            k => Assert.Equal((10, 5), (train.Labels.Count(l => l == k), test.Labels.Count(l => l == k))));
        string[] texts = [.. Texts(train), .. Texts(test)];
        Assert.Equal(300, texts.Distinct().Count());
        Assert.All(texts, t => Assert.InRange(t.Split(' ').Length, 8, 14));
        Assert.Equal(train.Fingerprint, set.Load(string.Empty, "train").Fingerprint);
        Assert.NotEqual(train.Fingerprint, (set with { Seed = 1 }).Load(string.Empty, "train").Fingerprint);
    }

    // Words of a clear topic stand in no other's texts; of a paired one some stand in the other's of its pair, and in none else.
    [Fact]
    public void Only_the_topics_of_a_pair_share_words_that_are_not_common()
    {
        var texts = new TopicTexts(6, 1, seed: 4);
        RandomStream stream = RandomStream.Derive(9);
        HashSet<string>[] words = [.. Enumerable.Range(0, 6).Select(k =>
            Enumerable.Range(0, 400).SelectMany(_ => texts.Write(k, stream).Split(' ')).ToHashSet())];
        HashSet<string> common = [.. words[2].Intersect(words[3])];
        Assert.InRange(common.Count, 60, 80);
        Assert.True(texts.IsPaired(0) && texts.IsPaired(1) && !texts.IsPaired(2));
        for (int a = 0; a < 6; a++)
        {
            for (int b = 0; b < a; b++)
                Assert.Equal((a, b) == (1, 0) ? 16 : 0, words[a].Intersect(words[b]).Except(common).Count());
        }
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Throws<DataFormatException>(() => new TopicTextSet().Load(string.Empty, "validation"));
        Assert.Throws<DataFormatException>(() => new TopicTextSet { Topics = 4, Pairs = 3 }.Load(string.Empty, "train"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TopicTexts(4, 3, 0));
    }

    private static IEnumerable<string> Texts(Dataset data)
    {
        using var scope = new TensorScope();
        long[] tokens = data.Gather([.. Enumerable.Range(0, data.Count)]).Input.ToArray<long>();
        return [.. tokens.Chunk(data.SampleSize).Select(t => PromptedText.Decode(t))];
    }
}
