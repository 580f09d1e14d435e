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
        RecipeRuns.RequireSameBitsAfterKills(
            folder, Recipe, ["seed-3/matched/model.safetensors", "seed-3/matched/model-denoiser.safetensors"], 1200, 1500);
    }

    [Theory]
    [InlineData("{ from: generator }", "{ from: generatr }", "nearest: generator")]
    [InlineData("peers_from: learned", "peers_from: lerned", "nearest: learned")]
    [InlineData("criteria: [{ edm: { from: generator } }]", "criteria: [{ edmm: { from: generator } }]", "nearest: edm")]
    [InlineData("trainer: { alternating: { turns: 2,", "trainer: { alternating: { turns: 0,", "turns")]
    public void What_is_wrong_is_said_before_anything_runs(string good, string bad, string expected) =>
        RecipeRuns.RequireRefused(Recipe, good, bad, expected);
}
