using System.Text.RegularExpressions;
using Retort.Data;
using Retort.Data.Formats;
using Retort.Data.Images;
using Retort.Diffusion.Samplers;
using Retort.Models.Generative;
using Retort.Reports;
using Retort.Tests.Cli;
using Retort.Tests.Data;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Tests.Stages;

/// <summary>Generators of pictures, from a recipe to its report.</summary>
[Collection("default generator")]
public sealed class PictureStagesTests
{
    private const string Recipe =
        """
        recipe: 1
        name: pictures
        seeds: [3, 4]
        threads: 1
        data: { dataset: glyphs, train: 128, test: 80, mean: [0.5], deviation: [0.25], batch_size: 32 }
        roles:
          judge: { model: small-cnn, width: 4, in_channels: 1, classes: 36 }
          flow: { model: unet-denoiser, in_channels: 1, width: 8, multipliers: [1], patch_size: 4, parameterization: flow }
        defaults:
          train: { epochs: 1, optimizer: { adam: { lr: 0.003 } }, evaluate_every: 0 }
          evaluate: { task: { generation: { sampler: flow, features: { model: judge } } } }
        stages:
          - train: { name: judge, role: judge, criteria: [cross-entropy], once: true }
          - train: { name: flow-1, role: flow, criteria: [rectified-flow], once: true }
          - sample: { name: pairs, model: flow-1, sampler: { flow: { steps: 3 } }, samples: 64, batch_size: 16, once: true }
          - train: { name: flow-2, role: flow, init_from: flow-1, train_on: pairs, criteria: [rfpp] }
          - evaluate: { name: first, models: [flow-1], once: true }
          - evaluate: { models: [flow-2] }
        """;

    [Fact]
    public void A_run_measures_features_shows_sheets_and_gives_the_same_bits_twice()
    {
        using var folder = new TemporaryFolder();
        string[] kept =
        [
            "seed-3/pairs/data.safetensors", "seed-4/flow-2/model.safetensors", "seed-3/evaluate/samples-flow-2.png",
            "seed-3/evaluate/samples-real.png",
        ];
        string At(string run, string file) => Path.Combine(folder.Path, run, file);
        RecipeRuns.Run(folder, Recipe, "one");
        RecipeRuns.Run(folder, Recipe, "two");
        Assert.All(kept, file => Assert.Equal(File.ReadAllBytes(At("one", file)), File.ReadAllBytes(At("two", file))));
        RunSummary summary = SummaryFile.Read(At("one", "summary.json"));
        ResultSummary once = summary.Find("flow-1", "test", "fd")!, twice = summary.Find("flow-2", "test", "fd")!;
        Assert.Equal(once.Values[0], once.Values[1]);
        Assert.NotEqual(twice.Values[0], twice.Values[1]);
        Assert.All(once.Values.Concat(twice.Values), value => Assert.InRange(value, 1e-9, 1e9));
        Assert.Equal(
            summary.Find("flow-1", "test", "fd_floor")!.Values[0], summary.Find("flow-2", "test", "fd_floor")!.Values[1]);

        // Four rows of ten, each picture with a gap of two pixels.
        Image sheet = ImageFile.Decode(File.ReadAllBytes(At("one", kept[2])), "sheet");
        Assert.Equal((300, 120, 1), (sheet.Width, sheet.Height, sheet.Channels));
        string html = File.ReadAllText(At("one", "report.html"));
        MatchCollection sheets = Regex.Matches(html, "alt=\"Samples: ([^\"]+)\"");
        Assert.Equal(["real", "flow-1", "flow-2"], sheets.Select(m => m.Groups[1].Value));
    }

    // A stage that trains on them normalises them again.
    [Fact]
    public void Samples_are_left_in_the_units_of_the_data()
    {
        using var folder = new TemporaryFolder();
        RecipeRuns.Run(folder, Recipe, "run", "--seed", "3");
        string seed = Path.Combine(folder.Path, "run", "seed-3");
        Dataset made = SampleFile.Read(Path.Combine(seed, "pairs", "data.safetensors"), "pairs");
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        var model = (Denoiser)new UnetDenoiserOptions
        {
            InChannels = 1,
            Width = 8,
            Multipliers = [1],
            PatchSize = 4,
            Parameterization = Parameterization.Flow,
        }.Build();
        model.LoadStateDict(SafeTensors.Read(Path.Combine(seed, "flow-1", "model.safetensors")));
        Batch batch = made.Gather([.. Enumerable.Range(0, 64)]);
        Tensor again = new FlowSampler { Steps = 3 }.Sample(model, batch["noise"]);
        Assert.True((again * 0.25 + 0.5).Allclose(batch.Input, rtol: 1e-3, atol: 1e-4));
    }

    [Theory]
    [InlineData("features: { model: judge }", "features: { model: jugde }", "nearest: judge")]
    [InlineData("features: { model: judge }", "features: { model: judge, tap: layer9 }", "no module 'layer9'")]
    [InlineData("features: { model: judge }", "features: { tap: flatten }", "model")]
    [InlineData("multipliers: [1], patch_size: 4", "multipliers: [1, 2], patch_size: 8", "H and W multiples of 16")]
    public void What_is_wrong_is_said_before_anything_runs(string good, string bad, string expected) =>
        RecipeRuns.RequireRefused(Recipe, good, bad, expected);
}
