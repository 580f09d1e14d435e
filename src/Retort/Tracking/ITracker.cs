namespace Retort.Tracking;

/// <summary>Where a run's figures go while it trains. Implement it to add another destination.</summary>
/// <remarks>
/// Calls come from one thread. Names of stages and figures hold no control characters and are not empty; figures are
/// grouped by slashes (<c>loss/kd</c>). NaN and infinities are legal values and must be kept apart from one another.
/// </remarks>
public interface ITracker : IDisposable
{
    /// <summary>Logs figures of one moment.</summary>
    public void Scalars(in TrackPoint at, ReadOnlySpan<Metric> values);

    /// <summary>Logs a piece of text, such as a generated sample. A destination for numbers only ignores it.</summary>
    public void Text(in TrackPoint at, string name, string text);

    /// <summary>Logs how values are distributed, such as a layer's weights. Optional: ignored unless implemented.</summary>
    public void Histogram(in TrackPoint at, string name, ReadOnlySpan<float> values)
    {
    }

    /// <summary>
    /// Forgets what was logged for a stage and seed beyond a step. A run calls it before it goes on from a checkpoint,
    /// with the checkpoint's step, and before it starts a stage afresh, with −1.
    /// </summary>
    public void Rewind(string stage, long? seed, long step);

    /// <summary>Returns when everything logged so far would survive a power cut. Call it at checkpoints, not at steps.</summary>
    public void Flush();
}
