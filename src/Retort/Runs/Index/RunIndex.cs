using Retort.Reports;

namespace Retort.Runs.Index;

/// <summary>The runs below a folder, kept in a small database beside them so that thousands are listed at once.</summary>
/// <remarks>
/// <para>Opening compares times and lengths of the runs' files with what <c>index.sqlite</c> remembers, and reads only what has
/// changed. The file is a cache: it may be deleted at any time, several processes may use it, a damaged one is made anew, and
/// where it cannot be written the listing is made in memory.</para>
/// <para>Folders whose names begin with a dot are left out; runs lie up to three levels below the root.</para>
/// </remarks>
public sealed class RunIndex : IDisposable
{
    /// <summary>The name of the database's file in the root.</summary>
    public const string FileName = "index.sqlite";

    private readonly SortedDictionary<string, string> _found;
    private RunStore _store;

    /// <summary>Opens the index of a folder and brings it up to date.</summary>
    /// <param name="root">The folder that holds runs. One that is not there holds none.</param>
    public RunIndex(string root)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        Root = Path.GetFullPath(root);
        _found = RunFiles.Find(Root);
        _store = Open();
    }

    /// <summary>The folder's absolute path.</summary>
    public string Root { get; }

    /// <summary>How many runs there are.</summary>
    public int Count => _found.Count;

    /// <summary>How many of them had to be read, because the index did not know them as they are.</summary>
    public int Refreshed { get; private set; }

    /// <summary>Lists runs, newest first.</summary>
    /// <param name="recipe">Only runs of the recipe of this name.</param>
    /// <param name="metric">Only runs that have this metric.</param>
    /// <param name="limit">At most so many.</param>
    /// <exception cref="RunException">No run is of that recipe, or has that metric; the message has the nearest name.</exception>
    public IReadOnlyList<RunEntry> List(string? recipe = null, string? metric = null, int limit = int.MaxValue)
    {
        RequireKnown("recipe", recipe, Recipes);
        RequireKnown("metric", metric, Metrics);
        return Ask(store => store.List(recipe, metric, limit));
    }

    /// <summary>The names of the recipes that were run.</summary>
    public IReadOnlyList<string> Recipes => Ask(store => store.Distinct("runs", "recipe"));

    /// <summary>The metrics that runs have.</summary>
    public IReadOnlyList<string> Metrics => Ask(store => store.Distinct("figures", "metric"));

    /// <summary>The models that runs have figures of.</summary>
    public IReadOnlyList<string> Models => Ask(store => store.Distinct("figures", "name"));

    /// <summary>Finds a run by its name below the root, or by the path of its folder, which may lie elsewhere.</summary>
    /// <exception cref="RunException">There is no such run; the message has the nearest name.</exception>
    public RunEntry Find(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string wanted = name.Replace('\\', '/').TrimEnd('/');
        if (_found.ContainsKey(wanted) && Ask(store => store.Find(wanted)) is { } entry)
            return entry;
        string? path = name.Contains('\0', StringComparison.Ordinal) ? null : Path.GetFullPath(name).TrimEnd('/');
        if (path is not null && RunFiles.IsRun(path))
            return RunFiles.Read(Path.GetDirectoryName(path) ?? "/", Path.GetFileName(path));
        string known = _found.Count == 0 ? $"'{Root}' holds no runs"
            : Spelling.Nearest(wanted, _found.Keys) is { } nearest ? $"nearest: {nearest}"
            : "`retort runs list` lists them";
        throw new RunException($"there is no run '{name}'; {known}.", isInputWrong: true);
    }

    /// <summary>Ranks runs by a metric, the best first: higher is better, or lower for losses and errors.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="split">The split that it was measured on.</param>
    /// <param name="model">Only figures of the model of this name. Without it, each model's best run is given.</param>
    /// <param name="recipe">Only runs of the recipe of this name.</param>
    /// <exception cref="RunException">Nothing has that metric, model or recipe; the message has the nearest name.</exception>
    public IReadOnlyList<RankedRun> Best(
        string metric = "accuracy", string split = "test", string? model = null, string? recipe = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(metric);
        ArgumentException.ThrowIfNullOrEmpty(split);
        RequireKnown("recipe", recipe, Recipes);
        RequireKnown("metric", metric, Metrics);
        RequireKnown("model", model, Models);
        RequireKnown("split", split, Ask(store => store.Distinct("figures", "split")));
        IEnumerable<(string Run, RunFigure Figure)> rows =
            Ask(store => store.Ranking(metric, split, model, recipe, MetricInfo.Of(metric).IsHigherBetter));
        if (model is null)
            rows = rows.DistinctBy(row => row.Figure.Name);
        return
        [
            .. from row in rows
               let entry = Ask(store => store.Find(row.Run))
               where entry is not null
               select new RankedRun(entry, row.Figure),
        ];
    }

    /// <summary>Closes the database.</summary>
    public void Dispose() => _store.Dispose();

    private void RequireKnown(string noun, string? name, IReadOnlyList<string> known)
    {
        if (name is null || known.Contains(name, StringComparer.Ordinal))
            return;
        string hint = known.Count == 0 ? $"no run in '{Root}' is finished"
            : Spelling.Nearest(name, known) is { } nearest ? $"nearest: {nearest}"
            : $"there are: {string.Join(", ", known.Take(20))}";
        throw new RunException($"no run has the {noun} '{name}'; {hint}.", isInputWrong: true);
    }

    private T Ask<T>(Func<RunStore, T> question)
    {
        try
        {
            return question(_store);
        }
        catch (SqliteException)
        {
            // Damaged, or locked for seconds, by another process after we opened it: the folders know everything.
            _store.Dispose();
            _store = InMemory();
            return question(_store);
        }
    }

    private RunStore Open()
    {
        string path = Path.Combine(Root, FileName);
        if (_found.Count == 0)
            return InMemory();
        for (int attempt = 0; attempt < 2; attempt++)
        {
            RunStore? store = null;
            try
            {
                store = new RunStore(path, Root);
                Refreshed = store.Refresh(_found);
                return store;
            }
            catch (SqliteException e)
            {
                store?.Dispose();
                if (!e.IsDamaged || !TryDelete(path))
                    break;
            }
        }

        return InMemory();
    }

    private RunStore InMemory()
    {
        var store = new RunStore(":memory:", Root);
        Refreshed = store.Refresh(_found);
        return store;
    }

    private static bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            File.Delete(path + "-journal");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
