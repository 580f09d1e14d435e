using Retort.Tests.Cli;
using Retort.Tests.Data;

namespace Retort.Tests.Training;

public sealed class TrainStageTests
{
    private const string Recipe =
        """
        recipe: 1
        name: pair
        seeds: [3]
        threads: 1
        data: { dataset: glyphs, train: 360, test: 72, batch_size: 36 }
        roles:
          student: { model: small-cnn, width: 4, in_channels: 1, classes: 36 }
          other: { model: small-cnn, width: 6, in_channels: 1, classes: 36 }
        stages:
          - train:
              name: pair
              role: student
              peers: [other]
              trainer: mutual
              epochs: 2
              checkpoint_every: 3
              criteria: [cross-entropy, dml]
          - train:
              name: after
              role: student
              teachers: [pair/other]
              epochs: 1
              data: { dataset: glyphs, train: 72, test: 36, batch_size: 36 }
              criteria: [cross-entropy, kd]
          - compare: { models: [pair, pair/other, after], latency: false }
        """;

    [Fact]
    public void Peers_leave_weights_of_their_own_that_later_stages_name()
    {
        using var folder = new TemporaryFolder();
        string recipe = folder.Write("recipe.yaml", Recipe);
        CommandResult whole = CommandLine.Run(folder.Path, "run", recipe, "--out", "run", "--quiet");
        Assert.True(whole.Code == 0, whole.Error);
        string stage = Path.Combine(folder.Path, "run", "seed-3", "pair");
        Assert.True(File.Exists(Path.Combine(stage, "model.safetensors")));
        Assert.True(File.Exists(Path.Combine(stage, "model-other.safetensors")));
        string summary = File.ReadAllText(Path.Combine(folder.Path, "run", "summary.json"));
        Assert.Contains("\"pair/other\"", summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trainer: mutual", "trainer: supervised", "peers are trained together, and the stage's trainer trains one network")]
    [InlineData("peers: [other]", "peers: []", "the trainer trains several networks together, and the stage names one")]
    [InlineData("peers: [other]", "peers: [othr]", "nearest: other")]
    [InlineData("teachers: [pair/other]", "teachers: [pair/othr]", "nearest: pair/other")]
    [InlineData("epochs: 1", "epochs: 1, freeze: [layr1]", "nearest: layer1")]
    [InlineData("epochs: 1", "groups: [{ modules: [fcc] }]", "role 'student' (small-cnn) has no module 'fcc'")]
    [InlineData("criteria: [cross-entropy, kd]", "criteria: [cross-entropy, kd: { from: pair }]", "the stage has no teacher 'pair'")]
    [InlineData("in_channels: 1, classes: 36 }", "in_channels: 1, classes: 36, until: body }", "has no module 'body'")]
    public void What_does_not_go_together_is_said_before_anything_runs(string good, string bad, string expected)
    {
        using var folder = new TemporaryFolder();
        int at = Recipe.IndexOf(good, StringComparison.Ordinal);
        string text = Recipe[..at] + bad.Replace(", freeze", "\n      freeze", StringComparison.Ordinal) + Recipe[(at + good.Length)..];
        string recipe = folder.Write("recipe.yaml", text);
        CommandResult result = CommandLine.Run(folder.Path, "run", recipe, "--out", "run");
        Assert.Equal(2, result.Code);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }
}
