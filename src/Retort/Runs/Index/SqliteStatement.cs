using SQLitePCL;

namespace Retort.Runs.Index;

/// <summary>A prepared statement. NaN is stored as NULL, which is what SQLite makes of it, and read back as NaN.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle) : IDisposable
{
    /// <summary>Starts afresh with these parameters: texts, whole numbers, numbers, or null.</summary>
    public SqliteStatement With(params ReadOnlySpan<object?> parameters)
    {
        raw.sqlite3_reset(handle);
        for (int k = 0; k < parameters.Length; k++)
        {
            int code = parameters[k] switch
            {
                null => raw.sqlite3_bind_null(handle, k + 1),
                string text => raw.sqlite3_bind_text(handle, k + 1, text),
                long number => raw.sqlite3_bind_int64(handle, k + 1, number),
                int number => raw.sqlite3_bind_int64(handle, k + 1, number),
                double number => raw.sqlite3_bind_double(handle, k + 1, number),
                var other => throw new ArgumentException($"a {other.GetType().Name} cannot be stored.", nameof(parameters)),
            };
            if (code != raw.SQLITE_OK)
                throw database.Failure(code);
        }

        return this;
    }

    /// <summary>Goes to the next row; false where there is none.</summary>
    public bool Next() => raw.sqlite3_step(handle) switch
    {
        raw.SQLITE_ROW => true,
        raw.SQLITE_DONE => false,
        var code => throw database.Failure(code),
    };

    /// <summary>Runs to the end.</summary>
    public void Run()
    {
        while (Next())
        {
        }

        raw.sqlite3_reset(handle);
    }

    public string? Text(int column) => IsNull(column) ? null : raw.sqlite3_column_text(handle, column).utf8_to_string();

    public long Integer(int column) => raw.sqlite3_column_int64(handle, column);

    public double Number(int column) => IsNull(column) ? double.NaN : raw.sqlite3_column_double(handle, column);

    public void Dispose() => raw.sqlite3_finalize(handle);

    private bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;
}
