using Retort.Data;
using Retort.Data.Transforms;
using Retort.Evaluation.Tasks;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Evaluation.Tasks;

public sealed class LanguageTaskTests
{
    // A table of logits: token k is followed by k + 1 with probability 3/4, by the two others of 3 with 1/8 each.
    [Fact]
    public void Loss_is_the_mean_over_tokens_whatever_batch_they_are_in()
    {
        using var scope = new TensorScope();
        using var model = new Embedding(4, 4);
        double low = Math.Log(0.125 / 0.75);
        model.LoadStateDict(new Dictionary<string, Tensor>
        {
            ["weight"] = Tensor.From(
            [
                -50f, -50, -50, -50,
                -50, (float)low, 0, (float)low,
                -50, (float)low, (float)low, 0,
                -50, 0, (float)low, (float)low,
            ], 4, 4),
        });

        // 1→2 right, 2→3 right; 3→1 right, then padding; 2→2 wrong, 2→1 wrong.
        Dataset data = Dataset.OfTokens("t", "test", [1, 2, 3, 3, 1, 0, 2, 2, 1], [3], [-100, -100, -100], []);
        var loader = new Loader(data, new LoaderOptions { BatchSize = 2, Transforms = [new NextToken()] });
        Dictionary<string, double> found = new LanguageTask().Evaluate(model, loader, Device.Cpu).ToDictionary();
        double expected = (-3 * Math.Log(0.75) - 2 * Math.Log(0.125)) / 5;
        Assert.Equal(expected, found["loss"], 1e-6);
        Assert.Equal(expected / Math.Log(2), found["bits"], 1e-6);
        Assert.Equal(3 / 5.0, found["accuracy"], 1e-12);
    }
}
