using Retort.Tracking;

namespace Retort.Tests.Docs;

/// <summary>Keeps the newest value of every figure, for a status page.</summary>
public sealed class NewestFigures : ITracker
{
    private readonly Dictionary<string, double> _values = [];

    /// <summary>The values by stage, seed and figure.</summary>
    public IReadOnlyDictionary<string, double> Values => _values;

    public void Scalars(in TrackPoint at, ReadOnlySpan<Metric> values)
    {
        foreach (Metric value in values)
            _values[$"{at.Stage}/{at.Seed}/{value.Name}"] = value.Value;   // NaN and infinities are values, too
    }

    // Generated samples and the like; a destination of numbers leaves them out.
    public void Text(in TrackPoint at, string name, string text)
    {
    }

    // A run goes on from a checkpoint: what was logged beyond that step is about to come again.
    public void Rewind(string stage, long? seed, long step)
    {
        foreach (string key in _values.Keys.Where(k => k.StartsWith($"{stage}/{seed}/", StringComparison.Ordinal)).ToArray())
            _values.Remove(key);
    }

    // Called at checkpoints: return when everything would survive a power cut.
    public void Flush()
    {
    }

    public void Dispose()
    {
    }
}
