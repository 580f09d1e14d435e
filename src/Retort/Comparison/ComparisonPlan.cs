using System.Globalization;
using Retort.Runs;
using Retort.Stages;

namespace Retort.Comparison;

/// <summary>What a recipe gives a comparison: its teachers, the student trained alone, and the stage whose terms are
/// replaced.</summary>
internal sealed class ComparisonPlan
{
    private readonly List<int> _shared;
    private readonly List<int> _before;
    private readonly int _distilled;
    private readonly int? _alone;
    private readonly string _lrPath;

    private ComparisonPlan(Recipe recipe, string resolved, ComponentRegistry registry, int distilled, int? alone)
    {
        Recipe = recipe;
        Resolved = resolved;
        Registry = registry;
        _distilled = distilled;
        _alone = alone;
        Distilled = (TrainStageOptions)recipe.Stages[distilled];
        Baseline = alone is { } index ? NameOf(recipe.Stages[index]) : "student-baseline";
        _shared = Closure(Distilled);
        _before = alone is { } known ? Closure((TrainStageOptions)recipe.Stages[known])
            : Closure(Distilled with { Teachers = [] });
        _lrPath = $"optimizer.{registry.ComponentOf(Distilled.Optimizer).Slug}.lr";
        CompareStageOptions? compare = recipe.Stages.OfType<CompareStageOptions>().FirstOrDefault();
        Split = compare?.Split ?? "test";
        Metric = compare?.Metric ?? "accuracy";
    }

    /// <summary>The recipe.</summary>
    public Recipe Recipe { get; }

    /// <summary>The recipe as text, with includes, defaults and overrides filled in.</summary>
    public string Resolved { get; }

    /// <summary>What the recipe can name.</summary>
    public ComponentRegistry Registry { get; }

    /// <summary>The stage whose terms the methods take the place of.</summary>
    public TrainStageOptions Distilled { get; }

    /// <summary>The data that the students see.</summary>
    public DataOptions Data => Distilled.Data ?? Recipe.Data!;

    /// <summary>The name of the student trained alone.</summary>
    public string Baseline { get; }

    /// <summary>The split that the league is measured on.</summary>
    public string Split { get; }

    /// <summary>The figure that ranks.</summary>
    public string Metric { get; }

    /// <summary>Names that methods may not have: those of stages that every variant keeps.</summary>
    public IReadOnlyList<string> Taken => [.. _shared.Concat(_before).Select(i => NameOf(Recipe.Stages[i])), Baseline, "league"];

    /// <summary>Whether every method's student needs another stage first.</summary>
    public bool HasShared => _shared.Count > 0;

    /// <summary>The methods that the stage itself names, in its order.</summary>
    public IReadOnlyList<string> OwnMethods =>
        [.. Distilled.Criteria.Select(c => Registry.ComponentOf(c).Slug).Where(s => s != MethodChoice.TaskSlug).Distinct()];

    /// <summary>Whether the stage names a method and says something of its term, or of the task's beside it.</summary>
    public bool Settles(string slug) => OwnMethods.Contains(slug)
        && (WrittenOptions(slug).Count > 0 || WrittenOptions(MethodChoice.TaskSlug).Count > 0);

    /// <summary>Whether the stage says what a method's term is multiplied by.</summary>
    public bool SettlesWeight(string slug) => WrittenOptions(slug).Contains("weight");

    /// <summary>Reads a recipe.</summary>
    /// <param name="document">The recipe as written.</param>
    /// <param name="stage">The stage whose terms are replaced; null where the recipe has one distilled stage only.</param>
    /// <param name="registry">What it can name.</param>
    /// <exception cref="RecipeException">The recipe is wrong.</exception>
    /// <exception cref="RunException">It is no recipe to compare methods with.</exception>
    public static ComparisonPlan Of(RecipeDocument document, string? stage, ComponentRegistry registry)
    {
        (RecipePlan plan, Binding<Recipe> binding) = Runner.Check(document, registry);
        using (plan)
        {
            Recipe recipe = binding.Require();
            int distilled = FindDistilled(recipe, stage, registry);
            var options = (TrainStageOptions)recipe.Stages[distilled];
            if ((options.Data ?? recipe.Data) is null)
            {
                throw new RunException(
                    "the recipe has no `data:`, so there is nothing to compare methods on.", isInputWrong: true);
            }

            // What does not fit without any method would be said of each of them.
            using var data = new DataProviders(recipe.Data, registry);
            plan.RequireFit(data);
            binding.ThrowIfWrong();
            int[] alone =
            [
                .. Enumerable.Range(0, recipe.Stages.Count)
                    .Where(i => recipe.Stages[i] is TrainStageOptions { Teachers.Count: 0 } o && o.Role == options.Role),
            ];
            int? baseline = alone.Length == 0 ? null
                : alone.FirstOrDefault(i => Recipe.NameOf(recipe.Stages[i], registry) == "student-baseline", alone[0]);
            return new ComparisonPlan(recipe, binding.ResolvedText, registry, distilled, baseline);
        }
    }

    /// <summary>What differs between the baseline's training and the methods', apart from teachers and terms; empty where nothing
    /// does.</summary>
    public IReadOnlyList<string> UnfairKeys()
    {
        if (_alone is not { } index)
            return [];
        var alone = (TrainStageOptions)Recipe.Stages[index];
        TrainStageOptions levelled = Distilled with
        {
            Name = alone.Name,
            Teachers = alone.Teachers,
            Criteria = alone.Criteria,
            EvaluateEvery = alone.EvaluateEvery,
            EvaluateSplit = alone.EvaluateSplit,
            RememberTeachers = alone.RememberTeachers,
            CheckpointEvery = alone.CheckpointEvery,
        };
        return
        [
            .. typeof(TrainStageOptions).GetProperties().Where(p => p.SetMethod is not null)
                .Where(p => OptionsText.Of(p.GetValue(alone)) != OptionsText.Of(p.GetValue(levelled)))
                .Select(p => Names.Snake(p.Name)),
        ];
    }

    /// <summary>A recipe of the teachers alone, or of what else the students need.</summary>
    public string SharedRecipe(IReadOnlyList<(string Path, string Yaml)> changes) => Shared(changes, _shared).ToString();

    /// <summary>A recipe of the student trained alone, once for each set of settings.</summary>
    public string BaselineRecipe(IEnumerable<(MethodChoice Choice, IReadOnlyList<(string Path, string Yaml)> Changes)> rows)
    {
        RecipeVariant variant = Shared([], _before);
        foreach ((MethodChoice choice, IReadOnlyList<(string Path, string Yaml)> changes) in rows)
            AddBaseline(variant, choice, changes);
        return variant.ToString();
    }

    /// <summary>A recipe of the teachers and of a student for each method.</summary>
    /// <param name="rows">The methods, each with changes of its stage.</param>
    /// <param name="changes">Changes of the teachers' stages.</param>
    public string MethodRecipe(
        IEnumerable<(MethodChoice Choice, IReadOnlyList<(string Path, string Yaml)> Changes)> rows,
        IReadOnlyList<(string Path, string Yaml)>? changes = null)
    {
        RecipeVariant variant = Shared(changes ?? [], _shared);
        foreach ((MethodChoice choice, IReadOnlyList<(string Path, string Yaml)> own) in rows)
            variant.AddMethod(_distilled, choice, _lrPath, [.. Quiet, .. own]);
        return variant.ToString();
    }

    /// <summary>A recipe of everything, with a stage at the end that evaluates it.</summary>
    public string LeagueRecipe(MethodChoice baseline, IReadOnlyList<MethodChoice> methods)
    {
        RecipeVariant variant = Shared([], [.. _shared.Union(_before).Order()]);
        AddBaseline(variant, baseline, []);
        foreach (MethodChoice method in methods)
            variant.AddMethod(_distilled, method, _lrPath, Quiet);
        IEnumerable<string> models = [.. Distilled.Teachers, Baseline, .. methods.Select(m => m.Name)];
        string teacher = Distilled.Teachers is [var first, ..] ? $", teacher: \"{first}\"" : "";
        return variant.AddStage(
            $"compare: {{ name: league, models: [{string.Join(", ", models.Select(m => $"\"{m}\""))}], split: \"{Split}\", "
            + $"metric: {Metric}, latency: false{teacher} }}").ToString();
    }

    /// <summary>The learning rate that a choice trains with when nothing else is said.</summary>
    public double LearningRateOf(MethodChoice choice) => choice.Name == Baseline && _alone is { } index
        ? ((TrainStageOptions)Recipe.Stages[index]).Optimizer.Lr
        : Distilled.Optimizer.Lr;

    /// <summary>The epochs that a choice trains for.</summary>
    public double EpochsOf(MethodChoice choice) => choice.Name == Baseline && _alone is { } index
        ? ((TrainStageOptions)Recipe.Stages[index]).Epochs
        : Distilled.Epochs;

    /// <summary>What stages are changed to so that a step or two is all they do.</summary>
    public IReadOnlyList<(string Path, string Yaml)> OneStep()
    {
        int batch = Distilled.BatchSize ?? Data.BatchSize;
        int samples = Math.Min(batch, Distilled.TrainSamples ?? batch);
        return
        [
            ("epochs", "0.000001"),
            ("batch_size", batch.ToString(CultureInfo.InvariantCulture)),
            ("train_samples", samples.ToString(CultureInfo.InvariantCulture)),
        ];
    }

    // Curves on the test split decide nothing, and evaluating between epochs would count as a method's cost.
    private static IReadOnlyList<(string Path, string Yaml)> Quiet { get; } = [("evaluate_every", "0")];

    private static int FindDistilled(Recipe recipe, string? stage, ComponentRegistry registry)
    {
        int[] found =
        [
            .. Enumerable.Range(0, recipe.Stages.Count).Where(i => recipe.Stages[i] is TrainStageOptions { Teachers.Count: > 0 }),
        ];
        string[] names = [.. found.Select(i => Recipe.NameOf(recipe.Stages[i], registry))];
        if (stage is not null)
        {
            int place = Array.IndexOf(names, stage);
            if (place >= 0)
                return found[place];
            string hint = Spelling.Nearest(stage, names) is { } near ? $"; nearest: {near}" : "";
            string all = names.Length == 0 ? "there is none with teachers"
                : $"those with teachers are: {string.Join(", ", names)}";
            throw new RunException(
                $"--stage names '{stage}', which is no train stage with teachers{hint} ({all}).", isInputWrong: true);
        }

        return found switch
        {
            [var only] => only,
            [] => throw new RunException(
                "the recipe has no train stage with `teachers:`; methods take the place of such a stage's criteria.",
                isInputWrong: true),
            _ => throw new RunException(
                $"the recipe has {found.Length} train stages with teachers ({string.Join(", ", names)}); --stage NAME says whose "
                + "criteria the methods replace.", isInputWrong: true),
        };
    }

    private IReadOnlyList<string> WrittenOptions(string slug) =>
        new RecipeVariant(Resolved).WrittenOptions(_distilled, slug);

    private void AddBaseline(RecipeVariant variant, MethodChoice choice, IReadOnlyList<(string Path, string Yaml)> changes)
    {
        string path = _alone is { } index
            ? $"optimizer.{Registry.ComponentOf(((TrainStageOptions)Recipe.Stages[index]).Optimizer).Slug}.lr"
            : _lrPath;
        variant.TakeBaseline(_alone ?? _distilled, _alone is null, choice, path, [.. Quiet, .. changes]);
    }

    private RecipeVariant Shared(IReadOnlyList<(string Path, string Yaml)> changes, IReadOnlyList<int> stages)
    {
        var variant = new RecipeVariant(Resolved);
        foreach (int index in stages)
            variant.Take(index, Recipe.Stages[index] is TrainStageOptions ? [.. Quiet, .. changes] : []);
        return variant;
    }

    // What a stage reads, and what that reads, in the recipe's order.
    private List<int> Closure(TrainStageOptions stage)
    {
        var found = new SortedSet<int>();
        var open = new Stack<StageOptions>([stage]);
        while (open.TryPop(out StageOptions? next))
        {
            foreach (string name in Registry.Create<Stage>(next).Reads)
            {
                int index = Enumerable.Range(0, Recipe.Stages.Count).FirstOrDefault(
                    i => Makes(NameOf(Recipe.Stages[i]), name), -1);
                if (index >= 0 && found.Add(index))
                    open.Push(Recipe.Stages[index]);
            }
        }

        return [.. found];
    }

    // A stage that trains several networks calls the others STAGE/ROLE.
    private static bool Makes(string stage, string name) =>
        name == stage || name.StartsWith(stage + "/", StringComparison.Ordinal);

    private string NameOf(StageOptions options) => Recipe.NameOf(options, Registry);
}
