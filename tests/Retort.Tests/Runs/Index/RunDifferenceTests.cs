using Retort.Runs;
using Retort.Runs.Index;

namespace Retort.Tests.Runs.Index;

public sealed class RunDifferenceTests : IDisposable
{
    private const string First =
        """
        recipe: 1
        name: tiny
        seeds: [0, 1]
        data:
          batch_size: 48
          augment: [random-horizontal-flip, { random-crop: { padding: 2 } }]
        stages:
          - train:
              name: teacher
              epochs: 3
              criteria: [cross-entropy]
          - train:
              name: student
              criteria:
                - cross-entropy: { weight: 0.1 }
                - kd: { weight: 0.9, temperature: 4 }
        """;

    private readonly RunFolders _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void Keys_that_differ_are_named_as_overrides_name_them()
    {
        _runs.Begin("a", text: First);
        _runs.Begin("b", text: First.Replace("epochs: 3", "epochs: 5", StringComparison.Ordinal)
            .Replace("kd: { weight: 0.9, temperature: 4 }", "dkd: { weight: 1.5 }", StringComparison.Ordinal)
            .Replace("padding: 2", "padding: 4", StringComparison.Ordinal)
            .Replace("  batch_size: 48\n", string.Empty, StringComparison.Ordinal));
        ValueDifference[] expected =
        [
            new("data.batch_size", "48", null),
            new("data.augment.random-crop.padding", "2", "4"),
            new("stages.teacher.train.epochs", "3", "5"),
            new("stages.student.train.criteria.kd.weight", "0.9", null),
            new("stages.student.train.criteria.kd.temperature", "4", null),
            new("stages.student.train.criteria.dkd.weight", null, "1.5"),
        ];
        Assert.Equal(expected, Between("a", "b").Recipe);
    }

    // By hand: the seeds 1 and 3 are shared, b − a is 0.02 and 0.04: mean 0.03, standard error 0.01, t = 3 with one degree of
    // freedom, so p = 1 − 2·atan(3)/π.
    [Fact]
    public void Results_are_paired_over_the_seeds_that_both_have()
    {
        _runs.Finish("a", seeds: [0, 1, 3], student: [0.9, 0.50, 0.60]);
        _runs.Finish("b", seeds: [3, 1, 7], student: [0.64, 0.52, 0.1]);
        FigureDifference accuracy = Between("a", "b").Figures.Single(f => f is { Name: "student", Metric: "accuracy" });
        Assert.Equal(2, accuracy.Test!.Value.Pairs);
        Assert.Equal(0.03, accuracy.Test.Value.MeanDifference, 1e-12);
        Assert.Equal(1 - (2 * Math.Atan(3) / Math.PI), accuracy.Test.Value.PValue, 1e-9);
        Assert.Equal((1.26 - 2.0) / 3, accuracy.Difference, 1e-12);
    }

    [Fact]
    public void Runs_that_share_less_than_two_seeds_are_not_tested()
    {
        _runs.Finish("a", seeds: [0, 1]);
        _runs.Finish("b", seeds: [1, 2]);
        Assert.All(Between("a", "b").Figures, f => Assert.Null(f.Test));
    }

    [Fact]
    public void What_they_ran_on_is_compared()
    {
        _runs.Finish("a", threads: 1);
        _runs.Finish("b", threads: 2, seeds: [0, 2]);
        RunDifference difference = Between("a", "b");
        Assert.Equal([new("seeds", "0, 1", "0, 2"), new("threads", "1", "2")], difference.Environment);
        Assert.Empty(difference.Recipe);
        Assert.Empty(difference.Unshared);
    }

    [Fact]
    public void A_recipe_that_is_none_is_named()
    {
        _runs.Begin("a", text: First);
        _runs.Begin("b", text: "stages: [");
        RunException error = Assert.Throws<RunException>(() => Between("a", "b"));
        Assert.True(error.IsInputWrong);
        Assert.Contains("'b'", error.Message, StringComparison.Ordinal);
    }

    private RunDifference Between(string a, string b)
    {
        using var index = new RunIndex(_runs.Root);
        return RunDifference.Between(RunDetails.Read(index.Find(a)), RunDetails.Read(index.Find(b)));
    }
}
