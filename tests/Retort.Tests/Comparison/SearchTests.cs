using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Retort.Comparison;
using Retort.Distillation;
using Retort.Recipes;
using Retort.Registry;
using Retort.Runs;

namespace Retort.Tests.Comparison;

public sealed class SearchTests
{
    private static readonly MethodChoice Kd = new() { Name = "kd", Slug = "kd" };

    public static TheoryData<string> Criteria =>
        [.. RetortCatalog.Default.Of(typeof(CriterionOptions)).Select(c => c.Slug).Distinct()];

    [Theory]
    [InlineData(SearchStrategy.Random, 1)]
    [InlineData(SearchStrategy.Random, 8)]
    [InlineData(SearchStrategy.Halving, 1)]
    [InlineData(SearchStrategy.Halving, 3)]
    [InlineData(SearchStrategy.Halving, 4)]
    [InlineData(SearchStrategy.Halving, 9)]
    [InlineData(SearchStrategy.Halving, 50)]
    public void A_search_never_costs_more_than_its_budget_and_uses_most_of_it(SearchStrategy strategy, int budget)
    {
        IReadOnlyList<SearchRung> rungs = SearchRung.Of(strategy, budget);
        double cost = rungs.Sum(r => r.Trials * r.Share);
        Assert.InRange(cost, budget * 0.75, budget + 1e-9);
        Assert.Equal(1, rungs[^1].Share);
        Assert.All(rungs.Zip(rungs.Skip(1)), pair => Assert.True(pair.First.Trials > pair.Second.Trials));
    }

    // By hand: 9 full trainings in three rounds of three: 27 of a ninth, 9 of a third, 3 whole.
    [Fact]
    public void Halving_gives_each_round_the_same_part() =>
        Assert.Equal(
            [(27, 1 / 9.0), (9, 1 / 3.0), (3, 1)], SearchRung.Of(SearchStrategy.Halving, 9).Select(r => (r.Trials, r.Share)));

    [Fact]
    public void The_defaults_come_first_then_the_automatic_weight_then_settings_of_the_ranges()
    {
        SearchSpace space = SearchSpace.Of(Kd, RetortCatalog.Default, 0.05);
        Assert.Equal(["temperature", "weight"], space.Options.Select(o => o.Key));
        Assert.Equal("", space.Propose(0, 0).Settings);
        Assert.Equal("weight: auto", space.Propose(1, 0).Settings);
        for (int trial = 2; trial < 60; trial++)
        {
            MethodChoice found = space.Propose(trial, 0);
            Assert.InRange(double.Parse(found.Found["temperature"], System.Globalization.CultureInfo.InvariantCulture), 1, 10);
            Assert.InRange(found.LearningRate!.Value, 0.05 / 3, 0.15);
            Assert.StartsWith("{ auto: ", found.Found["weight"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Proposals_depend_on_seed_method_and_number_alone()
    {
        string Settings(string name, int trial, long seed) =>
            SearchSpace.Of(Kd with { Name = name }, RetortCatalog.Default, 0.05).Propose(trial, seed).Settings;
        Assert.Equal(Settings("kd", 5, 1), Settings("kd", 5, 1));
        Assert.NotEqual(Settings("kd", 5, 1), Settings("kd", 6, 1));
        Assert.NotEqual(Settings("kd", 5, 1), Settings("kd", 5, 2));
        Assert.NotEqual(Settings("kd", 5, 1), Settings("kd-2", 5, 1));
    }

    [Fact]
    public void What_the_user_wrote_is_not_searched()
    {
        SearchSpace space = SearchSpace.Of(Kd with { Written = "{weight: 2}" }, RetortCatalog.Default, 0.05);
        Assert.Equal(["temperature"], space.Options.Select(o => o.Key));
        Assert.StartsWith("weight: 2, temperature: ", space.Propose(1, 0).Settings, StringComparison.Ordinal);
    }

    [Fact]
    public void The_baseline_has_no_weight_to_search() =>
        Assert.Equal(["label_smoothing"], SearchSpace.Of(
            new MethodChoice { Name = "student-baseline", Slug = "cross-entropy" }, RetortCatalog.Default, 0.1).Options.Select(
                o => o.Key));

    [Theory, MemberData(nameof(Criteria))]
    public void Ranges_of_a_search_lie_within_what_a_recipe_may_write(string slug)
    {
        Component component = RetortCatalog.Default.Find(typeof(CriterionOptions), slug)!;
        foreach (PropertyInfo property in component.OptionsType.GetProperties())
        {
            if (property.GetCustomAttribute<TunableAttribute>() is not { } tunable)
                continue;
            string name = $"{slug}.{property.Name}";
            Assert.True(tunable.Least < tunable.Greatest && (!tunable.Log || tunable.Least > 0), name);
            Assert.True(
                property.PropertyType == typeof(double) || property.PropertyType == typeof(int)
                    || property.PropertyType == typeof(Schedule), name);
            var range = property.GetCustomAttribute<RangeAttribute>()!;
            Assert.InRange(tunable.Least, Convert.ToDouble(range.Minimum, null), Convert.ToDouble(range.Maximum, null));
            Assert.InRange(tunable.Greatest, Convert.ToDouble(range.Minimum, null), Convert.ToDouble(range.Maximum, null));
            Assert.False(range.MinimumIsExclusive && tunable.Least <= Convert.ToDouble(range.Minimum, null), name);
            Assert.False(range.MaximumIsExclusive && tunable.Greatest >= Convert.ToDouble(range.Maximum, null), name);
        }
    }
}
