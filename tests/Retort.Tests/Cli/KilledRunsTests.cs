using System.Diagnostics;
using Retort.Tests.Data;

namespace Retort.Tests.Cli;

/// <summary>Every kind of loop, killed where it happens to be: what it leaves has the bits of a run that nobody disturbed.</summary>
public sealed class KilledRunsTests
{
    private const string Pictures =
        """
        recipe: 1
        name: killed
        seeds: [5]
        threads: 1
        data: { dataset: glyphs, train: 720, test: 72, batch_size: 36 }
        roles:
          teacher: { model: small-cnn, width: 4, in_channels: 1, classes: 36 }
          student: { model: small-cnn, width: 3, in_channels: 1, classes: 36 }
          net: { model: convnet, in_channels: 1, image_size: 28, depth: 2, width: 4, classes: 36 }
        defaults: { train: { epochs: 8, evaluate_every: 0, optimizer: { sgd: { lr: 0.02 } } } }
        stages:
          - train: { name: teacher, role: teacher, epochs: 2, criteria: [cross-entropy] }

        """;

    private const string Words =
        """
        recipe: 1
        name: killed
        seeds: [5]
        threads: 1
        data: { dataset: text, root: ., length: 8, batch_size: 4, test_fraction: 0.2 }
        roles:
          teacher: { model: gpt, context: 8, width: 8, depth: 1, heads: 2 }
          student: { model: gpt, context: 8, width: 4, depth: 1, heads: 2 }
        defaults: { train: { evaluate_every: 0, epochs: 2, optimizer: { adamw: { lr: 0.01 } } } }
        stages:
          - train: { name: teacher, role: teacher, criteria: [cross-entropy] }

        """;

    // Shares of the undisturbed run's time after which the process is killed, one after the other.
    private static readonly double[] Moments = [0.5, 0.4, 0.5];

    // What says how long it took, and what a stage that goes on begins with.
    private static readonly string[] Passing = ["done.json", "checkpoint.safetensors"];

    [Theory]
    [InlineData("mutual", "- train: { name: pair, role: student, peers: [teacher], trainer: mutual, criteria: [cross-entropy, dml] }")]
    [InlineData("memory", "- train: { name: own, role: student, criteria: [ps-kd] }")]
    [InlineData(
        "adversarial",
        "- train: { name: played, role: student, teachers: [teacher], criteria: [{ meal-v2: { adversarial: true } }] }")]
    [InlineData(
        "bilevel",
        "- train: { name: told, role: student, teachers: [teacher], criteria: [tgeo-kd], epochs: 4, "
        + "trainer: { bilevel: { every: 2 } }, held_out: { share: 0.1, loss: cross-entropy } }")]
    [InlineData(
        "matching",
        "- synthesize: { name: made, per_class: 1, role: net, steps: 30, by: dm, optimizer: { sgd: { lr: 1 } } }\n"
        + "- train: { name: on-made, role: net, train_on: made, criteria: [cross-entropy] }")]
    [InlineData(
        "trajectories",
        "- trajectories: { name: experts, role: net, count: 2, epochs: 4 }\n"
        + "- synthesize: { name: led, per_class: 1, role: net, trajectories: experts, steps: 10, "
        + "by: { mtt: { inner_steps: 3, epochs: 1, last_start: 2, step_size: 0.02 } }, optimizer: { sgd: { lr: 10 } } }")]
    [InlineData(
        "inversion",
        "- synthesize: { name: inverted, per_class: 1, teachers: [teacher], start: noise, steps: 40, by: sre2l, "
        + "optimizer: { adam: { lr: 0.1 } }, labels_from: teacher }")]
    [InlineData("subsets", "- train: { name: subsets, role: student, epoch_share: 0.3, epochs: 24, criteria: [cross-entropy] }")]
    [InlineData(
        "continual",
        "- incremental: { name: tasks, role: student, tasks: 4, memory: { per_class: 2 }, correct: weight-aligning, "
        + "training: { epochs: 6, batch_size: 30, criteria: [wa], optimizer: { sgd: { lr: 0.02 } } } }")]
    [InlineData(
        "federated",
        "- federate: { name: clients, role: student, clients: 4, rounds: 6, aggregation: fedavg, "
        + "training: { epochs: 2, batch_size: 36, criteria: [cross-entropy], optimizer: { sgd: { lr: 0.02 } } } }")]
    [InlineData(
        "search",
        "- search: { name: found, role: student, space: { width: [3, 4], depths.0: [1, 2], depths.2: [1, 2] }, "
        + "score: { diswot: { teacher: teacher, draws: 3 } }, "
        + "verify: { top: 3, training: { epochs: 2, criteria: [cross-entropy], optimizer: { sgd: { lr: 0.02 } } } } }")]
    [InlineData(
        "compression",
        "- prune: { name: pruned, role: student, model: teacher, by: l1-norm }\n"
        + "- train: { name: rounded, role: student, init_from: pruned, weights: { quantized: { bits: 2 } }, teachers: [teacher], "
        + "criteria: [cross-entropy, kd], epochs: 4 }\n"
        + "- train: { name: points, role: student, init_from: pruned, weights: { points: { count: 4 } }, teachers: [teacher], "
        + "criteria: [kd], epochs: 4 }\n"
        + "- train: { name: sums, role: student, init_from: pruned, weights: { lora: { rank: 2 } }, teachers: [teacher], "
        + "criteria: [kd], epochs: 4 }")]
    public void On_pictures_the_same_bits_are_left(string kind, string stages) => RequireSameBits(kind, Pictures, stages);

    [Theory]
    [InlineData(
        "on-policy",
        "- train: { name: own-text, role: student, teachers: [teacher], trainer: { on-policy: { share: 0.7, prompt: 3 } }, "
        + "criteria: [gkd-jsd] }")]
    [InlineData("interpolated", "- train: { name: between, role: student, teachers: [teacher], criteria: [taid], epochs: 4 }")]
    [InlineData(
        "sifted",
        "- train: { name: reference, role: student, criteria: [cross-entropy] }\n"
        + "- sift: { name: kept, by: miniplm, models: [teacher, reference], keep: 0.3 }\n"
        + "- train: { name: on-kept, role: student, train_on: kept, criteria: [cross-entropy] }")]
    [InlineData(
        "written",
        "- generate: { name: written, writer: teacher, samples: 200, batch_size: 4, prompt: 3 }\n"
        + "- train: { name: imitator, role: student, train_on: written, criteria: [cross-entropy] }\n"
        + "- speculate: { target: teacher, drafts: [imitator], prompt: 3, samples: 12, guesses: 3 }")]
    public void On_words_the_same_bits_are_left(string kind, string stages) => RequireSameBits(kind, Words, stages);

    private static void RequireSameBits(string kind, string head, string stages)
    {
        using var folder = new TemporaryFolder();
        folder.Write("input.txt", string.Concat(Enumerable.Range(0, 160).Select(k => $"{k * 37 % 89} and {k} make a line\n")));
        string recipe = head + string.Join('\n', stages.Split('\n').Select(l => "  " + l)) + "\n";
        long start = Stopwatch.GetTimestamp();
        RecipeRuns.Run(folder, recipe, "whole");
        double whole = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        int[] kills = [.. Moments.Select(m => (int)(m * whole))];
        string root = Path.Combine(folder.Path, "whole", "seed-5");
        string[] files = [.. Directory.GetFiles(root, "*", SearchOption.AllDirectories)
            .Where(f => !Passing.Contains(Path.GetFileName(f))).Select(f => Path.GetRelativePath(Path.Combine(folder.Path, "whole"), f))];
        Assert.True(files.Length > 1, $"{kind}: nothing was left but the teacher.");
        int met = RecipeRuns.RequireSameBitsAsWhole(folder, recipe, files, kills);
        Assert.True(met > 0, $"{kind}: the run ended before it could be killed.");
    }
}
