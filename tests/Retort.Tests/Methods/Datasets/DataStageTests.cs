using Retort.Data;
using Retort.Data.Formats;
using Retort.Tests.Data;
using Retort.Torch;

namespace Retort.Tests.Methods.Datasets;

/// <summary>Whole tiny runs of stages that make or choose data, and what they refuse.</summary>
[Collection("default generator")]
public sealed class DataStageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Makers => new()
    {
        "role: student, by: { dc: { real_batch: 4, outer_steps: 3 } }",
        "role: small, by: { dsa: { real_batch: 4, distance: mse } }",
        "role: student, by: { dm: { real_batch: 4 } }",
        "role: small, start: noise, by: { datadam: { real_batch: 4 } }",
        "teachers: [teacher], start: noise, by: sre2l, optimizer: { adam: { lr: 0.1 } }, schedule: cosine",
        "role: student, trajectories: experts, by: { mtt: { inner_steps: 2, epochs: 1, last_start: 1, inner_batch: 2, augment: [flip, color] } }",
        "role: small, trajectories: others, by: { datm: { inner_steps: 2, epochs: 1, last_start: 1, threshold: 100 } }",
        "role: small, trajectories: others, by: { tesla: { inner_steps: 3, epochs: 1, last_start: 1, inner_batch: 2 } }",
        "teachers: [teacher], by: { cda: { total_variation: 0.01, norm: 0.01 } }, optimizer: { adam: { lr: 0.1 } }",
    };

    [Theory, MemberData(nameof(Makers))]
    public void Data_that_is_made_is_the_same_whether_or_not_the_run_was_interrupted(string how)
    {
        using MethodRun run = Recipe(
            $$"""
            - trajectories: { name: experts, role: student, count: 1, epochs: 2 }
            - trajectories: { name: others, role: small, count: 2, epochs: 2 }
            - synthesize: { name: made, per_class: 1, steps: 12, {{how}} }
            """);
        run.Run("whole");
        run.Run("interrupted", stopAt: "made", steps: 10);
        string whole = MethodRun.Digest(run.FileOf("whole", "made", "data.safetensors"));
        Assert.Equal(whole, MethodRun.Digest(run.FileOf("interrupted", "made", "data.safetensors")));
        Dataset made = SampleFile.Read(run.FileOf("whole", "made", "data.safetensors"), "made");
        Assert.Equal([0L, 1, 2], made.Labels);
        using var scope = new TensorScope();
        Assert.True(made.Gather([0, 2]).Input.Isfinite().All().ToBoolean());
    }

    [Fact]
    public void Trainings_are_recorded_the_same_whether_or_not_the_run_was_interrupted()
    {
        using MethodRun run = Recipe("- trajectories: { name: experts, role: student, count: 2, epochs: 3, optimizer: { sgd: { lr: 0.1, momentum: 0.9 } } }");
        run.Run("whole");
        for (int epoch = 2; epoch < 6; epoch += 2)
        {
            run.Run($"interrupted-{epoch}", stopAt: "experts", steps: epoch);
            foreach (string file in (ReadOnlySpan<string>)["run-0.safetensors", "run-1.safetensors"])
                Assert.Equal(MethodRun.Digest(run.FileOf("whole", "experts", file)), MethodRun.Digest(run.FileOf($"interrupted-{epoch}", "experts", file)));
        }

        Assert.NotEqual(MethodRun.Digest(run.FileOf("whole", "experts", "run-0.safetensors")), MethodRun.Digest(run.FileOf("whole", "experts", "run-1.safetensors")));
    }

    [Fact]
    public void What_was_made_or_chosen_trains_a_student_with_its_soft_labels()
    {
        using MethodRun run = Recipe(
            """
            - synthesize: { name: made, per_class: 1, steps: 1, role: student, by: { dm: { real_batch: 4 } }, labels_from: teacher }
            - select: { name: chosen, per_class: 2, by: herding, model: teacher, labels_from: teacher, label_temperature: 2 }
            - select: { name: kept, per_class: 2, by: random, labels_from: teacher, label_top_k: 2 }
            - train: { name: on-kept, role: student, train_on: kept, criteria: [fkd-soft-labels] }
            - train: { name: on-made, role: student, train_on: made, criteria: [cross-entropy] }
            - train: { name: on-chosen, role: student, train_on: chosen, criteria: [cross-entropy] }
            - compare: { models: [on-made, on-chosen, on-kept] }
            """);
        run.Run("run");
        foreach ((string stage, int count) in (ReadOnlySpan<(string, int)>)[("made", 3), ("chosen", 6)])
        {
            using var scope = new TensorScope();
            Dataset data = SampleFile.Read(run.FileOf("run", stage, "data.safetensors"), stage);
            Assert.Equal(count, data.Count);
            Tensor targets = data.Gather([.. Enumerable.Range(0, count)]).Targets!;
            Assert.True((targets.Sum([1]) - 1).Abs().Max().ToDouble() < 1e-5);
        }
    }

    [Theory]
    [InlineData("random")]
    [InlineData("herding")]
    [InlineData("k-center")]
    [InlineData("dataset-quantization")]
    [InlineData("graph-cut")]
    public void What_is_chosen_are_real_samples_as_they_are_stored(string by)
    {
        using MethodRun run = Recipe($"- select: {{ name: chosen, per_class: 3, by: {by}, model: teacher }}");
        run.Run("run");
        Dataset chosen = SampleFile.Read(run.FileOf("run", "chosen", "data.safetensors"), "chosen");
        Assert.True(chosen.IsBytes);
        Assert.All(chosen.Labels.CountBy(label => label), pair => Assert.Equal(3, pair.Value));
        Assert.Equal(9, Enumerable.Range(0, 9).Select(k => Convert.ToHexString(chosen.BytesOf(k))).Distinct().Count());
    }

    [Theory]
    [InlineData("- synthesize: { per_class: 1, by: dm }", "'dm' works with a kind of network, and the stage names none")]
    [InlineData("- synthesize: { per_class: 1, by: sre2l }", "'sre2l' works from a trained model, and the stage names none")]
    [InlineData("- synthesize: { per_class: 1, by: dm, role: pupil }", "there is no role 'pupil'")]
    [InlineData("- select: { per_class: 1, by: dataset-quantization }", "'dataset-quantization' looks at a trained model's answers, and the stage names none")]
    [InlineData("- synthesize: { per_class: 1, by: mtt, role: student }", "'mtt' follows recorded trainings, and the stage names none")]
    [InlineData("- synthesize: { per_class: 1, by: mtt, role: student, trajectories: teacher }", "no stage of that kind called 'teacher' comes before this one")]
    [InlineData("- select: { per_class: 1, by: random, label_top_k: 2 }", "says how much of soft labels is kept, and no model gives any")]
    [InlineData("- select: { per_class: 1, by: random, labels_from: nobody }", "nothing called 'nobody' is trained before this stage")]
    [InlineData("- train: { role: student, criteria: [cross-entropy], epoch_redraw: true }", "says how an epoch's share is drawn, and `epoch_share:` names none")]
    public void What_cannot_be_done_is_a_problem_of_the_recipe(string stage, string message)
    {
        using MethodRun run = Recipe(stage);
        Assert.Equal(message, Assert.Single(run.Problems()));
    }

    // Three classes of 8 × 8 noise, ten samples each: the stages' work, not what comes of it, is looked at.
    private MethodRun Recipe(string stages)
    {
        using var scope = new TensorScope();
        Tensor pictures = Tensor.Rand(new Generator(4), 30, 1, 8, 8).Mul(255).To(DType.UInt8);
        Tensor labels = Tensor.From(Enumerable.Range(0, 30).Select(k => (long)(k % 3)).ToArray());
        foreach (string split in (ReadOnlySpan<string>)["train", "test"])
            SampleFile.Write(Path.Combine(_folder.Path, $"{split}.safetensors"), pictures, labels, ["a", "b", "c"]);
        return MethodRun.Of(
            $$"""
            recipe: 1
            name: tiny
            seeds: [5]
            threads: 1
            device: cpu
            data: { dataset: samples, root: {{_folder.Path}}, batch_size: 10 }
            roles:
              teacher: { model: small-cnn, width: 2, in_channels: 1, classes: 3 }
              student: { model: small-cnn, width: 2, in_channels: 1, classes: 3 }
              small: { model: convnet, width: 2, depth: 2, image_size: 8, in_channels: 1, classes: 3 }
            defaults:
              train: { epochs: 1, evaluate_every: 0, optimizer: { sgd: { lr: 0.02 } } }
            stages:
              - train: { name: teacher, role: teacher, criteria: [cross-entropy] }

            """ + string.Join('\n', stages.ReplaceLineEndings("\n").Split('\n').Select(l => "  " + l)) + "\n");
    }
}
