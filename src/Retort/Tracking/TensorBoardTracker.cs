using System.Globalization;

namespace Retort.Tracking;

/// <summary>Writes TensorBoard event files, one TensorBoard run for each stage and seed.</summary>
/// <remarks>
/// Below the folder lie <c>STAGE/seed-N/events.out.tfevents.*</c>, so that TensorBoard overlays a figure of all stages.
/// TensorBoard keeps scalars as float32. Every opening starts a new file that begins with the mark by which TensorBoard
/// drops older events beyond the step where the run went on; nothing already written is changed.
/// </remarks>
public sealed class TensorBoardTracker : ITracker
{
    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly Dictionary<(string Stage, long? Seed), EventFile> _files = [];

    /// <summary>Writes below a folder; files are created as their first event comes.</summary>
    public TensorBoardTracker(string folder, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _folder = folder;
        _clock = clock ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public void Scalars(in TrackPoint at, ReadOnlySpan<Metric> values)
    {
        foreach (Metric value in values)
            TrackerNames.Require(value.Name, nameof(values));
        File(at.Stage, at.Seed).Write(EventMessage.Scalars(Now(), at.Step, values));
    }

    /// <inheritdoc/>
    public void Text(in TrackPoint at, string name, string text)
    {
        TrackerNames.Require(name, nameof(name));
        File(at.Stage, at.Seed).Write(EventMessage.Text(Now(), at.Step, name, text));
    }

    /// <inheritdoc/>
    public void Histogram(in TrackPoint at, string name, ReadOnlySpan<float> values)
    {
        TrackerNames.Require(name, nameof(name));
        File(at.Stage, at.Seed).Write(EventMessage.Histogram(Now(), at.Step, name, values));
    }

    /// <inheritdoc/>
    public void Rewind(string stage, long? seed, long step)
    {
        if (_files.Remove((stage, seed), out EventFile? open))
            open.Dispose();
        string folder = FolderOf(stage, seed);
        if (!Directory.Exists(folder))
            return;
        if (step >= 0)
        {
            File(stage, seed).Write(EventMessage.SessionStart(Now(), step + 1));
            return;
        }

        foreach (string old in Directory.EnumerateFiles(folder, "events.out.tfevents.*"))
            System.IO.File.Delete(old);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        foreach (EventFile file in _files.Values)
            file.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (EventFile file in _files.Values)
            file.Dispose();
        _files.Clear();
    }

    private EventFile File(string stage, long? seed)
    {
        TrackerNames.Require(stage, nameof(stage));
        if (_files.TryGetValue((stage, seed), out EventFile? file))
            return file;

        // A run works on one stage and seed at a time; keeping all open would hold a descriptor for each.
        if (_files.Count >= 16)
            Dispose();
        file = EventFile.Create(FolderOf(stage, seed), _clock);
        file.Write(EventMessage.FileVersion(Now()));
        _files.Add((stage, seed), file);
        return file;
    }

    private string FolderOf(string stage, long? seed)
    {
        string folder = Path.Combine(_folder, TrackerNames.AsFolder(stage));
        return seed is { } number ? Path.Combine(folder, "seed-" + number.ToString(CultureInfo.InvariantCulture)) : folder;
    }

    private double Now() => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
}
