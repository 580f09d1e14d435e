using Retort.Data;
using Retort.Data.Formats;
using Retort.Recipes;
using Retort.Reports;
using Retort.Runs;
using Retort.Stages;
using Retort.Tests.Data;
using Retort.Torch;

namespace Retort.Tests.Stages;

[Collection("default generator")]
public sealed class SiftStageTests
{
    private const string Text =
        """
        recipe: 1
        name: sifting
        seeds: [3]
        threads: 1
        data: { dataset: text, root: ., length: 8, batch_size: 4, eval_batch_size: 8, test_fraction: 0.2, shuffled: 0.2, repeated: 0.2 }
        roles:
          teacher: { model: gpt, context: 8, width: 8, depth: 1, heads: 2 }
          student: { model: gpt, context: 8, width: 4, depth: 1, heads: 2 }
        defaults: { train: { evaluate_every: 0, optimizer: { adamw: { lr: 0.01 } } } }
        stages:
          - train: { name: teacher, role: teacher, epochs: 2, criteria: [cross-entropy] }
          - train: { name: reference, role: student, epochs: 0.2, criteria: [cross-entropy] }
          - sift: { name: kept, by: miniplm, models: [teacher, reference], keep: 0.3 }
          - train: { name: student, role: student, train_on: kept, epochs: 1, criteria: [cross-entropy] }
          - evaluate: { models: [student] }
        """;

    [Fact]
    public void The_samples_with_the_highest_scores_are_kept_in_their_order()
    {
        using var folder = new TemporaryFolder();
        RunSummary summary = Runner.Run(Document(folder, Text), Options(folder), new StopAt(null), default);
        string path = Path.Combine(folder.Path, "run", "seed-3", "kept", Stage.DataFile);
        using var scope = new TensorScope();
        Dataset kept = SampleFile.Read(path, "kept");
        Dataset all = new Retort.Data.Sets.TextBlocks { Length = 8, TestFraction = 0.2, Shuffled = 0.2, Repeated = 0.2 }.Load(folder.Path, "train");
        Assert.Equal((int)Math.Round(0.3 * all.Count), kept.Count);
        Assert.Equal(["text", "shuffled", "repeated"], kept.ClassNames);
        double share = kept.Labels.Count(l => l == 1) / (double)kept.Count;
        Assert.Equal(share, summary.Find("kept", "train", "share_shuffled")!.Mean, 1e-12);

        // Each is one of the data, further on than the one before.
        string[] texts = [.. Enumerable.Range(0, all.Count).Select(k => string.Join(' ', all.Gather([k]).Input.ToArray<long>()))];
        int last = -1;
        for (int k = 0; k < kept.Count; k++)
        {
            string text = string.Join(' ', kept.Gather([k]).Input.ToArray<long>());
            last = Array.FindIndex(texts, last + 1, t => t == text);
            Assert.True(last >= 0, "a sample is not of the data, or out of order.");
        }
    }

    [Fact]
    public void Interrupted_while_it_scores_it_ends_with_the_same_bits() => Assert.Equal(Run(null), Run("kept"));

    [Theory]
    [InlineData("models: [teacher, reference]", "models: [teacher]", "'miniplm' asks 2 models, and the stage names 1")]
    [InlineData("models: [teacher, reference]", "models: [teacher, refrence]", "nearest: reference")]
    [InlineData("by: miniplm", "by: minplm", "nearest: miniplm")]
    [InlineData("keep: 0.3", "keep: 0", "keep")]
    public void What_does_not_go_together_is_said_before_anything_runs(string good, string bad, string expected)
    {
        Assert.Contains(good, Text, StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        RecipeException error = Assert.Throws<RecipeException>(() => Runner.Run(
            Document(folder, Text.Replace(good, bad, StringComparison.Ordinal)), Options(folder), new StopAt(null), default));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_spoilt_text_has_its_shares_of_noise_and_repeats_and_a_clean_test_split()
    {
        using var folder = new TemporaryFolder();
        Document(folder, Text);
        using var scope = new TensorScope();
        var clean = new Retort.Data.Sets.TextBlocks { Length = 8, TestFraction = 0.2 };
        var spoilt = clean with { Shuffled = 0.2, Repeated = 0.3 };
        Dataset before = clean.Load(folder.Path, "train"), after = spoilt.Load(folder.Path, "train");
        Assert.Equal((int)(0.2 * after.Count), after.Labels.Count(l => l == 1));
        Assert.Equal((int)(0.3 * after.Count), after.Labels.Count(l => l == 2));
        var repeats = new HashSet<string>();
        for (int k = 0; k < after.Count; k++)
        {
            long[] old = before.Gather([k]).Input.ToArray<long>(), now = after.Gather([k]).Input.ToArray<long>();
            if (after.Labels[k] == 0)
                Assert.Equal(old, now);
            else if (after.Labels[k] == 1)
                Assert.Equal(old.Order(), now.Order());
            else
                repeats.Add(string.Join(' ', now));
        }

        Assert.Single(repeats);
        Assert.Equal(clean.Load(folder.Path, "test").Fingerprint, spoilt.Load(folder.Path, "test").Fingerprint);
    }

    private static string Run(string? stopAt)
    {
        using var folder = new TemporaryFolder();
        RecipeDocument document = Document(folder, Text);
        if (stopAt is not null)
        {
            using var progress = new StopAt(stopAt);
            Assert.ThrowsAny<OperationCanceledException>(() => Runner.Run(document, Options(folder), progress, progress.Token));
        }

        Runner.Run(document, Options(folder) with { Resume = true }, new StopAt(null), default);
        return string.Join('\n', new[] { "kept/data.safetensors", "student/model.safetensors" }.Select(f => Convert.ToHexString(
            System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(folder.Path, "run", "seed-3", f))))));
    }

    private static RecipeDocument Document(TemporaryFolder folder, string recipe)
    {
        folder.Write("input.txt", string.Concat(Enumerable.Range(0, 160).Select(k => $"{k} and {k * 7 % 100}, ")));
        return RecipeDocument.Load(folder.Write("recipe.yaml", recipe));
    }

    private static RunOptions Options(TemporaryFolder folder) => new() { Out = Path.Combine(folder.Path, "run") };
}
