using SQLitePCL;

namespace Retort.Runs.Index;

/// <summary>SQLite refused something.</summary>
internal sealed class SqliteException(int code, string message) : Exception(message)
{
    /// <summary>Whether the file is no database, damaged, or one with other tables: what making it anew mends.</summary>
    public bool IsDamaged => (code & 0xFF) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_ERROR or raw.SQLITE_MISMATCH;
}
