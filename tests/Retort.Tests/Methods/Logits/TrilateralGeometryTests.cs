using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Logits;
using Retort.Tests.Training;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Methods.Logits;

[Collection("default generator")]
public sealed class TrilateralGeometryTests
{
    private const double Close = 1e-9;
    private const string Stages =
        """
        - train:
            name: student
            role: student
            teachers: [teacher]
            teacher_mismatch: 0.5
            criteria: [{ tgeo-kd: { width: 8 } }]
            trainer: { bilevel: { every: 2 } }
            held_out: { share: 0.2, loss: cross-entropy }
        """;

    [Fact]
    public void The_ratio_shares_each_sample_out_between_the_teacher_and_its_label()
    {
        using var scope = new TensorScope();
        using var random = new Generator(4);
        Tensor student = Tensor.Randn(random, 2, 3).To(DType.Float64), teacher = Tensor.Randn(random, 2, 3).To(DType.Float64);
        Tensor labels = Tensor.From(new long[] { 2, 0 });
        double Each(int row, double ratio) => ratio * KnowledgeDistillation.Loss(student.Narrow(0, row, 1), teacher.Narrow(0, row, 1), 3).ToDouble()
            + (1 - ratio) * CrossEntropy.Loss(student.Narrow(0, row, 1), labels.Narrow(0, row, 1)).ToDouble();
        Tensor ratios = Tensor.From(new double[] { 0.25, 1 });
        Assert.Equal((Each(0, 0.25) + Each(1, 1)) / 2, TrilateralGeometry.Loss(student, teacher, labels, ratios, 3).ToDouble(), Close);
    }

    // By hand: two classes; the student is even, the teacher says (¾, ¼), the label is class 1, the class's mean is (¼, ¾).
    [Fact]
    public void The_geometry_is_three_points_and_the_six_edges_between_four()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(new double[,] { { 0, 0 } }), teacher = Tensor.From(new double[,] { { Math.Log(3), 0 } });
        Tensor found = TrilateralGeometry.Geometry(
            student, teacher, Tensor.From(new long[] { 1 }), Tensor.From(new double[,] { { 0.25, 0.75 } }));
        double[] expected =
        [
            0.5, 0.5, 0.75, 0.25, 0, 1,
            -0.25, 0.25, 0.75, -0.75, 0.5, -0.5,
            0.25, -0.25, 0.25, -0.25, 0.5, -0.5,
        ];
        Assert.All(expected.Zip(found.ToArray<double>()), pair => Assert.Equal(pair.First, pair.Second, Close));
    }

    [Fact]
    public void It_remembers_the_teacher_s_mean_of_each_class_and_whom_it_trusts()
    {
        using var scope = new TensorScope();
        using TrilateralGeometry criterion = Prepared(out Signals signals);
        criterion.Advance(signals);
        criterion.Advance(signals);
        Tensor means = criterion.Owned.StateDict()["means.rows"], teacher = signals.Teacher.Logits.Softmax(1);

        // Rows 0, 3 and 6 are of class 0, each seen twice.
        Tensor expected = (teacher[0] + teacher[3] + teacher[6]) / 3;
        Assert.True(means[0].Narrow(0, 0, 3).Allclose(expected, rtol: 1e-5));
        Assert.Equal(6, means[0][3].ToDouble());
        IReadOnlyDictionary<string, double> findings = criterion.Findings();
        Assert.Equal(criterion.Options.Findings.Order(), findings.Keys.Order());
        bool[] right = teacher.Argmax(1).Eq(signals.Labels).ToArray<bool>();
        int many = right.Count(r => r);
        Assert.InRange(many, 1, 7);
        Assert.Equal(
            findings["ratio"], (many * findings["ratio_right"] + (8 - many) * findings["ratio_wrong"]) / 8, 1e-6);
        Assert.NotEqual(findings["ratio_right"], findings["ratio_wrong"]);
    }

    [Fact]
    public void A_bilevel_training_goes_on_after_an_interruption_with_the_same_bits()
    {
        using var run = new MethodRun(Stages);
        run.Run("whole");
        run.Run("broken", stopAt: "student", steps: 5);
        foreach (string file in new[] { "model.safetensors", "parts.safetensors" })
            Assert.Equal(MethodRun.Digest(run.FileOf("whole", "student", file)), MethodRun.Digest(run.FileOf("broken", "student", file)));
        Assert.Contains("student/train/ratio_wrong", File.ReadAllText(run.FileOf("whole", "student", "done.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("    held_out: { share: 0.2, loss: cross-entropy }", "the trainer needs held-out samples, and the stage holds none out")]
    [InlineData("    trainer: { bilevel: { every: 2 } }", "samples are held out, and the stage's trainer does not look at them")]
    public void Held_out_samples_and_their_trainer_come_together(string line, string problem)
    {
        using var run = new MethodRun(Stages.ReplaceLineEndings("\n").Replace(line, string.Empty, StringComparison.Ordinal));
        Assert.Contains(problem, run.Problems());
    }

    private static TrilateralGeometry Prepared(out Signals signals)
    {
        Engine.ManualSeed(3);
        var criterion = new TrilateralGeometry(new TrilateralGeometryOptions { Width = 4 });
        Batch batch = Nets.Batch(2);
        using var random = new Generator(9);
        signals = new Signals(
            batch, default, new RoleSignals("student", Tensor.Randn(random, 8, 3)), new RoleSignals("teacher", Tensor.Randn(random, 8, 3)));
        using Sequential net = Nets.Mlp(1);
        var data = Dataset.OfNumbers(
            "drawn", "train", batch.Input.ToArray<float>(), [Nets.Features], batch.Labels.ToArray<long>(), ["a", "b", "c"]);
        criterion.Attach(new Attachment { Student = new Role("student", net), Data = data });
        criterion.Prepare(signals);
        return criterion;
    }
}
