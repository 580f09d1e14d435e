using Retort.Data;
using Retort.Data.Formats;
using Retort.Recipes;
using Retort.Reports;
using Retort.Runs;
using Retort.Stages;
using Retort.Tests.Data;
using Retort.Torch;

namespace Retort.Tests.Stages;

/// <summary>The stages and the trainer in which models write: generate, speculate, on-policy.</summary>
[Collection("default generator")]
public sealed class WritingStagesTests
{
    private const string Text =
        """
        recipe: 1
        name: writing
        seeds: [3]
        threads: 1
        data: { dataset: text, root: ., length: 8, batch_size: 4, test_fraction: 0.2 }
        roles:
          teacher: { model: gpt, context: 8, width: 8, depth: 1, heads: 2 }
          student: { model: gpt, context: 8, width: 4, depth: 1, heads: 2 }
        defaults: { train: { evaluate_every: 0, checkpoint_every: 7, optimizer: { adamw: { lr: 0.01 } } } }
        stages:
          - train: { name: teacher, role: teacher, epochs: 1, criteria: [cross-entropy] }
          - generate: { name: text, writer: teacher, samples: 47, batch_size: 2, prompt: 3 }
          - train: { name: imitator, role: student, train_on: text, epochs: 1, criteria: [cross-entropy] }
          - train:
              name: own
              role: student
              teachers: [teacher]
              epochs: 1
              trainer: { on-policy: { share: 0.7, prompt: 3, sampling: { top_k: 40 } } }
              criteria: [gkd-jsd]
          - speculate: { target: teacher, drafts: [imitator, own], prompt: 3, samples: 12, guesses: 3, sampling: { temperature: 0.9 } }
        """;

    [Fact]
    public void Interrupted_anywhere_they_end_with_the_same_bits()
    {
        string whole = Run(null);
        foreach (string stage in new[] { "text", "own", "speculate" })
            Assert.Equal(whole, Run(stage));
    }

    [Fact]
    public void A_model_s_texts_begin_as_the_data_does_and_their_prompts_are_no_targets()
    {
        using var folder = new TemporaryFolder();
        RecipeDocument document = Document(folder, Text);
        Runner.Run(document, Options(folder), new StopAt(null), default);
        using var scope = new TensorScope();
        Dataset made = SampleFile.Read(Path.Combine(folder.Path, "run", "seed-3", "text", Stage.DataFile), "text");
        Assert.Equal(47, made.Count);
        Assert.Equal([9L], made.SampleShape);
        Assert.Equal(["log_probabilities", "mask"], made.Fields.Select(f => f.Name).Order(StringComparer.Ordinal));
        Batch first = made.Gather([0]);
        Assert.Equal([0, 0, 0, 1, 1, 1, 1, 1, 1], first["mask"].ToArray<byte>());
        Assert.All(first["log_probabilities"].ToArray<float>()[3..], l => Assert.InRange(l, -20, 0));
        string source = File.ReadAllText(Path.Combine(folder.Path, "input.txt"));
        string prompt = string.Concat(first.Input.ToArray<long>()[..3].Select(t => (char)(t - 1)));
        Assert.Contains(prompt, source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("writer: teacher", "writer: tacher", "nothing called 'tacher' is trained before this stage")]
    [InlineData("teachers: [teacher]", "teachers: [teacher]\n      remember_teachers: true",
        "the stage's trainer makes batches itself, so no answer comes twice")]
    [InlineData("share: 0.7, prompt: 3", "share: 0.7, prompt: 9", "role 'student' cannot be trained so: it sees 8 tokens, and is to write texts of 10")]
    [InlineData("guesses: 3", "guesses: 300", "guesses")]
    public void What_does_not_go_together_is_said_before_anything_runs(string good, string bad, string expected)
    {
        Assert.Contains(good, Text, StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        RecipeDocument document = Document(folder, Text.Replace(good, bad, StringComparison.Ordinal));
        RecipeException error = Assert.Throws<RecipeException>(
            () => Runner.Run(document, Options(folder), new StopAt(null), default));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    // Weights, texts, and the figures of the last stage that no clock decides.
    private static string Run(string? stopAt)
    {
        using var folder = new TemporaryFolder();
        RecipeDocument document = Document(folder, Text);
        if (stopAt is not null)
        {
            using var progress = new StopAt(stopAt);
            Assert.ThrowsAny<OperationCanceledException>(() => Runner.Run(document, Options(folder), progress, progress.Token));
        }

        RunSummary summary = Runner.Run(document, Options(folder) with { Resume = true }, new StopAt(null), default);
        string[] files = ["text/data.safetensors", "imitator/model.safetensors", "own/model.safetensors"];
        IEnumerable<string> contents = files.Select(f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(
            File.ReadAllBytes(Path.Combine(folder.Path, "run", "seed-3", f)))));
        IEnumerable<string> figures = summary.Results.Where(r => r.Metric != "tokens_per_second").Select(r => $"{r.Name}/{r.Metric} {r.Mean:R}");
        return string.Join('\n', contents.Concat(figures));
    }

    private static RecipeDocument Document(TemporaryFolder folder, string recipe)
    {
        folder.Write("input.txt", string.Concat(Enumerable.Range(0, 160).Select(k => $"{k} and {k * 7 % 100}, ")));
        return RecipeDocument.Load(folder.Write("recipe.yaml", recipe));
    }

    private static RunOptions Options(TemporaryFolder folder) => new() { Out = Path.Combine(folder.Path, "run") };
}
