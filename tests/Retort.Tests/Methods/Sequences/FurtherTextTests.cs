using Retort.Data;
using Retort.Data.Transforms;
using Retort.Distillation;
using Retort.Methods.Sequences;
using Retort.Recipes;
using Retort.Torch;

namespace Retort.Tests.Methods.Sequences;

public sealed class FurtherTextTests
{
    // Three tokens count: two with 3/4 for the right one of two, one with 1/4.
    [Fact]
    public void It_is_the_mean_over_the_texts_tokens_and_moves_the_logits_of_the_text_alone()
    {
        using var scope = new TensorScope();
        float right = (float)Math.Log(3);
        Tensor main = Tensor.From([1f, 2], 1, 1, 2).SetRequiresGrad();
        Tensor text = Tensor.From([right, 0, 0, right, right, 0, 7, 9], 1, 4, 2).SetRequiresGrad();
        var others = new Dictionary<string, Tensor>
        {
            ["why"] = Tensor.From([1L, 2, 3, 4], 1, 4),
            ["why" + CompletionTargets.LabelsSuffix] = Tensor.From([0L, 1, 1, Dataset.NoLabel], 1, 4),
        };
        var batch = new Batch(Tensor.From([1L], 1, 1), Tensor.From([1L], 1, 1), Tensor.From([0L]), others: others);
        using var criterion = new FurtherText(new FurtherTextOptions { Text = "why" });
        InputRequest input = Assert.Single(criterion.Inputs);
        Assert.Equal([1L, 2, 3, 4], input.Make(batch).ToArray<long>());
        Assert.False(input.Teacher);
        var student = new RoleSignals(
            "student", main, others: new Dictionary<string, RoleSignals> { [input.Name] = new("student", text) });
        Tensor loss = criterion.Evaluate(new Signals(batch, new StepClock(0, 1, 1), student));
        Assert.Equal(((2 * Math.Log(4 / 3.0)) + Math.Log(4)) / 3, loss.ToDouble(), 1e-6);
        Tensor?[] gradients = Autograd.Grad([loss], [main, text], allowUnused: true);
        Assert.Null(gradients[0]);
        // (softmax − one at the label) / 3, and nothing where no label is.
        Assert.Equal(
            [-0.25f / 3, 0.25f / 3, 0.25f / 3, -0.25f / 3, 0.75f / 3, -0.75f / 3, 0, 0],
            gradients[1]!.ToArray<float>(), (a, b) => Math.Abs(a - b) < 1e-6);
    }
}
