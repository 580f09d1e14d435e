using Retort.Distillation;
using Retort.Golden;
using Retort.Models.Generative;
using Retort.Models.Vision;
using Retort.Recipes;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Methods.Generative;

/// <summary>What is asked of every method that trains generators.</summary>
[Collection("default generator")]
public sealed class GenerativeCriterionTests
{
    // Methods that no vector was recorded for under their own name: where their values are from instead.
    private static readonly Dictionary<string, string> WithoutGolden = new(StringComparer.Ordinal)
    {
        ["boot"] = "worked by hand in GenerativeMethodTests",
        ["dmd2"] = "its vectors are dmd2-dm and dmd2-fake",
        ["slimflow"] = "its vectors are slimflow-annealing-reflow and slimflow-guided-distill",
        ["esd"] = "its vector is score-distillation-gaussian",
        ["sds"] = "its vector is score-distillation-gaussian",
        ["vsd"] = "its vectors are score-distillation-gaussian and swiftbrush-vsd",
        ["edm"] = "its vectors are edm-loss, edm-precond, sid-fake-score and dmd2-fake",
    };

    public static TheoryData<string> Slugs => [.. ToyNets.Criteria.Select(c => c.Slug)];

    [Theory, MemberData(nameof(Slugs))]
    public void A_method_says_where_it_is_published_what_it_computes_and_what_it_needs(string slug)
    {
        MethodEntry entry = MethodEntry.All(RetortCatalog.Default).Single(e => e.Slug == slug);
        Assert.StartsWith("arXiv:", entry.Paper, StringComparison.Ordinal);
        Assert.InRange(entry.Summary.Length, 20, 180);
        Assert.NotEmpty(entry.Needs);
        Assert.Contains(entry.Remarks, r => r.StartsWith("Paper.", StringComparison.Ordinal));
        Assert.Contains(entry.Remarks, r => r.StartsWith("Equation.", StringComparison.Ordinal));
        Assert.All(entry.Options, o => Assert.False(string.IsNullOrWhiteSpace(o.Text), $"{slug}: {o.Key} is not explained"));
    }

    [Theory, MemberData(nameof(Slugs))]
    public void A_method_is_checked_against_its_reference_or_says_why_not(string slug) =>
        Assert.True(GoldenChecker.Slugs.Contains(slug) != WithoutGolden.ContainsKey(slug),
            $"'{slug}' has neither a golden handler nor a stated reason, or has both");

    [Theory, MemberData(nameof(Slugs))]
    public void A_step_reaches_every_weight_of_the_student(string slug)
    {
        using var scope = new TensorScope();
        using Criterion criterion = Attached(slug, out Role student, out Signals signals);
        Engine.ManualSeed(6);
        Tensor loss = criterion.Evaluate(signals);
        Assert.Empty(loss.Shape);
        Assert.True(double.IsFinite(loss.ToDouble()));
        Parameter[] weights = [.. student.Model.Parameters()];
        Tensor?[] gradients = Autograd.Grad([loss], [.. weights.Select(p => p.Value)], allowUnused: true);
        Assert.All(gradients, g => Assert.True(g is not null && g.Isfinite().All().ToBoolean() && g.Abs().Sum().ToDouble() > 0));
    }

    [Theory, MemberData(nameof(Slugs))]
    public void Looking_at_a_loss_changes_nothing_and_a_seed_decides_it(string slug)
    {
        using var scope = new TensorScope();
        using Criterion criterion = Attached(slug, out _, out Signals signals);
        double Look()
        {
            Engine.ManualSeed(7);
            return criterion.Evaluate(signals).ToDouble();
        }

        Assert.Equal(Look(), Look());
    }

    [Theory, MemberData(nameof(Slugs))]
    public void A_classifier_in_the_place_of_a_generator_is_named(string slug)
    {
        using var scope = new TensorScope();
        using var criterion = RetortCatalog.Default.Create<Criterion>(ToyNets.Options(slug));
        var wrong = new Attachment { Student = new Role("student", new MlpOptions { InFeatures = 2 }.Build()), Teachers = [ToyNets.Teacher(), ToyNets.Teacher()] };
        var error = Assert.Throws<ArgumentException>(() => criterion.Attach(wrong));
        Assert.Contains("role 'student' (Mlp) is no network of noisy samples", error.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Slugs))]
    public void A_criterion_needs_a_teacher_exactly_where_it_says_so(string slug)
    {
        using var scope = new TensorScope();
        using Criterion criterion = Attached(slug, out Role student, out Signals signals);
        Signals alone = ToyNets.Signals(signals.Batch, signals.Clock);
        if (criterion.NeedsTeacher)
        {
            Assert.Contains(
                "needs a teacher", Assert.Throws<InvalidOperationException>(() => criterion.Evaluate(alone)).Message, StringComparison.Ordinal);
            return;
        }

        criterion.Attach(new Attachment { Student = student });
        Assert.True(double.IsFinite(criterion.Evaluate(alone).ToDouble()));
    }

    private static Criterion Attached(string slug, out Role student, out Signals signals)
    {
        bool matching = slug is "dmd2" or "sid" or "vsd" or "esd";
        bool flow = slug is "rectified-flow" or "rfpp" or "slimflow" or "meanflow";
        student = ToyNets.Student(
            flow ? Parameterization.Flow : slug == "boot" ? Parameterization.Signal : Parameterization.Consistency, interval: slug is "meanflow");
        Role[] teachers = matching ? [ToyNets.Teacher(), ToyNets.Teacher(shift: 0.3)] : [ToyNets.Teacher()];
        signals = ToyNets.Signals(ToyNets.Batch(pairs: slug is "rfpp" or "slimflow"), new StepClock(10, 100, 10), teachers);
        var criterion = RetortCatalog.Default.Create<Criterion>(ToyNets.Options(slug));
        criterion.Attach(new Attachment { Student = student, Teachers = teachers });
        using (Autograd.NoGrad())
            criterion.Prepare(signals);
        criterion.Owned.Train();
        return criterion;
    }
}
