using Retort.Data;
using Retort.Data.Sets;
using Retort.Data.Transforms;
using Retort.Evaluation.Tasks;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Evaluation.Tasks;

public sealed class CompletionTaskTests
{
    // A table of logits: token k is followed by k + 1 with probability 3/4, and 3 by the end; the others have 1/12 each.
    [Fact]
    public void A_completion_counts_whole_with_its_end_and_without_its_prompt()
    {
        using var scope = new TensorScope();
        using var model = new Embedding(4, 4);
        var weights = new float[16];
        Array.Fill(weights, (float)Math.Log(1 / 12.0));
        for (int token = 0; token < 4; token++)
            weights[(token * 4) + ((token + 1) % 4)] = (float)Math.Log(0.75);
        model.LoadStateDict(new Dictionary<string, Tensor> { ["weight"] = Tensor.From(weights, 4, 4) });

        // 3 | 1 2 3 end: the prompt gives 1 with 1/12, so the completion is not written. 1 | 2 3 end is. 2 2 | 3 end too.
        Batch batch = Collate([3, 1, 2, 3, 0, 1, 2, 3, 0, 0, 2, 2, 3, 0, 0], [1, 1, 2]);
        Dataset data = Dataset.OfTokens("t", "test", [3, 1, 2, 3, 1, 2, 3, 0, 2, 2, 3, 0], [4], [-100, -100, -100], []);
        var loader = new Loader(data, new LoaderOptions { BatchSize = 2, Transforms = [new Given(batch)] });
        Dictionary<string, double> found = new CompletionTask().Evaluate(model, loader, Device.Cpu).ToDictionary();
        Assert.Equal(2 / 3.0, found["accuracy"], 1e-12);
        Assert.Equal(-((8 * Math.Log(0.75)) + Math.Log(1 / 12.0)) / 9, found["loss"], 1e-6);
    }

    [Fact]
    public void Labels_are_the_completion_and_one_end_and_further_texts_get_theirs()
    {
        using var scope = new TensorScope();
        Batch batch = Collate([5, 6, 7, 0, 0, 5, 6, 7, 8, 9], [2, 3]);
        Assert.Equal([5L, 6, 7, 0, 5, 6, 7, 8], batch.Input.ToArray<long>());
        Assert.Equal([-100L, 7, 0, -100, -100, -100, 8, 9], batch.Labels.ToArray<long>());
        Assert.Equal([9L, 9], batch["why"].ToArray<long>());
        Assert.Equal([4L, -100], batch["why" + CompletionTargets.LabelsSuffix].ToArray<long>());
    }

    [Theory]
    [InlineData("", "x", "prompt")]
    [InlineData("abc", "de", "5 bytes; 4 are allowed")]
    public void A_text_that_cannot_be_learned_is_refused(string prompt, string completion, string message)
    {
        ArgumentException error = Assert.ThrowsAny<ArgumentException>(() => PromptedText.Encode(prompt, completion, new long[5]));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static Batch Collate(long[] tokens, long[] places)
    {
        long count = places.Length;
        var fields = new Dictionary<string, Tensor>
        {
            [PromptedText.PlaceField] = Tensor.From(places, count, 1),
            ["why"] = Tensor.From<long>(
                [.. Enumerable.Range(0, (int)count).SelectMany(k => k == 0 ? new long[] { 9, 4 } : [9, 0])], count, 2),
            ["why" + PromptedText.PlaceSuffix] = Tensor.From<long>(
                [.. Enumerable.Range(0, (int)count).Select(k => k == 0 ? 1L : 2)], count, 1),
        };
        return new CompletionTargets().Apply(
            new Batch(Tensor.From(tokens, count, tokens.Length / count), Tensor.From(new long[count]), Tensor.From(new long[count]), others: fields), default);
    }

    /// <summary>Rows of a batch that was made by hand, by the samples' numbers.</summary>
    private sealed class Given(Batch all) : IBatchTransform
    {
        public Batch Apply(Batch batch, in TransformMoment at) =>
            new(all.Input.IndexSelect(0, batch.Index), all.Labels.IndexSelect(0, batch.Index), batch.Index);
    }
}
