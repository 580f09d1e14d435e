namespace Retort.Tracking;

/// <summary>Hands everything to several trackers, in their order.</summary>
public sealed class Trackers : ITracker
{
    private readonly ITracker[] _trackers;

    /// <summary>Takes ownership of the trackers; none at all is fine.</summary>
    public Trackers(params IReadOnlyList<ITracker> trackers)
    {
        ArgumentNullException.ThrowIfNull(trackers);
        _trackers = [.. trackers];
    }

    /// <inheritdoc/>
    public void Scalars(in TrackPoint at, ReadOnlySpan<Metric> values)
    {
        foreach (ITracker tracker in _trackers)
            tracker.Scalars(at, values);
    }

    /// <inheritdoc/>
    public void Text(in TrackPoint at, string name, string text)
    {
        foreach (ITracker tracker in _trackers)
            tracker.Text(at, name, text);
    }

    /// <inheritdoc/>
    public void Histogram(in TrackPoint at, string name, ReadOnlySpan<float> values)
    {
        foreach (ITracker tracker in _trackers)
            tracker.Histogram(at, name, values);
    }

    /// <inheritdoc/>
    public void Rewind(string stage, long? seed, long step)
    {
        foreach (ITracker tracker in _trackers)
            tracker.Rewind(stage, seed, step);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        foreach (ITracker tracker in _trackers)
            tracker.Flush();
    }

    /// <summary>Disposes every tracker, also where one of them fails; the first failure is then thrown.</summary>
    public void Dispose()
    {
        var failures = new List<IOException>();
        foreach (ITracker tracker in _trackers)
        {
            try
            {
                tracker.Dispose();
            }
            catch (IOException failure)
            {
                failures.Add(failure);
            }
        }

        if (failures.Count > 0)
            throw new IOException(failures[0].Message, failures[0]);
    }
}
