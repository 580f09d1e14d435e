using Retort.Tests.Methods;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Tests.Stages;

[Collection("default generator")]
public sealed class IncrementalStageTests
{
    private const string Wa =
        "- incremental: { name: inc, role: student, tasks: 3, memory: { per_class: 2 }, correct: weight-aligning, "
        + "training: { epochs: 1, batch_size: 30, criteria: [wa], optimizer: { sgd: { lr: 0.02 } } } }";

    private const string Ties =
        "- incremental: { name: inc, role: student, tasks: 3, "
        + "training: { epochs: 1, batch_size: 30, criteria: [{ rehearsal-free-cl: { features: 1, l2: 0.01, ewc: 1 } }], "
        + "optimizer: { sgd: { lr: 0.02 } } } }";

    [Theory]
    [InlineData(Wa)]
    [InlineData(Ties)]
    public void Interrupted_between_tasks_and_resumed_it_ends_with_the_same_bits(string stage)
    {
        using var run = new MethodRun(stage);
        Assert.Empty(run.Problems());
        run.Run("whole");
        run.Run("broken", "inc", steps: 2);
        Assert.Equal(MethodRun.Digest(run.FileOf("whole", "inc")), MethodRun.Digest(run.FileOf("broken", "inc")));
        Assert.Equal(
            File.ReadAllText(run.FileOf("whole", "inc", "done.json")).Split("figures")[1],
            File.ReadAllText(run.FileOf("broken", "inc", "done.json")).Split("figures")[1]);
        Assert.False(File.Exists(run.FileOf("broken", "inc", "checkpoint.safetensors")));
    }

    // The order is drawn: rows that stayed in it would answer for other classes.
    [Fact]
    public void The_head_ends_whole_with_each_row_in_its_class_s_place()
    {
        using var run = new MethodRun(
            "- incremental: { name: inc, role: student, tasks: 1, split: train, "
            + "training: { epochs: 20, criteria: [cross-entropy], optimizer: { adam: { lr: 0.02 } } } }\n"
            + "- evaluate: { name: again, models: [inc], split: train }");
        Assert.Empty(run.Problems());
        run.Run("whole");
        using var scope = new TensorScope();
        Assert.Equal([36, 12], SafeTensors.Read(run.FileOf("whole", "inc"))["fc.weight"].Shape);
        double[] accuracies = [.. new[] { "inc", "again" }.Select(stage => Figure(run.FileOf("whole", stage, "done.json"), "inc/train/accuracy"))];
        Assert.True(accuracies[0] > 0.2, $"it learnt nothing: {accuracies[0]}");
        Assert.Equal(accuracies[0], accuracies[1], 1e-12);
    }

    [Theory]
    [InlineData("tasks: 40, training: { criteria: [cross-entropy] }", "36 classes cannot come in 40 tasks")]
    [InlineData("order: [0, 0, 1], training: { criteria: [cross-entropy] }", "the order does not name each class once")]
    [InlineData("training: { criteria: [lwf] }", "every term needs a teacher, and the first task has none")]
    [InlineData("training: { criteria: [cross-entropy], freeze: [layer9] }", "role 'student' (small-cnn) has no module 'layer9'")]
    [InlineData("training: { criteria: [cross-entropy], trainer: mutual }", "the trainer trains several networks together, and here there is one")]
    public void What_cannot_be_done_is_said_before_anything_is_run(string options, string message)
    {
        using var run = new MethodRun($"- incremental: {{ name: inc, role: student, {options} }}");
        Assert.Equal([message], run.Problems());
    }

    private static double Figure(string path, string name)
    {
        using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.GetProperty("figures").GetProperty(name).GetDouble();
    }
}
