using System.Diagnostics.Metrics;

namespace Retort.Tracking;

/// <summary>Publishes figures through <see cref="Meter"/>, from where OpenTelemetry and any other listener of .NET takes
/// them.</summary>
/// <remarks>
/// <para>The meter is called <see cref="MeterName"/>. A figure is a gauge: <c>test/accuracy</c> is <c>retort.test.accuracy</c>;
/// <c>retort.step</c> and <c>retort.epoch</c> say where the training stands. Each measurement has the tags <c>retort.stage</c>
/// and, within a seed, <c>retort.seed</c>.</para>
/// <para>A listener sees a figure when it looks, so it may miss some that lie between two looks; NaN and infinities pass as they
/// are. What was published cannot be taken back: after a resumed run, figures beyond the checkpoint were seen twice. Texts and
/// distributions are left out.</para>
/// </remarks>
public sealed class MeterTracker : ITracker
{
    /// <summary>What listeners subscribe to.</summary>
    public const string MeterName = "Retort";

    private const int LongestName = 255;
    private const string Prefix = "retort.";

    private readonly Meter _meter = new(MeterName, Runs.BuildInfo.Version);
    private readonly Dictionary<string, Gauge<double>> _gauges = [];
    private readonly Gauge<long> _step;
    private readonly Gauge<double> _epoch;

    /// <summary>Creates the meter; without a listener, publishing costs next to nothing.</summary>
    public MeterTracker()
    {
        _step = _meter.CreateGauge<long>(Prefix + "step", unit: "{step}", description: "Optimiser steps taken in the stage.");
        _epoch = _meter.CreateGauge<double>(Prefix + "epoch", unit: "{epoch}", description: "Passes over the data in the stage.");
    }

    /// <inheritdoc/>
    public void Scalars(in TrackPoint at, ReadOnlySpan<Metric> values)
    {
        TrackerNames.Require(at.Stage, nameof(at));
        KeyValuePair<string, object?>[] tags = at.Seed is { } seed
            ? [new("retort.stage", at.Stage), new("retort.seed", seed)]
            : [new("retort.stage", at.Stage)];
        _step.Record(at.Step, tags);
        _epoch.Record(at.Epoch, tags);
        foreach (Metric value in values)
        {
            TrackerNames.Require(value.Name, nameof(values));
            GaugeOf(value.Name).Record(value.Value, tags);
        }
    }

    /// <inheritdoc/>
    public void Text(in TrackPoint at, string name, string text)
    {
    }

    /// <inheritdoc/>
    public void Rewind(string stage, long? seed, long step)
    {
    }

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <summary>Ends the meter: listeners are told that its gauges are gone.</summary>
    public void Dispose() => _meter.Dispose();

    /// <summary>The instrument's name for a figure: what OpenTelemetry allows, with dots for slashes.</summary>
    internal static string InstrumentName(string figure)
    {
        string name = Prefix + string.Concat(figure.Select(c => c switch
        {
            '/' => '.',
            '.' or '_' or '-' => c,
            _ when char.IsAsciiLetterOrDigit(c) => c,
            _ => '_',
        }));
        return name.Length <= LongestName ? name : name[..LongestName];
    }

    private Gauge<double> GaugeOf(string figure)
    {
        if (!_gauges.TryGetValue(figure, out Gauge<double>? gauge))
            _gauges[figure] = gauge = _meter.CreateGauge<double>(InstrumentName(figure), description: figure);
        return gauge;
    }
}
