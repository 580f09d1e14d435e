using System.Reflection;
using System.Text.Json;
using Retort.Data;
using Retort.Distillation;
using Retort.Golden;
using Retort.Recipes;
using Retort.Registry;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Tests.Docs;

public sealed class AddingAMethodTests
{
    private static readonly DocumentPage Page = DocumentPage.Read("docs/adding-a-method.md");

    [Fact]
    public void The_method_is_one_file_of_under_80_lines() =>
        Assert.InRange(Page.Blocks("csharp")[0].TrimEnd('\n').Split('\n').Length, 1, 79);

    // Margins wanted: 2 and, capped, 3. Margins found: 1 and 4. So (1² + 0²) / 2.
    [Fact]
    public void Loss_of_a_batch_worked_by_hand()
    {
        using var scope = new TensorScope();
        Tensor student = Tensor.From(new double[,] { { 1, 0, 0 }, { 0, 4, 0 } });
        Tensor teacher = Tensor.From(new double[,] { { 2, 0, -1 }, { 0, 9, 1 } });
        Assert.Equal(0.5, LogitMargin.Loss(student, teacher, cap: 3).ToDouble(), 1e-12);
    }

    [Fact]
    public void Gradient_matches_finite_differences()
    {
        using var scope = new TensorScope();
        double[] at = [0.3, -0.2, 0.1, 0.4, 0.9, -0.7];
        Tensor teacher = Tensor.From(new double[,] { { 2, 0, -1 }, { 0, 3, 1 } });
        double Loss(double[] values) => LogitMargin.Loss(Tensor.From(values, 2, 3), teacher).ToDouble();
        Tensor student = Tensor.From(at, 2, 3).SetRequiresGrad();
        double[] gradient = Autograd.Grad(LogitMargin.Loss(student, teacher), [student])[0].ToArray<double>();
        for (int k = 0; k < at.Length; k++)
        {
            double[] up = [.. at], down = [.. at];
            up[k] += 1e-6;
            down[k] -= 1e-6;
            Assert.Equal((Loss(up) - Loss(down)) / 2e-6, gradient[k], 1e-7);
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        using var scope = new TensorScope();
        var differ = Assert.Throws<ShapeException>(() => LogitMargin.Loss(Tensor.Zeros(2, 3), Tensor.Zeros(2, 4)));
        Assert.Equal("'student' [2, 3] and 'teacher' [2, 4] must have the same shape.", differ.Message);
        var narrow = Assert.Throws<ShapeException>(() => LogitMargin.Loss(Tensor.Zeros(2, 1), Tensor.Zeros(2, 1)));
        Assert.Contains("two classes", narrow.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_s_reference_vector_holds()
    {
        using var scope = new TensorScope();
        using JsonDocument vector = JsonDocument.Parse(Page.Blocks("json")[0]);
        JsonElement root = vector.RootElement, inputs = root.GetProperty("inputs"), expected = root.GetProperty("expected");
        Tensor Read(string name) => Tensor.From(Numbers(inputs.GetProperty(name)), 1, 3);
        Tensor student = Read("student_logits").SetRequiresGrad();
        var given = new GoldenInputs("logit-margin", inputs, root.GetProperty("params"), new Dictionary<string, Tensor>
        {
            ["student_logits"] = student,
            ["teacher_logits"] = Read("teacher_logits"),
        });
        MethodInfo hook = Assert.Single(
            typeof(LogitMargin).GetMethods(BindingFlags.Static | BindingFlags.NonPublic), m => m.IsDefined(typeof(GoldenAttribute)));
        var loss = (Tensor)((GoldenOutputs)hook.Invoke(null, [given])!)["loss"];
        Assert.Equal(expected.GetProperty("loss").GetDouble(), loss.ToDouble(), 1e-9);
        Assert.Equal(Numbers(expected.GetProperty("grad:student_logits")), Autograd.Grad(loss, [student])[0].ToArray<double>());
    }

    [Fact]
    public void The_catalogue_finds_it_and_a_recipe_makes_it()
    {
        ComponentRegistry registry = RetortCatalog.Create();
        registry.AddType(typeof(LogitMargin));
        MethodEntry entry = Assert.Single(MethodEntry.All(registry), m => m.Slug == "logit-margin");
        Assert.Equal(MethodFamily.Logit, entry.Family);
        Assert.Contains(entry.Options, o => o is ("cap", "10", _, _));

        using var scope = new TensorScope();
        using var criterion = registry.Create<Criterion>(new LogitMarginOptions { Cap = 3 });
        var batch = new Batch(Tensor.Zeros(2, 3), Tensor.From([0L, 1]), Tensor.From([0L, 1]));
        var signals = new Signals(
            batch, default, new RoleSignals("student", Tensor.Zeros(2, 3)), new RoleSignals("teacher", Tensor.From(new float[,] { { 9, 0, 0 }, { 0, 9, 0 } })));
        Assert.Equal(9, criterion.Evaluate(signals).ToDouble(), 1e-6);
        Assert.True(criterion.NeedsTeacher);
    }

    // The two shorter samples of the page, about taps and parts of one's own.
    [Fact]
    public void A_projector_is_made_from_shapes_and_trained()
    {
        using var scope = new TensorScope();
        using var criterion = new ProjectedFeatures(new ProjectedFeaturesOptions { StudentTap = "layer1", TeacherTap = "layer1" });
        RoleSignals Signal(string name, int width) =>
            new(name, Tensor.Zeros(2, 3), new Dictionary<TapPath, Tensor> { ["layer1"] = Tensor.Ones(2, width) });
        var signals = new Signals(
            new Batch(Tensor.Zeros(2, 3), Tensor.From([0L, 1]), Tensor.From([0L, 1])), default, Signal("student", 4), Signal("teacher", 6));
        Assert.Equal(2, criterion.Taps.Count());
        criterion.Prepare(signals);
        Assert.Equal([6L, 4], criterion.Owned.StateDict()["projector.weight"].Shape);
        criterion.Evaluate(signals).Backward();
        Assert.All(criterion.Owned.Parameters(), p => Assert.NotNull(p.Value.Grad));
    }

    private static double[] Numbers(JsonElement tensor) => [.. tensor.GetProperty("data").EnumerateArray().Select(e => e.GetDouble())];
}
