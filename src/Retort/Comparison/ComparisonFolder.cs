using System.Globalization;
using System.Text.Json;
using Retort.Reports;
using Retort.Runs;
using Retort.Tracking;

namespace Retort.Comparison;

/// <summary>The folder of a comparison or a search: recipes that it made, one run, and what came of it.</summary>
internal sealed class ComparisonFolder
{
    private const string Marker = "recipe.yaml";

    /// <exception cref="RunException">It cannot be written, or holds something else.</exception>
    public ComparisonFolder(string path, string resolved)
    {
        Path = System.IO.Path.GetFullPath(path);
        try
        {
            if (File.Exists(Path))
                throw new RunException($"'{path}' is a file; --out needs a folder.", isInputWrong: true);
            bool isForeign = Directory.Exists(Path) && Directory.EnumerateFileSystemEntries(Path).Any()
                && !(File.Exists(In(Marker)) && Directory.Exists(In("recipes")));
            if (isForeign)
                throw new RunException(
                    $"'{path}' holds files but no comparison; choose an empty or a new folder.", isInputWrong: true);
            Directory.CreateDirectory(In("recipes"));
            AtomicFile.Write(In(Marker), resolved);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"the output folder '{path}' cannot be written: {e.Message}", isInputWrong: true, e);
        }
    }

    /// <summary>Its absolute path.</summary>
    public string Path { get; }

    /// <summary>The folder of the one run that all stages share.</summary>
    public string Run => In("run");

    /// <summary>A file of the folder.</summary>
    public string In(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>Writes a recipe that was made, for a process of its own or for a reader.</summary>
    public string WriteRecipe(string name, string text)
    {
        string path = In("recipes", name + ".yaml");
        AtomicFile.Write(path, text);
        return path;
    }

    /// <summary>What a stage left under a seed, whatever its key; null where it has not ended.</summary>
    public StageRecord? Record(string stage, long seed)
    {
        string path = In("run", string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"), stage, "done.json");
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), RunJson.Default.StageRecord) : null;
    }

    /// <summary>Milliseconds of a step by stage, from the loop's own clock: loading, tracing and evaluating are not in it. Of the
    /// seeds the fastest counts, which what else the machine did has slowed least.</summary>
    public IReadOnlyDictionary<string, double> StepMilliseconds()
    {
        var last = new Dictionary<(string Stage, long Seed), TrackPoint>();
        string path = In("run", "metrics.jsonl");
        if (!File.Exists(path))
            return new Dictionary<string, double>();
        foreach (TrackPoint at in MetricsLog.Read(path).Select(r => r.At))
        {
            if (at.Seed is { } seed && (!last.TryGetValue((at.Stage, seed), out TrackPoint known) || at.Step >= known.Step))
                last[(at.Stage, seed)] = at;
        }

        return last.Where(l => l.Value.Step > 0).GroupBy(l => l.Key.Stage)
            .ToDictionary(g => g.Key, g => g.Min(l => 1000 * l.Value.WallSeconds / l.Value.Step));
    }

    /// <summary>Keeps the memory that a process needed which trained a method.</summary>
    /// <remarks>A process that found everything done measured nothing, and one that went on after a kill measured a part: so a
    /// record
    /// is replaced where all of a method's results are new, kept where none is, and else the larger one counts.</remarks>
    public void KeepPeak(string stage, IReadOnlyList<long> seeds, long bytes)
    {
        string[] keys = Keys(stage, seeds);
        PeakRecord? before = ReadPeak(stage);
        int same = before?.Keys.Intersect(keys).Count() ?? 0;
        if (same == keys.Length && same > 0)
            return;
        AtomicFile.Write(In("recipes", stage + ".memory.json"), JsonSerializer.Serialize(
            new PeakRecord(keys, same == 0 ? bytes : Math.Max(bytes, before!.PeakRssBytes)), ComparisonJson.Default.PeakRecord));
    }

    /// <summary>The memory that training a method needed; NaN where it was not measured.</summary>
    public double PeakOf(string stage, IReadOnlyList<long> seeds) =>
        ReadPeak(stage) is { } record && Keys(stage, seeds).All(record.Keys.Contains) ? record.PeakRssBytes : double.NaN;

    private PeakRecord? ReadPeak(string stage)
    {
        string path = In("recipes", stage + ".memory.json");
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), ComparisonJson.Default.PeakRecord)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string[] Keys(string stage, IReadOnlyList<long> seeds) =>
        [.. seeds.Select(s => Record(stage, s)?.Key).OfType<string>()];
}
