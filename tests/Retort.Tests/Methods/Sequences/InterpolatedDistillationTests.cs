using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Logits;
using Retort.Methods.Sequences;
using Retort.Recipes;
using Retort.Tests.Data;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Tests.Methods.Sequences;

/// <summary>TAID's moving target, alone and in a training of small language models.</summary>
[Collection("default generator")]
public sealed class InterpolatedDistillationTests
{
    private const string Tiny =
        """
        recipe: 1
        name: tiny
        seeds: [5]
        threads: 1
        device: cpu
        data: { dataset: text, root: ROOT, length: 12, batch_size: 8 }
        roles:
          teacher: { model: gpt, context: 12, width: 16, depth: 2, heads: 2 }
          student: { model: gpt, context: 12, width: 8, depth: 1, heads: 2 }
        defaults:
          train: { epochs: 2, evaluate_every: 0, optimizer: { adamw: { lr: 0.01 } } }
        stages:
          - train: { name: teacher, role: teacher, criteria: [cross-entropy] }
          - train: { name: taid, role: student, teachers: [teacher], criteria: [{ taid: { rate: 0.5 } }] }
          - train: { name: kl, role: student, teachers: [teacher], criteria: [token-forward-kl], epochs: 0.5 }
          - train:
              name: kl-remembered
              role: student
              teachers: [teacher]
              criteria: [token-forward-kl]
              epochs: 0.5
              remember_teachers: true
          - evaluate: { models: [teacher, taid] }

        """;

    // The same loss twice: d and m are 0, so that t goes from 0.4 by 0.5 · sigmoid(0) · 0.6, past the line's 0.406.
    [Fact]
    public void The_target_runs_ahead_of_its_floor_after_the_second_step()
    {
        using var scope = new TensorScope();
        using var criterion = new InterpolatedDistillation(new InterpolatedDistillationOptions { Rate = 0.5 });
        using var generator = new Generator(1);
        Tensor student = Tensor.Randn(generator, 1, 2, 5), teacher = Tensor.Randn(generator, 1, 2, 5);
        Tensor labels = Tensor.From(new long[] { 1, -100 }, 1, 2);
        Signals At(long step) => new(
            new Batch(Tensor.Zeros(1, 2), labels, Tensor.Arange(1)), new StepClock(step, TotalSteps: 100, StepsPerEpoch: 100),
            new RoleSignals("student", student), new RoleSignals("teacher", teacher));
        double With(double t) => InterpolatedDistillation.Loss(student, teacher, labels.Ne(-100), t).ToDouble();
        criterion.Prepare(At(0));
        Assert.Equal(With(0.4), criterion.Evaluate(At(0)).ToDouble(), 1e-6);
        criterion.Advance(At(0));
        Assert.Equal(With(0.4), criterion.Evaluate(At(1)).ToDouble(), 1e-6);
        criterion.Advance(At(1));
        Assert.Equal(With(0.55), criterion.Evaluate(At(2)).ToDouble(), 1e-6);
        Assert.True(Math.Abs(With(0.55) - With(0.412)) > 1e-4);

        // Far on, the floor has overtaken it.
        criterion.Advance(At(90));
        Assert.Equal(With(0.94), criterion.Evaluate(At(91)).ToDouble(), 1e-6);
    }

    [Fact]
    public void Interrupted_and_resumed_a_language_model_ends_with_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "input.txt"), string.Concat(Enumerable.Repeat("a rose is a rose is a rose. ", 80)));
        using MethodRun run = MethodRun.Of(Tiny.Replace("ROOT", folder.Path, StringComparison.Ordinal));
        Assert.Empty(run.Problems());
        run.Run("whole");
        run.Run("parts", stopAt: "taid", steps: 10);
        Assert.Equal(MethodRun.Digest(run.FileOf("whole", "taid")), MethodRun.Digest(run.FileOf("parts", "taid")));

        // What a teacher says of a sample is the same, asked at once or step by step.
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> once = SafeTensors.Read(run.FileOf("whole", "kl-remembered"));
        Assert.All(
            SafeTensors.Read(run.FileOf("whole", "kl")), e => Assert.True(e.Value.Allclose(once[e.Key], rtol: 1e-3, atol: 1e-4), e.Key));
    }

    // By hand: of two positions one counts, and gives its right token a probability of e / (e + 2).
    [Fact]
    public void Cross_entropy_on_tokens_is_the_mean_over_those_that_count()
    {
        using var scope = new TensorScope();
        Tensor logits = Tensor.From(new float[] { 0, 1, 0, 7, 8, 9 }, 1, 2, 3);
        Tensor labels = Tensor.From(new long[] { 1, -100 }, 1, 2);
        Assert.Equal(-Math.Log(Math.E / (Math.E + 2)), CrossEntropy.Loss(logits, labels).ToDouble(), 1e-6);
    }
}
