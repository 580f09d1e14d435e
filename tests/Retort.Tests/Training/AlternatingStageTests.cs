using Retort.Tests.Cli;
using Retort.Tests.Data;

namespace Retort.Tests.Training;

public sealed class AlternatingStageTests
{
    private const string Recipe =
        """
        recipe: 1
        name: follow
        seeds: [3]
        threads: 1
        data: { dataset: mixture, train: 256, test: 200, batch_size: 64 }
        roles:
          teacher: { model: mixture-denoiser }
          denoiser: { model: mlp-denoiser, width: 8, depth: 1 }
          generator: { model: mlp-denoiser, width: 8, depth: 1, sigma_max: 2.5 }
        defaults: { train: { epochs: 1, optimizer: { adam: { lr: 0.001 } }, evaluate_every: 0 } }
        stages:
          - train: { name: learned, role: denoiser, criteria: [edm] }
          - train:
              name: matched
              role: generator
              init_from: learned
              peers: [denoiser]
              peers_from: learned
              teachers: [teacher]
              epochs: 30
              checkpoint_every: 1
              trainer: { alternating: { turns: 2, criteria: [{ edm: { from: generator } }] } }
              criteria: [dmd2]
          - evaluate: { models: [matched] }
        """;

    [Fact]
    public void Killed_and_resumed_generator_and_follower_have_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        Run(folder, "whole");
        for (int kill = 0; kill < 2; kill++)
        {
            using System.Diagnostics.Process process = CommandLine.Start(folder.Path, "run", "recipe.yaml", "--out", "broken", "--resume", "--quiet");
            Thread.Sleep(1200 + 300 * kill);
            process.Kill();
            process.WaitForExit();
        }

        Run(folder, "broken", "--resume");
        foreach (string file in (string[])["model.safetensors", "model-denoiser.safetensors"])
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(folder.Path, "whole", "seed-3", "matched", file)),
                File.ReadAllBytes(Path.Combine(folder.Path, "broken", "seed-3", "matched", file)));
        }
    }

    [Theory]
    [InlineData("{ from: generator }", "{ from: generatr }", "nearest: generator")]
    [InlineData("peers_from: learned", "peers_from: lerned", "nearest: learned")]
    [InlineData("criteria: [{ edm: { from: generator } }]", "criteria: [{ edmm: { from: generator } }]", "nearest: edm")]
    [InlineData("trainer: { alternating: { turns: 2,", "trainer: { alternating: { turns: 0,", "turns")]
    public void What_is_wrong_is_said_before_anything_runs(string good, string bad, string expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("recipe.yaml", Recipe.Replace(good, bad, StringComparison.Ordinal));
        CommandResult result = CommandLine.Run(folder.Path, "run", "recipe.yaml", "--out", "run");
        Assert.Equal(2, result.Code);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    private static void Run(TemporaryFolder folder, string name, params string[] more)
    {
        folder.Write("recipe.yaml", Recipe);
        CommandResult result = CommandLine.Run(folder.Path, ["run", "recipe.yaml", "--out", name, "--quiet", .. more]);
        Assert.True(result.Code == 0, result.Error);
    }
}
