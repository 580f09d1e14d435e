using System.Text.Json;
using Retort.Reports;
using Retort.Tests.Tracking;

namespace Retort.Tests.Reports;

public sealed class SummaryFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["run/summary.json"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_contract_has_exactly_these_keys()
    {
        SummaryFile.Write(File, new RunSummary
        {
            Recipe = "quickstart",
            Results = [ResultSummary.Of("student-distilled", "test", "accuracy", [0.5, 0.7])],
            Models = [new ModelSummary { Name = "teacher", Parameters = 10, Macs = 20, Bytes = 40, LatencyMilliseconds = 1.5,
                Latency = [new(1, 1.5, 2)] }],
            WallSeconds = 3.5,
            PeakRssBytes = 1 << 20,
        });
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(File));
        JsonElement root = document.RootElement;
        Assert.Equal("quickstart", root.GetProperty("recipe").GetString());
        Assert.Equal(3.5, root.GetProperty("wall_s").GetDouble());
        Assert.Equal(1 << 20, root.GetProperty("peak_rss_bytes").GetInt64());
        JsonElement result = root.GetProperty("results")[0];
        Assert.Equal(["name", "split", "metric", "mean", "std", "values"], result.EnumerateObject().Select(p => p.Name));
        Assert.Equal(0.6, result.GetProperty("mean").GetDouble(), 1e-12);
        Assert.Equal(Math.Sqrt(0.02), result.GetProperty("std").GetDouble(), 1e-12);
        JsonElement model = root.GetProperty("models")[0];
        Assert.Equal(["name", "parameters", "macs", "bytes", "latency_ms", "latency"],
            model.EnumerateObject().Select(p => p.Name));
        Assert.Equal(2, model.GetProperty("latency")[0].GetProperty("p95_ms").GetDouble());
        Assert.Single(Directory.GetFiles(_folder["run"]));
    }

    [Fact]
    public void What_is_not_finite_is_null_and_comes_back_as_NaN()
    {
        SummaryFile.Write(File, new RunSummary
        {
            Recipe = "é \"<",
            Results = [ResultSummary.Of("a", "test", "nll", [double.NaN])]
        });
        string text = System.IO.File.ReadAllText(File);
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        RunSummary summary = SummaryFile.Read(File);
        Assert.Equal("é \"<", summary.Recipe);
        Assert.True(double.IsNaN(summary.Results[0].Mean));
        Assert.True(double.IsNaN(summary.Results[0].Values[0]));
    }

    [Fact]
    public void A_whole_summary_comes_back_the_same()
    {
        RunSummary before = SampleReport.Create().Summary;
        SummaryFile.Write(File, before);
        RunSummary after = SummaryFile.Read(File);
        SummaryFile.Write(_folder["again.json"], after);
        Assert.Equal(System.IO.File.ReadAllText(File), System.IO.File.ReadAllText(_folder["again.json"]));
        Assert.Equal("1.13.1", after.Environment!.Libtorch);
        Assert.Equal([0, 1, 2], after.Seeds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1, 2]")]
    [InlineData("{\"recipe\": 3}")]
    [InlineData("{\"results\": []}")]
    [InlineData("{\"recipe\": \"a\", \"wall_s\": \"long\"}")]
    public void What_is_no_summary_is_named(string text)
    {
        System.IO.File.WriteAllText(_folder["bad.json"], text);
        var error = Assert.Throws<InvalidDataException>(() => SummaryFile.Read(_folder["bad.json"]));
        Assert.Contains("bad.json: not a summary: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_leaves_nothing_behind()
    {
        System.IO.File.WriteAllText(_folder["taken"], "");
        Assert.ThrowsAny<IOException>(() => SummaryFile.Write(_folder["taken/summary.json"], new RunSummary { Recipe = "a" }));
        Assert.Equal([_folder["taken"]], Directory.GetFileSystemEntries(_folder.Path));
    }
}
