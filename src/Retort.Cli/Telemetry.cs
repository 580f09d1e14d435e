using System.Runtime.CompilerServices;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Retort.Runs;
using Retort.Tracking;
using Metric = Retort.Tracking.Metric;

namespace Retort.Cli;

/// <summary>Sends a run's figures to an OpenTelemetry collector where the standard environment variables name one.</summary>
internal sealed class Telemetry : ITracker
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string MetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const int LastWordMilliseconds = 5000;

    private readonly MeterTracker _meter = new();
    private readonly MeterProvider _provider;

    private Telemetry(string recipe)
    {
        ResourceBuilder resource = ResourceBuilder.CreateDefault();
        if (!IsSet("OTEL_SERVICE_NAME"))
            resource = resource.AddService("retort", serviceVersion: BuildInfo.Version);
        resource = resource.AddAttributes([new("retort.recipe", recipe)]).AddEnvironmentVariableDetector();

        // Everything else (protocol, headers, interval, time-outs) the exporter reads from the standard variables itself.
        _provider = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(MeterTracker.MeterName)
            .AddOtlpExporter()
            .Build();
    }

    /// <summary>The trackers that the environment asks for: none unless it names a collector.</summary>
    /// <exception cref="RunException">A variable has a value that cannot be used.</exception>
    public static IReadOnlyList<ITracker> FromEnvironment(string recipe)
    {
        string? name = ((string[])[MetricsEndpoint, Endpoint]).FirstOrDefault(IsSet);
        if (name is null || Is("OTEL_SDK_DISABLED", "true") || Is("OTEL_METRICS_EXPORTER", "none"))
            return [];
        RequireUsable(name);
        return Start(recipe);
    }

    public void Scalars(in TrackPoint at, ReadOnlySpan<Metric> values) => _meter.Scalars(at, values);

    public void Text(in TrackPoint at, string name, string text) => _meter.Text(at, name, text);

    public void Rewind(string stage, long? seed, long step) => _meter.Rewind(stage, seed, step);

    // A collector is no disk: sending at every checkpoint would make training wait for the network.
    public void Flush()
    {
    }

    public void Dispose()
    {
        if (!_provider.ForceFlush(LastWordMilliseconds))
            Console.Error.WriteLine(
                $"warning: the collector that {Endpoint} names did not take the last figures; the run has them.");
        _provider.Dispose();
        _meter.Dispose();
    }

    // Apart, so that OpenTelemetry's assemblies are loaded only where they are used.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IReadOnlyList<ITracker> Start(string recipe) => [new Telemetry(recipe)];

    private static void RequireUsable(string name)
    {
        string value = Environment.GetEnvironmentVariable(name)!;
        if (!Uri.TryCreate(value, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw new RunException(
                $"the environment variable {name} is '{value}'; it must be a collector's address, such as http://localhost:4317.",
                true);
        }

        string? protocol = Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL");
        if (!string.IsNullOrEmpty(protocol) && protocol is not ("grpc" or "http/protobuf"))
        {
            throw new RunException(
                $"the environment variable OTEL_EXPORTER_OTLP_PROTOCOL is '{protocol}'; it may be grpc or http/protobuf.", true);
        }
    }

    private static bool IsSet(string variable) => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(variable));

    private static bool Is(string variable, string value) =>
        string.Equals(Environment.GetEnvironmentVariable(variable), value, StringComparison.OrdinalIgnoreCase);
}
