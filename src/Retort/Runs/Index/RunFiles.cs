using System.Globalization;
using System.Text;
using Retort.Reports;

namespace Retort.Runs.Index;

/// <summary>Finds the folders of runs below a root, and reads one as a listing shows it.</summary>
internal static class RunFiles
{
    /// <summary>Several recipes in one call lie a level deeper, and people group runs; deeper than this nobody looks.</summary>
    private const int DeepestFolder = 3;

    private const int MostHeaderLines = 4000;

    /// <summary>The runs below a root by name, each with a text that changes when its files do.</summary>
    public static SortedDictionary<string, string> Find(string root)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (Directory.Exists(root))
            Find(root, string.Empty, 1, found);
        return found;
    }

    /// <summary>Whether a folder holds a run.</summary>
    public static bool IsRun(string folder) => Stamp(folder) is not null;

    /// <summary>Reads a run's folder; what is wrong with it is told in the entry.</summary>
    public static RunEntry Read(string root, string name)
    {
        string folder = Path.Combine(root, name);
        string summary = Path.Combine(folder, "summary.json"), recipe = Path.Combine(folder, "recipe.yaml");
        var entry = new RunEntry
        {
            Name = name,
            Folder = folder,
            State = RunState.Unfinished,
            Time = LastWrite(summary, recipe, Path.Combine(folder, "metrics.jsonl")),
        };
        try
        {
            entry = entry with { Recipe = File.Exists(recipe) ? NameIn(recipe) : null };
            return File.Exists(summary) ? With(entry, ReadSummary(summary)) : entry;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return entry with { State = RunState.Broken, Problem = e.Message.ReplaceLineEndings(" ") };
        }
    }

    /// <summary>Reads a summary, and refuses one that lacks what every summary has.</summary>
    /// <exception cref="InvalidDataException">It is no summary.</exception>
    public static RunSummary ReadSummary(string path)
    {
        RunSummary summary = SummaryFile.Read(path);
        bool whole = summary.Recipe is not null && summary.Seeds is not null
            && summary.Results?.All(r => r is { Name: not null, Split: not null, Metric: not null, Values: not null }) == true
            && summary.Models?.All(m => m is { Name: not null, Latency: not null }) == true;
        return whole ? summary : throw new InvalidDataException($"{path}: not a summary: a name or a list in it is null.");
    }

    /// <summary>Whether a run is not finished but a process is at it: that one holds the folder's lock.</summary>
    public static bool IsLocked(string folder)
    {
        string path = Path.Combine(folder, ".lock");
        if (!File.Exists(path))
            return false;
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Whether a run was begun again after its summary was written, so that a process may be at it.</summary>
    public static bool WasBegunAgain(string folder) =>
        File.GetLastWriteTimeUtc(Path.Combine(folder, "recipe.yaml"))
            > File.GetLastWriteTimeUtc(Path.Combine(folder, "summary.json"));

    private static void Find(string folder, string prefix, int depth, SortedDictionary<string, string> found)
    {
        foreach (string below in FoldersIn(folder))
        {
            string name = prefix + Path.GetFileName(below);
            if (Stamp(below) is { } stamp)
                found[name] = stamp;
            else if (depth < DeepestFolder && new DirectoryInfo(below).LinkTarget is null)
                Find(below, name + "/", depth + 1, found);
        }
    }

    // A dot begins what is nobody's run: the store of stages, editors' folders.
    private static string[] FoldersIn(string folder)
    {
        try
        {
            var options = new EnumerationOptions { IgnoreInaccessible = true };
            return [.. Directory.EnumerateDirectories(folder, "*", options).Where(d => Path.GetFileName(d)[0] != '.')];
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody has just deleted it.
            return [];
        }
    }

    private static string? Stamp(string folder)
    {
        string recipe = Of("recipe.yaml"), summary = Of("summary.json");
        if (recipe.Length + summary.Length == 0)
            return null;
        return summary.Length == 0 ? $"{recipe}||{Of("metrics.jsonl")}" : $"{recipe}|{summary}";

        string Of(string file)
        {
            var info = new FileInfo(Path.Combine(folder, file));
            return info.Exists
                ? string.Create(CultureInfo.InvariantCulture, $"{info.Length}:{info.LastWriteTimeUtc.Ticks}")
                : string.Empty;
        }
    }

    private static RunEntry With(RunEntry entry, RunSummary summary) => entry with
    {
        State = RunState.Done,
        Recipe = summary.Recipe,
        Time = summary.FinishedAt ?? entry.Time,
        WallSeconds = summary.WallSeconds,
        Figures =
        [
            .. summary.Results.Select(r =>
                new RunFigure(r.Name, r.Split, r.Metric, r.Mean, r.StandardDeviation, r.Values.Count)),
        ],
    };

    private static DateTimeOffset LastWrite(params ReadOnlySpan<string> paths)
    {
        DateTime last = DateTime.UnixEpoch;
        foreach (string path in paths)
        {
            if (File.Exists(path) && File.GetLastWriteTimeUtc(path) is var written && written > last)
                last = written;
        }

        return new DateTimeOffset(last, TimeSpan.Zero);
    }

    // A resolved recipe has its name on a line of its own; reading YAML for it would take most of a listing's time.
    private static string? NameIn(string recipe)
    {
        using var reader = new StreamReader(recipe, Encoding.UTF8);
        var line = new char[256];
        for (int k = 0; k < MostHeaderLines; k++)
        {
            int length = ReadLine(reader, line);
            if (length < 0)
                return null;
            ReadOnlySpan<char> text = line.AsSpan(0, length);
            if (text.StartsWith("name:", StringComparison.Ordinal))
                return text["name:".Length..].Trim().Trim("\"'").ToString();
        }

        return null;
    }

    // The rest of a longer line is left out, so that a file of one endless line costs no memory.
    private static int ReadLine(StreamReader reader, char[] line)
    {
        int length = 0;
        for (int c = reader.Read(); c != '\n'; c = reader.Read())
        {
            if (c < 0)
                return length == 0 ? -1 : length;
            if (length < line.Length)
                line[length++] = (char)c;
        }

        return length;
    }
}
