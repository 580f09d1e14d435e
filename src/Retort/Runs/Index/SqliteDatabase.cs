using SQLitePCL;

namespace Retort.Runs.Index;

/// <summary>A SQLite database, as little of it as the index needs.</summary>
internal sealed class SqliteDatabase : IDisposable
{
    // Another process writes for milliseconds; one that was stopped in the middle must not hold a listing up for long.
    private const int PatienceMilliseconds = 5000;

    private readonly sqlite3 _handle;

    static SqliteDatabase() => Batteries_V2.Init();

    /// <summary>Opens or makes a database; <c>:memory:</c> is one that lasts as long as this object.</summary>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public SqliteDatabase(string path)
    {
        const int flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX;
        int code = raw.sqlite3_open_v2(path, out _handle, flags, null);
        if (code != raw.SQLITE_OK)
        {
            string message = raw.sqlite3_errmsg(_handle).utf8_to_string();
            Dispose();
            throw new SqliteException(code, message);
        }

        raw.sqlite3_busy_timeout(_handle, PatienceMilliseconds);
    }

    /// <summary>Runs statements that give no rows.</summary>
    public void Execute(string statements)
    {
        int code = raw.sqlite3_exec(_handle, statements);
        if (code != raw.SQLITE_OK)
            throw Failure(code);
    }

    /// <summary>Prepares a statement, which the caller disposes of.</summary>
    public SqliteStatement Prepare(string statement)
    {
        int code = raw.sqlite3_prepare_v2(_handle, statement, out sqlite3_stmt prepared);
        return code == raw.SQLITE_OK ? new SqliteStatement(this, prepared) : throw Failure(code);
    }

    public void Dispose() => raw.sqlite3_close_v2(_handle);

    internal SqliteException Failure(int code) => new(code, raw.sqlite3_errmsg(_handle).utf8_to_string());
}
