using System.Globalization;
using System.Text;
using System.Text.Json;
using Retort.Reports;

namespace Retort.Runs.Index;

/// <summary>Everything that a run's folder tells about it.</summary>
public sealed record RunDetails
{
    private const int LongestRecipe = 1 << 20;
    private const int MostStages = 10_000;

    /// <summary>The run as a listing shows it.</summary>
    public required RunEntry Entry { get; init; }

    /// <summary>Its summary; null where it is not finished or the file cannot be read.</summary>
    public RunSummary? Summary { get; init; }

    /// <summary>The resolved recipe, at most 1 MiB of it; null where it is not there.</summary>
    public string? RecipeText { get; init; }

    /// <summary>The stages by seed, in the order in which they ended; those that have not ended come last.</summary>
    public IReadOnlyList<RunStageTime> Stages { get; init; } = [];

    /// <summary>Reads a run's folder. What cannot be read is left out: <see cref="RunEntry.Problem"/> says what it was.</summary>
    public static RunDetails Read(RunEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return new RunDetails
        {
            Entry = entry,
            Summary = Try(() => RunFiles.ReadSummary(Path.Combine(entry.Folder, "summary.json"))),
            RecipeText = Try(() => ReadText(Path.Combine(entry.Folder, "recipe.yaml"))),
            Stages = Try(() => StagesOf(entry.Folder)) ?? [],
        };
    }

    private static T? Try<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    private static string ReadText(string path)
    {
        using var reader = new StreamReader(path, Encoding.UTF8);
        var text = new char[LongestRecipe];
        return new string(text, 0, reader.ReadBlock(text, 0, text.Length));
    }

    private static IReadOnlyList<RunStageTime> StagesOf(string folder)
    {
        IEnumerable<(RunStageTime Stage, DateTime Ended)> found =
            from seedFolder in Directory.EnumerateDirectories(folder, "seed-*")
            let seed = SeedOf(Path.GetFileName(seedFolder)["seed-".Length..])
            where seed is not null
            from stageFolder in Directory.EnumerateDirectories(seedFolder)
            let done = Path.Combine(stageFolder, "done.json")
            let seconds = SecondsOf(done)
            select (
                new RunStageTime(Path.GetFileName(stageFolder), seed.Value, seconds ?? double.NaN, seconds is not null),
                seconds is null ? DateTime.MaxValue : File.GetLastWriteTimeUtc(done));
        return
        [
            .. found.Take(MostStages)
                .OrderBy(f => f.Stage.Seed).ThenBy(f => f.Ended).ThenBy(f => f.Stage.Stage, StringComparer.Ordinal)
                .Select(f => f.Stage),
        ];
    }

    private static long? SeedOf(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seed) ? seed : null;

    private static double? SecondsOf(string done)
    {
        try
        {
            return File.Exists(done)
                ? JsonSerializer.Deserialize(File.ReadAllText(done), RunJson.Default.StageRecord)?.WallSeconds
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
