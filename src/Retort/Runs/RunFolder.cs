using System.Globalization;
using System.Text.Json;
using Retort.Reports;

namespace Retort.Runs;

/// <summary>The folder of a run: where its files lie.</summary>
/// <remarks>
/// <c>recipe.yaml</c> (resolved), <c>metrics.jsonl</c>, <c>tensorboard/</c>, <c>summary.json</c>, <c>report.html</c>;
/// <c>seed-N/STAGE/</c> with <c>checkpoint.safetensors</c> while it trains, <c>model.safetensors</c> and <c>done.json</c> after.
/// </remarks>
public sealed class RunFolder
{
    /// <summary>Opens or makes the folder.</summary>
    /// <exception cref="RunException">It cannot be made or written, or holds something that is no run.</exception>
    public RunFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        try
        {
            if (File.Exists(Path))
                throw new RunException($"'{path}' is a file; --out needs a folder.", isInputWrong: true);
            bool foreign = Directory.Exists(Path) && !File.Exists(In("recipe.yaml"))
                && Directory.EnumerateFileSystemEntries(Path).Any(e => !IsOwn(System.IO.Path.GetFileName(e)));
            if (foreign)
                throw new RunException($"'{path}' holds files but no run; choose an empty or a new folder.", isInputWrong: true);
            Directory.CreateDirectory(Path);
            string probe = In(".writable");
            File.WriteAllText(probe, "ok");
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"the output folder '{path}' cannot be written: {e.Message}", isInputWrong: true, e);
        }
    }

    // What a run that was killed before it wrote its recipe leaves.
    private static bool IsOwn(string file) => file is ".lock" or ".writable" or "recipe.yaml.tmp";

    /// <summary>The folder's absolute path.</summary>
    public string Path { get; }

    /// <summary>A file of the run.</summary>
    public string In(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>The folder of a stage under a seed; made if need be.</summary>
    public string StageFolder(string stage, long seed)
    {
        string folder = In(string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"), stage);
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>What a finished stage left, if its key is still the same.</summary>
    public StageRecord? Finished(string stage, long seed, string key) =>
        Record(stage, seed) is { } record && record.Key == key ? record : null;

    /// <summary>What a finished stage left, or null where there is nothing that can be read.</summary>
    public StageRecord? Record(string stage, long seed)
    {
        string path = In(string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"), stage, "done.json");
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), RunJson.Default.StageRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes that a stage is done.</summary>
    public void Finish(string stage, long seed, StageRecord record) =>
        AtomicFile.Write(
            System.IO.Path.Combine(StageFolder(stage, seed), "done.json"),
            JsonSerializer.Serialize(record, RunJson.Default.StageRecord));
}
