using System.Globalization;
using System.Reflection;
using Retort.Data;
using Retort.Distillation;
using Retort.Runs;

namespace Retort.Comparison;

/// <summary>What a search may vary for one method, and the settings that it proposes.</summary>
internal sealed class SearchSpace
{
    /// <summary>Weights are searched as the weighted term over the task loss at step 0: published ones belong to published
    /// networks.</summary>
    private const double LeastRatio = 0.03;
    private const double GreatestRatio = 30;

    /// <summary>How far the learning rate may lie from the recipe's.</summary>
    private const double RateFactor = 3;

    private readonly MethodChoice _choice;
    private readonly SearchDimension[] _options;
    private readonly SearchDimension _rate;

    private SearchSpace(MethodChoice choice, SearchDimension[] options, SearchDimension rate)
    {
        _choice = choice;
        _options = options;
        _rate = rate;
    }

    /// <summary>The options by key, the learning rate left out.</summary>
    public IReadOnlyList<SearchDimension> Options => _options;

    /// <summary>What is searched for a choice: its weight, options with <see cref="TunableAttribute"/>, and the learning rate.
    /// What the
    /// user wrote stays.</summary>
    public static SearchSpace Of(MethodChoice choice, ComponentRegistry registry, double learningRate)
    {
        Component component = registry.Find(typeof(CriterionOptions), choice.Slug)!;
        var found = new List<SearchDimension>();
        foreach (PropertyInfo property in component.OptionsType.GetProperties())
        {
            string key = Names.Snake(property.Name);
            if (property.Name == nameof(CriterionOptions.Weight) && choice.Slug != MethodChoice.TaskSlug)
                found.Add(new SearchDimension(key, LeastRatio, GreatestRatio, IsLog: true, Form: "{ auto: {0} }"));
            else if (property.GetCustomAttribute<TunableAttribute>() is { } range)
                found.Add(new SearchDimension(key, range.Least, range.Greatest, range.Log, property.PropertyType == typeof(int)));
        }

        var rate = new SearchDimension("lr", learningRate / RateFactor, learningRate * RateFactor, IsLog: true);
        return new SearchSpace(
            choice, [.. found.Where(d => !choice.Sets(d.Key)).OrderBy(d => d.Key, StringComparer.Ordinal)], rate);
    }

    /// <summary>The settings that a search tries, in order: the defaults, the automatic weight, then random ones.</summary>
    /// <remarks>A proposal depends on seed, method and number only, so a larger budget begins as a smaller one did.</remarks>
    public MethodChoice Propose(int trial, long seed)
    {
        bool hasWeight = Array.Exists(_options, o => o.Key == "weight");
        if (trial == 0)
            return _choice;
        if (trial == 1 && hasWeight)
            return _choice with { Found = new Dictionary<string, string> { ["weight"] = "auto" } };
        var random = new RandomStream(
            StageKeys.Seed(seed, string.Create(CultureInfo.InvariantCulture, $"tune/{_choice.Name}/{trial}")));
        return _choice with
        {
            LearningRate = _rate.At(random.NextDouble()),
            Found = _options.ToDictionary(o => o.Key, o => o.Write(o.At(random.NextDouble()))),
        };
    }
}
