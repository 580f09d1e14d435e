using System.Text.RegularExpressions;
using Retort.Distillation;
using Retort.Golden;
using Retort.Registry;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Tests.Methods;

/// <summary>What is asked of every method alike.</summary>
public sealed partial class CatalogueTests
{
    private const double Step = 1e-6;
    private const double Tolerance = 2e-6;

    // Methods that no vector was recorded for: where their values are from instead stands beside each.
    private static readonly Dictionary<string, string> WithoutGolden = new(StringComparer.Ordinal)
    {
        ["ban"] = "its full form is kd at temperature 1; the others are worked by hand in SelfDistillationTests",
        ["bd-kd"] = "worked by hand in BalancedDivergenceTests; no public code gives the weights",
        ["byot"] = "a sum of kd, cross-entropy and a squared distance, which have vectors or are worked by hand",
        ["cs-kd"] = "worked by hand in SelfDistillationTests",
        ["dist-plus"] = "worked by hand in RelationTests",
        ["gid-like"] = "its choice of places has the vector gid-like-region; the term is worked by hand in DetectionTermTests",
        ["ickd"] = "worked by hand in RelationTests",
        ["kta-affinity"] = "worked by hand in RelationTests",
        ["label-smoothing"] = "worked by hand in SelfDistillationTests; one form is in tf-kd's vector",
        ["lad"] = "its term is cwd's, and its teacher's that of lad-dual-path, which have vectors",
        ["local-kd"] = "the region term of mgd-ssss, which has a vector",
        ["lwf"] = "the term of old classes in wa's vector",
        ["pad"] = "worked by hand in RelationTests",
        ["preparing-lessons"] = "worked by hand in LessonTests",
        ["skd"] = "worked by hand in RelationTests",
        ["spherical-kd"] = "compared with logit-standardization, which has a vector, in LessonTests",
        ["srd"] = "worked by hand in RelationTests",
        ["tgeo-kd"] = "worked by hand in TrilateralGeometryTests; no public code gives the details",
    };

    private static IEnumerable<LossCase> Cases => [.. LossCases.All, .. SequenceCases.All];

    public static TheoryData<string> CaseNames => [.. Cases.Select(c => c.Name)];

    public static TheoryData<string> SmoothNames => [.. Cases.Where(c => !c.HasConstantParts).Select(c => c.Name)];

    public static IEnumerable<string> SlugsOfLosses => Losses().Select(c => c.Slug);

    public static TheoryData<string> Slugs => [.. SlugsOfLosses];

    [Theory, MemberData(nameof(Slugs))]
    public void A_method_says_where_it_is_published_what_it_computes_and_what_it_needs(string slug)
    {
        MethodEntry entry = MethodEntry.All(RetortCatalog.Default).Single(e => e.Slug == slug);
        Assert.Matches(KebabCase(), slug);
        Assert.Matches(Publication(), entry.Paper);
        Assert.InRange(entry.Summary.Length, 20, 180);
        Assert.EndsWith(".", entry.Summary, StringComparison.Ordinal);
        Assert.NotEmpty(entry.Needs);
        Assert.Contains(entry.Remarks, r => r.StartsWith("Paper.", StringComparison.Ordinal));
        Assert.Contains(entry.Remarks, r => r.StartsWith("Equation.", StringComparison.Ordinal));
        Assert.All(entry.Options, o => Assert.False(string.IsNullOrWhiteSpace(o.Text), $"{slug}: {o.Key} is not explained"));
    }

    [Theory, MemberData(nameof(Slugs))]
    public void A_method_is_made_from_its_defaults(string slug)
    {
        Component component = Losses().Single(c => c.Slug == slug);
        using var criterion = (Criterion)component.Create(Activator.CreateInstance(component.OptionsType)!);
        Assert.True(criterion.Weight.Bounds.Least > 0);
        Assert.All(criterion.Taps, tap => Assert.False(string.IsNullOrEmpty(tap.Property)));
    }

    [Theory, MemberData(nameof(Slugs))]
    public void A_method_is_checked_against_its_reference_or_says_why_not(string slug) =>
        Assert.True(GoldenChecker.Slugs.Contains(slug) != WithoutGolden.ContainsKey(slug),
            $"'{slug}' has neither a golden handler nor a stated reason, or has both");

    // uskd ranks classes and prepares its weak head itself: its tests are its own.
    [Fact]
    public void Every_method_has_its_loss_among_the_cases()
    {
        HashSet<string> covered = [.. Cases.Select(c => c.Name.Split(' ')[0]), "uskd"];
        Assert.Empty(Losses().Select(c => c.Slug).Except(covered));
    }

    [Theory, MemberData(nameof(SmoothNames))]
    public void The_gradient_of_a_loss_is_its_slope(string name)
    {
        LossCase loss = Cases.Single(c => c.Name == name);
        using var scope = new TensorScope();
        Dictionary<string, Tensor> inputs = loss.Make(seed: 7, DType.Float64);
        string[] trained = [.. inputs.Keys.Where(k => k.Contains("student", StringComparison.Ordinal))];
        Tensor value = loss.Loss(k => inputs[k]);
        Tensor[] gradients = Autograd.Grad(value, [.. trained.Select(k => inputs[k])]);
        for (int k = 0; k < trained.Length; k++)
        {
            double[] found = gradients[k].Contiguous().ToArray<double>();
            double[] point = inputs[trained[k]].Detach().Contiguous().ToArray<double>();
            for (int i = 0; i < point.Length; i++)
            {
                double slope = (At(i, Step) - At(i, -Step)) / (2 * Step);
                Assert.True(Math.Abs(slope - found[i]) <= Tolerance * Math.Max(1, Math.Abs(value.ToDouble())),
                    $"{name}: the gradient of {trained[k]}[{i}] is {found[i]:G9}, the slope {slope:G9}");
            }

            double At(int index, double by)
            {
                using var inner = new TensorScope();
                double[] moved = [.. point];
                moved[index] += by;
                Tensor tensor = Tensor.From(moved, inputs[trained[k]].Shape);
                return loss.Loss(key => key == trained[k] ? tensor : inputs[key]).ToDouble();
            }
        }
    }

    [Theory, MemberData(nameof(CaseNames))]
    public void A_loss_in_half_precision_is_a_finite_float_with_finite_gradients(string name)
    {
        LossCase loss = Cases.Single(c => c.Name == name);
        using var scope = new TensorScope();
        Dictionary<string, Tensor> inputs = loss.Make(seed: 11, DType.BFloat16);
        string[] trained = [.. inputs.Keys.Where(k => k.Contains("student", StringComparison.Ordinal))];
        Tensor value = loss.Loss(k => inputs[k]);
        Assert.Equal(DType.Float32, value.DType);
        Assert.Empty(value.Shape);
        Assert.True(double.IsFinite(value.ToDouble()));
        foreach (Tensor gradient in Autograd.Grad(value, [.. trained.Select(k => inputs[k])]))
            Assert.True(gradient.Isfinite().All().ToBoolean(), $"{name}: a gradient is not finite");
    }

    [Theory, MemberData(nameof(CaseNames))]
    public void A_teacher_gets_no_gradient(string name)
    {
        LossCase loss = Cases.Single(c => c.Name == name);
        using var scope = new TensorScope();
        Dictionary<string, Tensor> inputs = loss.Make(seed: 13, DType.Float64);
        string[] teachers = [.. inputs.Keys.Where(k => k.Contains("teacher", StringComparison.Ordinal))];
        foreach (string teacher in teachers)
            inputs[teacher].SetRequiresGrad();
        Tensor value = loss.Loss(k => inputs[k]);
        Assert.All(teachers, k => Assert.Null(Autograd.Grad([value], [inputs[k]], retainGraph: true, allowUnused: true)[0]));
    }

    [Theory, MemberData(nameof(CaseNames))]
    public void Batches_that_differ_are_refused_with_both_shapes(string name)
    {
        LossCase loss = Cases.Single(c => c.Name == name);
        using var scope = new TensorScope();
        Dictionary<string, Tensor> inputs = loss.Make(seed: 17, DType.Float64, loss.Cut);
        var error = Assert.Throws<ShapeException>(() => loss.Loss(k => inputs[k]));
        Assert.True(Shape().Count(error.Message) >= 2, $"the message names fewer than two shapes: {error.Message}");
    }

    [Theory, MemberData(nameof(CaseNames))]
    public void A_loss_leaves_no_tensor_behind(string name)
    {
        LossCase loss = Cases.Single(c => c.Name == name);
        using var scope = new TensorScope();
        Dictionary<string, Tensor> inputs = loss.Make(seed: 19, DType.Float64);
        using Tensor warm = loss.Loss(k => inputs[k]);
        using var inner = new TensorScope();
        int before = inner.Count;
        loss.Loss(k => inputs[k]);

        // The result, and up to two tensors that a case itself computes from its inputs.
        Assert.InRange(inner.Count, before + 1, before + 3);
    }

    private static IEnumerable<Component> Losses() => RetortCatalog.Default.Components.Where(c =>
        c.Attribute is MethodAttribute && c.Type.IsAssignableTo(typeof(Criterion))
        && c.Type.Namespace is "Retort.Methods.Logits" or "Retort.Methods.Features" or "Retort.Methods.Relations"
            or "Retort.Methods.Sequences" or "Retort.Methods.Dense");

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex KebabCase();

    [GeneratedRegex(@"^(arXiv:\d{4}\.\d{4,5}|doi:10\.\S+|https://\S+)$")]
    private static partial Regex Publication();

    [GeneratedRegex(@"\[\d+(, \d+)*\]")]
    private static partial Regex Shape();
}
