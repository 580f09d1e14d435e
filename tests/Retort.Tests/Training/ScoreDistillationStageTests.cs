using Retort.Tests.Cli;
using Retort.Tests.Data;

namespace Retort.Tests.Training;

public sealed class ScoreDistillationStageTests
{
    private const string Recipe =
        """
        recipe: 1
        name: scenes
        seeds: [3]
        threads: 1
        data: { dataset: projections, angles: 4, pixels: 6, blobs: 3, train: 256, test: 64, batch_size: 64 }
        roles:
          denoiser: { model: mlp-denoiser, features: 18, conditions: 4, width: 8, depth: 1 }
          scenes: { model: splats, particles: 2, views: 4, pixels: 6, blobs: 3 }
        defaults: { train: { epochs: 1, optimizer: { adam: { lr: 0.001 } }, evaluate_every: 0 } }
        stages:
          - train: { name: learned, role: denoiser, criteria: [{ edm: { untold: 0.1 } }] }
          - train: { name: alone, role: scenes, teachers: [learned], criteria: [{ sds: { guidance: 3 } }] }
          - train:
              name: pulled
              role: scenes
              peers: [denoiser]
              peers_from: learned
              teachers: [learned]
              epochs: 30
              checkpoint_every: 1
              trainer: { alternating: { criteria: [{ edm: { from: scenes, untold: 0.1 } }] } }
              criteria: [esd]
          - evaluate: { models: [alone, pulled] }
        """;

    [Fact]
    public void Killed_and_resumed_scenes_and_follower_have_the_same_bits_and_are_measured()
    {
        using var folder = new TemporaryFolder();
        RecipeRuns.RequireSameBitsAfterKills(
            folder, Recipe, ["seed-3/pulled/model.safetensors", "seed-3/pulled/model-denoiser.safetensors"], 1300, 1600);
        string summary = File.ReadAllText(Path.Combine(folder.Path, "whole", "summary.json"));
        Assert.All(
            (string[])["error", "floor", "diversity", "saturation"],
            metric => Assert.Contains($"\"{metric}\"", summary, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("features: 18, conditions: 4,", "features: 18,", "role 'learned' takes no conditions; leave guidance at 1")]
    [InlineData("features: 18,", "features: 17,", "must be vectors of 17 numbers")]
    [InlineData("role: denoiser, criteria", "role: scenes, criteria", "makes samples, and does not denoise them")]
    [InlineData("blobs: 3 }\ndefaults", "blobs: 0 }\ndefaults", "Must be from 1 to 1024")]
    [InlineData("criteria: [{ sds: { guidance: 3 } }]", "criteria: [vsd]", "needs a teacher and a peer that follows the student")]
    [InlineData("criteria: [esd]", "criteria: [{ esd: { lambda: 2 } }]", "lambda")]
    [InlineData("guidance: 3", "levels: { ddpm: { from: 0.5, to: 0.2 } }", "from (0.5) is not below to (0.2)")]
    public void What_is_wrong_is_said_before_anything_runs(string good, string bad, string expected) =>
        RecipeRuns.RequireRefused(Recipe, good, bad, expected);
}
