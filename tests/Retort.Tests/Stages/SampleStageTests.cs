using Retort.Data;
using Retort.Data.Formats;
using Retort.Diffusion.Samplers;
using Retort.Models.Generative;
using Retort.Tests.Cli;
using Retort.Tests.Data;
using Retort.Torch;

namespace Retort.Tests.Stages;

[Collection("default generator")]
public sealed class SampleStageTests
{
    private const string Recipe =
        """
        recipe: 1
        name: pairs
        seeds: [3]
        threads: 1
        data: { dataset: mixture, train: 512, test: 400, batch_size: 64 }
        roles:
          teacher: { model: mixture-denoiser }
          flow: { model: mlp-denoiser, width: 8, depth: 1, parameterization: flow }
          student: { model: mlp-denoiser, width: 8, depth: 1, parameterization: consistency }
        defaults: { train: { epochs: 2, optimizer: { adam: { lr: 0.001 } }, evaluate_every: 0 } }
        stages:
          - sample: { name: pairs, model: teacher, sampler: { heun: { steps: 6 } }, samples: 300, batch_size: 128 }
          - train: { name: reflow, role: flow, train_on: pairs, criteria: [rfpp], checkpoint_every: 1 }
          - train: { name: jump, role: student, teachers: [teacher], criteria: [consistency-distillation], checkpoint_every: 1 }
          - evaluate: { models: [reflow, jump] }
          - evaluate: { name: again, models: [jump], as: jump-2, task: { generation: { sampler: { jump: { again: [1] } } } } }
        """;

    [Fact]
    public void Each_sample_is_left_with_the_noise_it_came_from()
    {
        using var folder = new TemporaryFolder();
        RecipeRuns.Run(folder, Recipe, "run");
        Dataset made = SampleFile.Read(Path.Combine(folder.Path, "run", "seed-3", "pairs", "data.safetensors"), "pairs");
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        Assert.Equal(300, made.Count);
        Batch batch = made.Gather([.. Enumerable.Range(0, 300)]);
        Tensor again = new HeunSampler { Steps = 6 }.Sample((Denoiser)new MixtureDenoiserOptions().Build(), batch["noise"]);
        Assert.True(again.Allclose(batch.Input, rtol: 1e-4, atol: 1e-5));
        Assert.InRange(batch["noise"].Std().ToDouble(), 0.9, 1.1);
    }

    [Fact]
    public void One_model_measured_in_two_ways_has_two_names()
    {
        using var folder = new TemporaryFolder();
        RecipeRuns.Run(folder, Recipe, "run");
        string summary = File.ReadAllText(Path.Combine(folder.Path, "run", "summary.json"));
        Assert.Matches("\"name\": *\"jump\"", summary);
        Assert.Matches("\"name\": *\"jump-2\"", summary);
    }

    // Every checkpoint is a place to go on from: the target's average and the generator must be in it.
    [Fact]
    public void Killed_and_resumed_the_networks_have_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        RecipeRuns.RequireSameBitsAfterKills(
            folder, Recipe,
            ["seed-3/pairs/data.safetensors", "seed-3/reflow/model.safetensors", "seed-3/jump/model.safetensors"],
            900, 1150, 1400);
    }

    [Theory]
    [InlineData("model: teacher, sampler", "model: techer, sampler", "nearest: teacher")]
    [InlineData("train_on: pairs", "train_on: pair", "nearest: pairs")]
    [InlineData("sampler: { heun: { steps: 6 } }", "sampler: { huen: { steps: 6 } }", "nearest: heun")]
    [InlineData("models: [jump], as: jump-2", "models: [jump, reflow], as: jump-2", "gives one name to 2 models")]
    [InlineData("samples: 300", "samples: 0", "samples")]
    public void What_is_wrong_is_said_before_anything_runs(string good, string bad, string expected) =>
        RecipeRuns.RequireRefused(Recipe, good, bad, expected);

    [Fact]
    public void A_classifier_cannot_generate()
    {
        const string flow = "flow: { model: mlp-denoiser, width: 8, depth: 1, parameterization: flow }";
        const string judged = "stages:\n  - train: { name: judged, role: judge, criteria: [cross-entropy] }";
        string text = Recipe.Replace(flow, flow + "\n  judge: { model: mlp, in_features: 2 }", StringComparison.Ordinal)
            .Replace("stages:", judged, StringComparison.Ordinal)
            .Replace("model: teacher, sampler", "model: judged, sampler", StringComparison.Ordinal);
        RecipeRuns.RequireRefused(text, "'judged' (Mlp) does not generate");
    }
}
