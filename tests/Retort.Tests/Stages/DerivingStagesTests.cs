using Retort.Recipes;
using Retort.Tests.Methods;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Tests.Stages;

[Collection("default generator")]
public sealed class DerivingStagesTests
{
    private const string Pruned = "- prune: { name: pruned, role: student, model: teacher, by: norm-scale }\n";

    [Theory]
    [InlineData("quantized: { bits: 2, stochastic: true }", "role: student")]
    [InlineData("points: { count: 4, by_gradient: true }", "role: teacher, init_from: teacher")]
    [InlineData("lora: { rank: 2, whole: [fc] }", "role: teacher, init_from: teacher")]
    public void A_training_of_such_weights_that_is_interrupted_ends_with_the_same_bits(string weights, string role)
    {
        using var run = new MethodRun(
            $"- train: {{ name: made, {role}, weights: {{ {weights} }}, teachers: [teacher], criteria: [cross-entropy, kd] }}");
        Assert.Empty(run.Problems());
        run.Run("whole");
        run.Run("broken", "made", steps: 5);
        Assert.Equal(MethodRun.Digest(run.FileOf("whole", "made")), MethodRun.Digest(run.FileOf("broken", "made")));
        Assert.Contains("made/model/", File.ReadAllText(run.FileOf("whole", "made", "done.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pruned_network_is_smaller_and_trains_on()
    {
        using var run = new MethodRun(
            Pruned + "- train: { name: tuned, role: student, init_from: pruned, teachers: [teacher], criteria: [cross-entropy, kd] }");
        Assert.Empty(run.Problems());
        run.Run("run");
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> whole = SafeTensors.Read(run.FileOf("run", "teacher"));
        IReadOnlyDictionary<string, Tensor> pruned = SafeTensors.Read(run.FileOf("run", "pruned"));
        Assert.Equal([12, 6, 3, 3], whole["layer2.0.weight"].Shape);
        Assert.Equal([6, 3, 3, 3], pruned["layer2.0.weight"].Shape);
        Assert.All(pruned["layer1.1.weight"].ToArray<float>(), scale => Assert.Contains(scale, whole["layer1.1.weight"].ToArray<float>()));
        Assert.NotEqual(MethodRun.Digest(run.FileOf("run", "pruned")), MethodRun.Digest(run.FileOf("run", "tuned")));
    }

    [Fact]
    public void A_rounded_network_has_few_values_and_a_known_size()
    {
        using var run = new MethodRun("- quantize: { name: small, role: teacher, model: teacher, weights: { quantized: { bits: 2 } } }");
        Assert.Empty(run.Problems());
        run.Run("run");
        using var scope = new TensorScope();
        Assert.Equal(4, SafeTensors.Read(run.FileOf("run", "small"))["layer1.0.weight"].ToArray<float>().Distinct().Count());
        Assert.Contains("small/model/packed_bytes", File.ReadAllText(run.FileOf("run", "small", "done.json")), StringComparison.Ordinal);
        Assert.Contains("packed_bytes", File.ReadAllText(run.FileOf("run", parts: ["summary.json"])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("- prune: { role: student, model: techer }", "nothing called 'techer' is trained before this stage")]
    [InlineData("- prune: { role: student, model: teacher, by: l1 }", "there is no importance 'l1'")]
    [InlineData("- quantize: { role: student, model: teacher, weights: quantized }", "'teacher' is a network of role 'teacher'")]
    [InlineData("- quantize: { role: teacher, model: teacher, weights: lora }", "'lora' changes nothing of a network that is not trained")]
    [InlineData("- quantize: { role: teacher, model: teacher, weights: { quantized: { skip: [fcc] } } }", "has no module 'fcc'")]
    [InlineData("- train: { name: x, role: student, weights: { lora: { adapt: [fcc] } }, criteria: [cross-entropy] }", "has no module 'fcc'")]
    [InlineData("- train: { name: x, role: student, weights: { quantized: { bits: 9 } }, criteria: [cross-entropy] }", "bits")]
    [InlineData(
        "- train: { name: x, role: student, weights: lora, criteria: [cross-entropy], trainer: bilevel, held_out: { loss: cross-entropy } }",
        "the stage's trainer moves the network's own parameters")]
    public void What_does_not_go_together_is_said_before_anything_runs(string stages, string expected)
    {
        using var run = new MethodRun(stages);
        Assert.Contains(run.Problems(), p => p.Contains(expected, StringComparison.Ordinal));
    }

    // What is left is compared with the data's samples at hand, which a check of the recipe alone does not read.
    [Theory]
    [InlineData("- prune: { role: grafted, model: teacher }", "role 'grafted' cannot be what is left of 'teacher'")]
    [InlineData(Pruned + "- prune: { name: again, role: teacher, model: pruned }", "of the 3 channels of 'layer1.0.weight' 6 cannot stay")]
    public void What_cannot_be_left_of_a_network_is_said_before_anything_runs(string stages, string expected)
    {
        using var run = new MethodRun(stages);
        var error = Assert.Throws<RecipeException>(() => run.Run("run"));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(run.FileOf("run", "teacher")));
    }
}
