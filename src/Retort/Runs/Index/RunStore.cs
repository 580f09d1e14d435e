namespace Retort.Runs.Index;

/// <summary>The tables of the index: what a listing needs of every run, so that unchanged runs are not read again.</summary>
internal sealed class RunStore : IDisposable
{
    // Part of what the file is: another number makes it anew.
    private const int Layout = 1;

    private const string Columns = "name, state, problem, recipe, time, wall";

    private readonly SqliteDatabase _database;
    private readonly string _root;

    /// <summary>Opens or makes the tables.</summary>
    /// <exception cref="SqliteException">The file cannot be used.</exception>
    public RunStore(string path, string root)
    {
        _root = root;
        _database = new SqliteDatabase(path);
        try
        {
            // Nothing that a hostile file declares is run; a torn write is rolled back by SQLite at the next opening.
            _database.Execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA synchronous = NORMAL;");
            Prepare();
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    /// <summary>Brings the tables to what the folders hold now; returns how many runs had to be read.</summary>
    public int Refresh(SortedDictionary<string, string> found)
    {
        Dictionary<string, string?> known = Stamps();
        string[] changed = [.. found.Where(f => known.GetValueOrDefault(f.Key) != f.Value).Select(f => f.Key)];
        string[] gone = [.. known.Keys.Where(name => !found.ContainsKey(name))];
        if (changed.Length + gone.Length == 0)
            return 0;

        // Reading takes longest, and needs nobody to wait.
        RunEntry[] entries = [.. changed.Select(name => RunFiles.Read(_root, name))];
        Write(() =>
        {
            foreach (string name in gone)
                Remove(name);
            foreach (RunEntry entry in entries)
                Put(entry, found[entry.Name]);
        });
        return changed.Length;
    }

    /// <summary>Runs, newest first.</summary>
    public IReadOnlyList<RunEntry> List(string? recipe, string? metric, int limit)
    {
        using SqliteStatement query = _database.Prepare(
            $"""
            SELECT {Columns} FROM runs
            WHERE (?1 IS NULL OR recipe = ?1)
              AND (?2 IS NULL OR EXISTS (SELECT 1 FROM figures WHERE figures.run = runs.name AND metric = ?2))
            ORDER BY time DESC, name LIMIT ?3
            """);
        query.With(recipe, metric, (long)limit);
        return Entries(query);
    }

    /// <summary>The run of a name, or null.</summary>
    public RunEntry? Find(string name)
    {
        using SqliteStatement query = _database.Prepare($"SELECT {Columns} FROM runs WHERE name = ?1");
        query.With(name);
        return Entries(query).FirstOrDefault();
    }

    /// <summary>The values of a column over all runs or figures, each once.</summary>
    public IReadOnlyList<string> Distinct(string table, string column)
    {
        using SqliteStatement query = _database.Prepare(
            $"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY 1");
        var values = new List<string>();
        while (query.Next())
            values.Add(query.Text(0)!);
        return values;
    }

    /// <summary>Figures of a metric, best first, with the runs' names.</summary>
    public IReadOnlyList<(string Run, RunFigure Figure)> Ranking(
        string metric, string split, string? model, string? recipe, bool higher)
    {
        using SqliteStatement query = _database.Prepare(
            $"""
            SELECT runs.name, figures.name, split, metric, mean, deviation, seeds
            FROM figures JOIN runs ON runs.name = figures.run
            WHERE metric = ?1 AND split = ?2 AND mean IS NOT NULL
              AND (?3 IS NULL OR figures.name = ?3) AND (?4 IS NULL OR recipe = ?4)
            ORDER BY mean {(higher ? "DESC" : "ASC")}, time DESC, runs.name
            """);
        query.With(metric, split, model, recipe);
        var rows = new List<(string Run, RunFigure Figure)>();
        while (query.Next())
            rows.Add((query.Text(0)!, Figure(query, 1)));
        return rows;
    }

    public void Dispose() => _database.Dispose();

    private static RunFigure Figure(SqliteStatement row, int first) => new(
        row.Text(first)!, row.Text(first + 1)!, row.Text(first + 2)!, row.Number(first + 3), row.Number(first + 4),
        (int)row.Integer(first + 5));

    private void Prepare()
    {
        if (LayoutOf() == Layout)
            return;
        Write(() =>
        {
            // Another process may have been quicker.
            if (LayoutOf() == Layout)
                return;
            _database.Execute(
                $"""
                DROP TABLE IF EXISTS figures;
                DROP TABLE IF EXISTS runs;
                CREATE TABLE runs (name TEXT PRIMARY KEY, stamp TEXT NOT NULL, state INTEGER NOT NULL, problem TEXT, recipe TEXT,
                    time INTEGER NOT NULL, wall REAL) WITHOUT ROWID;
                CREATE TABLE figures (run TEXT NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL, split TEXT NOT NULL,
                    metric TEXT NOT NULL, mean REAL, deviation REAL, seeds INTEGER NOT NULL,
                    PRIMARY KEY (run, place)) WITHOUT ROWID;
                CREATE INDEX runs_by_time ON runs (time);
                CREATE INDEX figures_by_metric ON figures (metric, split);
                PRAGMA user_version = {Layout};
                """);
        });
    }

    private long LayoutOf()
    {
        using SqliteStatement query = _database.Prepare("PRAGMA user_version");
        return query.Next() ? query.Integer(0) : 0;
    }

    private void Write(Action changes)
    {
        _database.Execute("BEGIN IMMEDIATE");
        try
        {
            changes();
            _database.Execute("COMMIT");
        }
        catch (SqliteException)
        {
            try
            {
                _database.Execute("ROLLBACK");
            }
            catch (SqliteException)
            {
                // SQLite has rolled back by itself, as it does for a full disk; the first failure says more.
            }

            throw;
        }
    }

    private Dictionary<string, string?> Stamps()
    {
        using SqliteStatement query = _database.Prepare("SELECT name, stamp FROM runs");
        var stamps = new Dictionary<string, string?>(StringComparer.Ordinal);
        while (query.Next())
            stamps[query.Text(0)!] = query.Text(1);
        return stamps;
    }

    private void Remove(string name)
    {
        foreach (string table in (string[])["figures WHERE run = ?1", "runs WHERE name = ?1"])
        {
            using SqliteStatement delete = _database.Prepare($"DELETE FROM {table}");
            delete.With(name).Run();
        }
    }

    private void Put(RunEntry entry, string stamp)
    {
        Remove(entry.Name);
        using SqliteStatement run = _database.Prepare("INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        run.With(entry.Name, stamp, (int)entry.State, entry.Problem, entry.Recipe, entry.Time.UtcTicks, entry.WallSeconds).Run();
        using SqliteStatement figures = _database.Prepare("INSERT INTO figures VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        foreach ((int place, RunFigure f) in entry.Figures.Index())
            figures.With(entry.Name, place, f.Name, f.Split, f.Metric, f.Mean, f.StandardDeviation, f.Seeds).Run();
    }

    private List<RunEntry> Entries(SqliteStatement rows)
    {
        using SqliteStatement figures = _database.Prepare(
            "SELECT name, split, metric, mean, deviation, seeds FROM figures WHERE run = ?1 ORDER BY place");
        var entries = new List<RunEntry>();
        while (rows.Next())
        {
            string name = rows.Text(0)!;
            var found = new List<RunFigure>();
            figures.With(name);
            while (figures.Next())
                found.Add(Figure(figures, 0));
            entries.Add(Now(new RunEntry
            {
                Name = name,
                Folder = Path.Combine(_root, name),
                State = (RunState)Math.Clamp(rows.Integer(1), 0, (long)RunState.Broken),
                Problem = rows.Text(2),
                Recipe = rows.Text(3),
                Time = new DateTimeOffset(Math.Clamp(rows.Integer(4), 0, DateTime.MaxValue.Ticks), TimeSpan.Zero),
                WallSeconds = rows.Number(5),
                Figures = found,
            }));
        }

        return entries;
    }

    // Whether a process is at a run now is no property of its files, so it is asked, not stored.
    private static RunEntry Now(RunEntry entry) =>
        (entry.State == RunState.Unfinished || (entry.State == RunState.Done && RunFiles.WasBegunAgain(entry.Folder)))
            && RunFiles.IsLocked(entry.Folder)
            ? entry with { State = RunState.Running }
            : entry;
}
