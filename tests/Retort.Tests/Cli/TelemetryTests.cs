namespace Retort.Tests.Cli;

public sealed class TelemetryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-otel-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Figures_reach_the_collector_that_the_environment_names_and_none_otherwise()
    {
        using var collector = new Collector();
        string recipe = TinyRecipe.Write(_folder);
        CommandResult quiet = CommandLine.Run(_folder, "run", recipe, "--out", "run");
        Assert.True(quiet.Code == 0, quiet.Error);
        Assert.Empty(collector.Requests);

        CommandResult result = CommandLine.RunWith(
            _folder, To(collector.Address), "run", recipe, "--out", "told");
        Assert.True(result.Code == 0, result.Error);
        Assert.DoesNotContain("warning", result.Error, StringComparison.Ordinal);
        Assert.NotEmpty(collector.Requests);
        Assert.All(collector.Requests, r => Assert.Equal("/v1/metrics", r.Path));
        string all = string.Concat(collector.Requests.Select(r => r.Body));
        string[] expected = ["retort.train.loss", "retort.step", "retort.stage", "student-distilled", "retort.seed"];
        foreach (string name in expected)
            Assert.Contains(name, all, StringComparison.Ordinal);
    }

    [Fact]
    public void A_collector_that_is_not_there_costs_a_warning_and_no_run()
    {
        string address;
        using (var gone = new Collector())
            address = gone.Address;
        CommandResult result = CommandLine.RunWith(
            _folder, To(address), "run", TinyRecipe.Write(_folder), "--out", "run");
        Assert.True(result.Code == 0, result.Error);
        Assert.Contains("did not take the last figures", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317x")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon")]
    public void A_variable_that_makes_no_sense_is_named(string name, string value)
    {
        Dictionary<string, string> environment = To("http://127.0.0.1:9");
        environment[name] = value;
        CommandResult result = CommandLine.RunWith(_folder, environment, "run", TinyRecipe.Write(_folder), "--out", "run");
        Assert.Equal(2, result.Code);
        Assert.Contains($"{name} is '{value}'", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "run")));
    }

    private static Dictionary<string, string> To(string address) => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = address,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
    };
}
