using System.Reflection;
using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Features;
using Retort.Models.Composed;
using Retort.Models.Vision;
using Retort.Recipes;
using Retort.Registry;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Methods;

/// <summary>Each method as a criterion: it makes its own parts, computes from signals, and trains what it should.</summary>
[Collection("default generator")]
public sealed class CriterionTests
{
    private const long Samples = 4, Classes = 5, Tokens = 3;

    // Methods that compare layers of equal channels with each other, or tokens, need other taps than maps.
    private static readonly string[] EqualChannels = ["fsp", "kdsvd", "simkd", "skds-pixelwise", "dsd-double-similarity", "mgd-ssss"];
    private static readonly string[] EqualSizes =
    [
        "cwd", "cosine-features", "skds-pixelwise", "skds-pairwise", "ifvd", "cirkd-minibatch", "dsd-double-similarity", "fgd", "fgfi",
    ];
    private static readonly string[] OnTokens = ["autodistil-relation", "minilm-relation", "hidden-state-match"];

    // Methods that take hold of networks or samples: MemoryTests and MethodRunTests train them; and of classes of pixels or of
    // captions, which have tests of their own.
    private static readonly string[] OnNetworks = ["mdcs", "nd-loss", "ps-kd", "sla", "sobolev", "lad", "tinyclip-affinity", .. OnDetectors];

    // Methods that read a detector's map: DetectionTermTests.
    private static string[] OnDetectors => ["ld-localization", "gid-like"];

    public static TheoryData<string> Slugs => [.. CatalogueTests.SlugsOfLosses.Except(OnNetworks)];

    [Theory, MemberData(nameof(Slugs))]
    public void A_criterion_computes_from_signals_and_trains_the_student_and_its_own_parts(string slug)
    {
        using var scope = new TensorScope();
        using Criterion criterion = Make(slug);
        Signals signals = SignalsFor(slug, criterion, out Tensor[] student);
        criterion.Attach(Networks());
        criterion.Prepare(signals);
        criterion.Owned.Train();
        Tensor loss = criterion.Evaluate(signals);
        Assert.Empty(loss.Shape);
        Assert.True(double.IsFinite(loss.ToDouble()), $"{slug}: the loss is {loss.ToDouble()}");
        Parameter[] own = [.. criterion.Owned.Parameters().Where(p => p.Trainable)];
        Tensor?[] gradients = Autograd.Grad([loss], [.. student, .. own.Select(p => p.Value)], allowUnused: true);
        Assert.Contains(gradients.Take(student.Length), g => g is not null && g.Abs().Sum().ToDouble() > 0);
        Assert.All(gradients.Skip(student.Length), Assert.NotNull);
        Assert.All(gradients, g => Assert.True(g is null || g.Isfinite().All().ToBoolean()));
    }

    [Theory, MemberData(nameof(Slugs))]
    public void A_criterion_needs_a_teacher_exactly_where_it_says_so(string slug)
    {
        using var scope = new TensorScope();
        using Criterion criterion = Make(slug);
        Signals full = SignalsFor(slug, criterion, out _);
        criterion.Attach(Networks());
        criterion.Prepare(full);
        criterion.Owned.Train();
        var alone = new Signals(full.Batch, full.Clock, full.Student);
        if (criterion.NeedsTeacher)
            Assert.ThrowsAny<Exception>(() => criterion.Evaluate(alone));
        else
            Assert.True(double.IsFinite(criterion.Evaluate(alone).ToDouble()));
    }

    [Theory]
    [InlineData("fsp", "student_taps", "names 0 layers")]
    [InlineData("reviewkd", "teacher_taps", "names 1 layers where student_taps names 2")]
    public void Layers_that_do_not_pair_are_a_problem_of_the_recipe(string slug, string key, string message)
    {
        CriterionOptions options = Options(slug);
        if (slug == "reviewkd")
            Set(options, "StudentTaps", (TapPath[])["layer1", "layer2"]);
        Problem problem = ((IValidatable)options).Validate().First(p => Names.Snake(p.Property) == key);
        Assert.Equal(message, problem.Message);
    }

    private static Component Of(string slug) => RetortCatalog.Default.Components.Single(c => c.Slug == slug && c.Attribute is MethodAttribute);

    private static CriterionOptions Options(string slug) => (CriterionOptions)Activator.CreateInstance(Of(slug).OptionsType)!;

    private static void Set(object options, string property, object value) =>
        options.GetType().GetProperty(property, BindingFlags.Public | BindingFlags.Instance)!.SetValue(options, value);

    private static Criterion Make(string slug)
    {
        CriterionOptions options = Options(slug);
        if (options.GetType().GetProperty("StudentTaps") is not null)
        {
            Set(options, "StudentTaps", (TapPath[])["first", "second"]);
            if (options.GetType().GetProperty("TeacherTaps") is not null)
                Set(options, "TeacherTaps", (TapPath[])["first", "second"]);
        }

        if (options is FeatureOverhaulOptions)
            Set(options, "TeacherNorms", (string[])["layer3.1", "layer3.1"]);
        return (Criterion)Of(slug).Create(options);
    }

    // Networks whose parts have the shapes of the signals: a classifier of eight features and five classes.
    private static Attachment Networks()
    {
        var teacher = new SmallCnnOptions { InChannels = 1, Width = 2, Classes = (int)Classes };
        return new Attachment
        {
            Student = new Role("student", new GraftedOptions { Backbone = teacher with { Width = 1 }, Donor = teacher }.Build()),
            Teachers = [new Role("teacher", teacher.Build())],
            Data = Dataset.OfNumbers("numbers", "train", new float[Samples], [1], [0, 4, 2, 1], ["a", "b", "c", "d", "e"]),
        };
    }

    // Maps of the roles differ in size where the method does not say that they must agree.
    private static long Side(string slug, TapRole role) => role == TapRole.Teacher && !EqualSizes.Contains(slug) ? 7 : 4;

    private static Signals SignalsFor(string slug, Criterion criterion, out Tensor[] student)
    {
        using var generator = new Generator(3);
        bool tokens = criterion.GetType().Namespace == "Retort.Methods.Sequences" && !OnTokens.Contains(slug);
        Tensor Logits() => tokens ? Tensor.Randn(generator, 2, Tokens, Classes) : Tensor.Randn(generator, Samples, Classes);
        Tensor labels = tokens
            ? Tensor.From(new long[] { 1, 2, -100, 0, -100, 4 }, 2, Tokens)
            : slug == "ifvd" ? Tensor.Arange(Samples * 64).Remainder(Classes).Reshape([Samples, 8, 8])
            : Tensor.From(new long[] { 0, slug == "makd" ? 2 : slug == "cs-kd" ? 1 : 4, 2, 1 });
        var leaves = new List<Tensor>();
        Tensor Leaf(Tensor tensor)
        {
            leaves.Add(tensor.SetRequiresGrad());
            return tensor;
        }

        Dictionary<TapPath, Tensor> Taps(TapRole role, long channels) => criterion.Taps.Where(t => t.Role == role).DistinctBy(t => t.Path)
            .ToDictionary(t => t.Path, t => OnTokens.Contains(slug) ? Tensor.Randn(generator, Samples, Tokens, channels)
                : t.Path.IsLastFeature ? Tensor.Randn(generator, Samples, channels)
                : Tensor.Randn(generator, Samples, channels, Side(slug, role), 4));
        Dictionary<TapPath, Tensor> own = Taps(TapRole.Student, 6), others = Taps(TapRole.Teacher, EqualChannels.Contains(slug) ? 6 : 8);
        foreach (Tensor tap in own.Values)
            Leaf(tap);
        var batch = new Batch(
            Tensor.Zeros(labels.Size(0), 1, 64, 64), labels, Tensor.Arange(labels.Size(0)),
            others: new Dictionary<string, Tensor>
            {
                ["aspects"] = Tensor.Rand(generator, Samples, 2),
                ["boxes"] = Tensor.From(new float[] { 4, 4, 40, 30, 0, 0, 0, 0 }, 1, 2, 4).Repeat([Samples, 1, 1]),
            });
        RoleSignals On(string name, Dictionary<TapPath, Tensor> taps) => new(
            name, Ops.Cat([Logits(), Logits(), Logits()], 0),
            taps.ToDictionary(t => t.Key, t => Ops.Cat([t.Value.Detach() + 1, t.Value.Detach() * 2, t.Value.Detach() - 1], 0)));
        Dictionary<string, RoleSignals> More(string name, Dictionary<TapPath, Tensor> taps) =>
            criterion.Inputs.ToDictionary(i => i.Name, _ => On(name, taps));
        var signals = new Signals(
            batch, default, new RoleSignals("student", Leaf(Logits()), own, More("student", own)),
            new RoleSignals("teacher", Logits(), others, More("teacher", others)));
        student = [.. leaves];
        return signals;
    }
}
