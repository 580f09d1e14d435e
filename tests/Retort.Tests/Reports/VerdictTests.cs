using Retort.Reports;

namespace Retort.Tests.Reports;

public sealed class VerdictTests
{
    [Fact]
    public void A_gain_beyond_its_error_holds()
    {
        Verdict verdict = Judge([0.80, 0.82, 0.84], [0.75, 0.76, 0.77], teacher: 0.88)!;
        Assert.Equal(VerdictKind.Better, verdict.Kind);
        Assert.Equal(0.06, verdict.Gain, 1e-12);
        Assert.Equal(Math.Sqrt((0.0004 + 0.0001) / 3), verdict.StandardError, 1e-12);
        Assert.Equal(0.5, verdict.GapClosed, 1e-12);
        Assert.Equal("The distilled student beats the same network trained alone by 6.00 points.", verdict.Headline);
        Assert.Equal(
            "On the test split its accuracy is 82.00\u202F% against 76.00\u202F%, in the mean of 3 seeds. "
            + "The difference is 4.6 times its standard error of 1.29 points; a paired t-test gives p = 0.0091.",
            verdict.Detail);
    }

    [Fact]
    public void A_gain_within_its_error_is_not_shown()
    {
        Verdict verdict = Judge([0.70, 0.82], [0.71, 0.80])!;
        Assert.Equal(VerdictKind.Unclear, verdict.Kind);
        Assert.Equal("The distilled student is 0.50 points ahead of the same network trained alone, which is within the error.",
            verdict.Headline);
    }

    [Fact]
    public void A_loss_is_said() => Assert.Equal(
        "The distilled student falls behind the same network trained alone by 10.00 points.",
        Judge([0.70, 0.70], [0.80, 0.80])!.Headline);

    [Fact]
    public void Lower_is_better_for_errors()
    {
        Verdict verdict = Judge([0.20, 0.22], [0.40, 0.42], metric: "nll")!;
        Assert.Equal(VerdictKind.Better, verdict.Kind);
        Assert.Equal(0.2, verdict.Gain, 1e-12);
    }

    [Fact]
    public void One_seed_gives_no_verdict()
    {
        Verdict verdict = Judge([0.9], [0.8])!;
        Assert.Equal(VerdictKind.Unknown, verdict.Kind);
        Assert.EndsWith("A second seed is needed to say how far chance reaches.", verdict.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_diverged_run_is_no_success() => Assert.Equal(VerdictKind.Failed, Judge([double.NaN, 0.9], [0.8, 0.8])!.Kind);

    [Fact]
    public void Equal_students_with_equal_seeds_are_not_shown_to_differ()
    {
        Verdict verdict = Judge([0.8, 0.8], [0.8, 0.8])!;
        Assert.Equal(VerdictKind.Unclear, verdict.Kind);
        Assert.EndsWith("The seeds do not differ at all; a paired t-test gives p = 1.0.", verdict.Detail,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Other_numbers_of_seeds_are_compared_unpaired()
    {
        Verdict verdict = Judge([0.8, 0.82, 0.84], [0.7, 0.72])!;
        Assert.Equal(VerdictKind.Better, verdict.Kind);
        Assert.True(double.IsNaN(verdict.Test.PValue));
    }

    [Fact]
    public void Without_a_baseline_there_is_none() =>
        Assert.Null(Verdict.Of(new ReportData { Summary = new RunSummary { Recipe = "a" } }));

    private static Verdict? Judge(double[] distilled, double[] baseline, double teacher = double.NaN, string metric = "accuracy")
    {
        ResultSummary[] results =
        [
            ResultSummary.Of("student-distilled", "test", metric, distilled),
            ResultSummary.Of("student-baseline", "test", metric, baseline),
            ResultSummary.Of("teacher", "test", metric, [teacher]),
        ];
        return Verdict.Of(new ReportData { Metric = metric, Summary = new RunSummary { Recipe = "a", Results = results } });
    }
}
