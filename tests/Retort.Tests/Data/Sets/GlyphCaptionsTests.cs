using System.Text;
using Retort.Data;
using Retort.Data.Sets;
using Retort.Torch;

namespace Retort.Tests.Data.Sets;

public sealed class GlyphCaptionsTests
{
    private static readonly GlyphCaptions Small = new() { Train = 60, Test = 80, Difficulty = 0 };

    // Even the easiest drawings differ in their contrast.
    [Fact]
    public void Pictures_of_one_caption_look_alike_and_those_of_others_do_not()
    {
        using var scope = new TensorScope();
        Dataset data = new GlyphCaptions { Train = 4000, Difficulty = 0 }.Load("", "train");
        Batch batch = data.Gather([.. Enumerable.Range(0, 4000)]);
        ILookup<string, int> places = Enumerable.Range(0, 4000).ToLookup(k => Turned(Text(batch, k)));
        Tensor pictures = batch.Input.Flatten(1);
        double Apart(int a, int b) => (pictures.Select(0, a) - pictures.Select(0, b)).Square().Mean().ToDouble();
        double same = places.Where(p => p.Count() > 1).Take(30).Average(p => Apart(p.First(), p.Last()));
        double other = Enumerable.Range(0, 30).Average(k => Apart(k, k + 100));
        Assert.True(same < 0.7 * other, $"{same} against {other}");
        Assert.InRange(places.Count, 1100, 1296);
    }

    [Fact]
    public void Test_captions_are_all_different_and_the_same_for_each_seed()
    {
        using var scope = new TensorScope();
        string[] Captions(int seed) => Texts((Small with { Seed = seed }).Load("", "test"));
        string[] found = Captions(1);
        Assert.Equal(80, found.Select(Turned).Distinct().Count());
        Assert.Contains(found, c => c.Contains("left", StringComparison.Ordinal));
        Assert.Contains(found, c => c.Contains("right", StringComparison.Ordinal));
        Assert.Equal(found, Captions(1));
        Assert.NotEqual(found, Captions(2));
    }

    [Fact]
    public void Half_the_captions_may_belong_to_another_picture_and_the_pictures_stay()
    {
        using var scope = new TensorScope();
        Dataset clean = Small.Load("", "train"), noisy = (Small with { Mismatched = 0.5 }).Load("", "train");
        string[] right = Texts(clean), given = Texts(noisy);
        Assert.Equal(30, right.Zip(given).Count(c => c.First != c.Second));
        Assert.Equal(right.Order(StringComparer.Ordinal), given.Order(StringComparer.Ordinal));
        int[] all = [.. Enumerable.Range(0, 60)];
        Assert.Equal(clean.Gather(all).Input.ToArray<float>(), noisy.Gather(all).Input.ToArray<float>());
        Assert.Equal(Texts(Small.Load("", "test")), Texts((Small with { Mismatched = 0.5 }).Load("", "test")));
        Assert.NotEqual(clean.Fingerprint, noisy.Fingerprint);
    }

    [Fact]
    public void A_split_that_is_not_there_is_named() => Assert.Contains(
        "the splits are train and test", Assert.Throws<DataFormatException>(() => Small.Load("", "val")).Message, StringComparison.Ordinal);

    private static string[] Texts(Dataset data)
    {
        Batch batch = data.Gather([.. Enumerable.Range(0, data.Count)]);
        return [.. Enumerable.Range(0, data.Count).Select(k => Text(batch, k))];
    }

    private static string Text(Batch batch, int place) => Encoding.ASCII.GetString(
        [.. batch["caption"].Select(0, place).ToArray<long>().Where(t => t > 0).Select(t => (byte)(t - 1))]);

    // What both ways of saying the same have in common.
    private static string Turned(string caption) =>
        caption.Split(" right of ") is [var right, var left] ? $"{left} left of {right}" : caption;
}
