using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Recipes;
using Retort.Registry;

namespace Retort.Tests.Recipes;

// Small stand-ins for the real stages, models and criteria, in the form of the style page's recipe.
internal static class Fakes
{
    public const string Text = """
        # Similarity-preserving KD (arXiv:1907.09682): a ResNet-56 teaches a ResNet-20 on Fashion-MNIST.
        recipe: 1                                 # version of the format
        name: sp-fashion-mnist
        seeds: [0, 1, 2]

        data:
          dataset: fashion-mnist                  # 28 × 28, one channel, 10 classes
          root: data/fashion-mnist
          batch_size: 128
          augment: [{ random_crop: { padding: 4 } }, random_horizontal_flip]

        roles:
          teacher: { model: cifar-resnet56, in_channels: 1, classes: 10 }
          student: { model: cifar-resnet20, in_channels: 1, classes: 10 }

        defaults:
          train: { epochs: 20, optimizer: { sgd: { lr: 0.1, momentum: 0.9, weight_decay: 0.0005 } }, schedule: cosine }

        stages:
          - train: { name: teacher, role: teacher, criteria: [cross-entropy] }
          - train: { name: student-baseline, role: student, criteria: [cross-entropy] }
          - train:
              name: student-distilled
              role: student
              teachers: [teacher]
              criteria:
                - cross-entropy: { weight: 1.0 }
                - sp: { weight: 3000, student_tap: layer3, teacher_tap: layer3 }   # γ of the paper
          - compare: { models: [student-baseline, student-distilled], split: test, metric: accuracy }
        """;

    public static ComponentRegistry Registry { get; } = NewRegistry();

    public static ComponentRegistry NewRegistry()
    {
        ComponentRegistry registry = ComponentRegistry.Scan(typeof(Schedule).Assembly);
        foreach (Type type in typeof(Fakes).GetNestedTypes().Where(type => type.IsDefined(typeof(NamedAttribute), inherit: false)))
            registry.AddType(type);
        return registry;
    }

    public static RecipeDocument Document(string text, params string[] overrides) =>
        RecipeDocument.Parse(text, "recipes/sp-fashion-mnist.yaml", "/somewhere/recipes", overrides, name => name switch
        {
            "EPOCHS" => "7",
            "API_KEY" => "hush",
            "EMPTY" => "",
            _ => null,
        });

    public static Binding<FakeRecipe> Bind(string text, params string[] overrides) => Bind(Document(text, overrides));

    public static Binding<FakeRecipe> Bind(RecipeDocument document)
    {
        StageDefaults.Apply(document, Registry, typeof(FakeStage));
        return new RecipeBinder(Registry).Bind<FakeRecipe>(document);
    }

    [ReservedKeys("include", "defaults")]
    public sealed record FakeRecipe
    {
        [AllowedValues(1)]
        public required int Recipe { get; init; }

        public required string Name { get; init; }

        public Seeds Seeds { get; init; } = [0];

        public FakeData? Data { get; init; }

        public IReadOnlyDictionary<string, FakeRole> Roles { get; init; } = new Dictionary<string, FakeRole>();

        public required IReadOnlyList<FakeStage> Stages { get; init; }
    }

    public sealed record FakeData
    {
        [Inline]
        public required FakeDataset Dataset { get; init; }

        [Range(1, 1 << 20)]
        public int BatchSize { get; init; } = 64;

        public IReadOnlyList<FakeTransform> Augment { get; init; } = [];
    }

    [Kind("dataset", Tag = "dataset")]
    public abstract record FakeDataset;

    [Named("fashion-mnist")]
    public sealed record FashionMnist : FakeDataset
    {
        public required FilePath Root { get; init; }
    }

    [Named("fake-glyphs")]
    public sealed record Glyphs : FakeDataset
    {
        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double Noise { get; init; }
    }

    [Kind("transform")]
    public abstract record FakeTransform;

    [Named("random-crop")]
    public sealed record RandomCrop : FakeTransform
    {
        [Shorthand, Range(0, 64)]
        public int Padding { get; init; }
    }

    [Named("random-horizontal-flip")]
    public sealed record Flip : FakeTransform;

    [Noun("role")]
    public sealed record FakeRole
    {
        [Inline]
        public required FakeModel Model { get; init; }

        public bool Frozen { get; init; }
    }

    [Kind("model", Tag = "model")]
    public abstract record FakeModel;

    [Named("cifar-resnet20"), Named("cifar-resnet56")]
    public sealed record ResNet : FakeModel
    {
        public int InChannels { get; init; } = 3;

        [Range(1, int.MaxValue)]
        public required int Classes { get; init; }
    }

    [Kind("stage")]
    public abstract record FakeStage
    {
        public string? Name { get; init; }
    }

    public enum Metric
    {
        Accuracy,
        TopFive,
    }

    [Named("train")]
    public sealed record Train : FakeStage, IValidatable
    {
        public required string Role { get; init; }

        public IReadOnlyList<string> Teachers { get; init; } = [];

        [Range(1, 100_000)]
        public int Epochs { get; init; } = 1;

        public FakeOptimizer Optimizer { get; init; } = new Sgd();

        public Schedule Schedule { get; init; } = 1;

        [MinLength(1)]
        public required IReadOnlyList<FakeCriterionOptions> Criteria { get; init; }

        public IEnumerable<Problem> Validate()
        {
            for (int i = 0; i < Teachers.Count; i++)
            {
                if (Teachers[i] == Role)
                    yield return new Problem(nameof(Teachers), $"role '{Role}' cannot teach itself") { Item = i };
            }
        }
    }

    [Named("compare")]
    public sealed record Compare : FakeStage
    {
        public required IReadOnlyList<string> Models { get; init; }

        [AllowedValues("train", "validation", "test")]
        public string Split { get; init; } = "test";

        public Metric Metric { get; init; }
    }

    [Kind("optimizer")]
    public abstract record FakeOptimizer;

    [Named("sgd")]
    public sealed record Sgd : FakeOptimizer
    {
        [Range(0.0, double.PositiveInfinity, MinimumIsExclusive = true)]
        public double Lr { get; init; } = 0.1;

        [Range(0.0, 1.0, MaximumIsExclusive = true)]
        public double Momentum { get; init; }

        public double WeightDecay { get; init; }
    }

    [Named("adam")]
    public sealed record Adam : FakeOptimizer
    {
        public double Lr { get; init; } = 0.001;

        [MinLength(2), MaxLength(2)]
        public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.999];
    }

    [Kind("criterion", Command = "retort methods {0}")]
    public abstract record FakeCriterionOptions
    {
        [AllowAuto, Range(0.0, double.PositiveInfinity)]
        public Schedule Weight { get; init; } = 1;
    }

    public abstract class FakeCriterion(FakeCriterionOptions options)
    {
        public double InitialWeight => options.Weight.At(new StepClock(0, 100, 10));
    }

    [Named("cross-entropy")]
    public sealed class CrossEntropy(CrossEntropyOptions options) : FakeCriterion(options);

    public sealed record CrossEntropyOptions : FakeCriterionOptions;

    [Method("sp", Title = "Similarity-preserving KD", Family = MethodFamily.Relation, Year = 2019, Paper = "arXiv:1907.09682")]
    public sealed class SimilarityPreserving(SimilarityPreservingOptions options) : FakeCriterion(options);

    public sealed record SimilarityPreservingOptions : FakeCriterionOptions
    {
        public SimilarityPreservingOptions() => Weight = Schedule.Constant(3000);

        public TapPath StudentTap { get; init; } = TapPath.LastFeature;

        public TapPath TeacherTap { get; init; } = TapPath.LastFeature;
    }
}
