using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClearingActors.Journal;

/// <summary>
/// A prepared statement on SQLite's own interface. It binds spans, which the ADO.NET parameters cannot: those want an array of exactly the payload's length.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle ?? throw new InvalidOperationException("The connection is not open.");
        var code = raw.sqlite3_prepare_v2(_database, sql, out _statement);
        if (code != raw.SQLITE_OK)
        {
            throw Error(code);
        }
    }

    public void Bind(int parameter, long value) => Check(raw.sqlite3_bind_int64(_statement, parameter, value));

    public void Bind(int parameter, string value) => Check(raw.sqlite3_bind_text(_statement, parameter, value));

    public void Bind(int parameter, ReadOnlySpan<byte> value) =>
        // A span without bytes has no address, which SQLite takes for NULL.
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, parameter, 0) : raw.sqlite3_bind_blob(_statement, parameter, value));

    /// <summary>Runs a statement that returns no rows.</summary>
    /// <exception cref="SqliteException">SQLite refused it; the statement is reset.</exception>
    public void Run()
    {
        var code = raw.sqlite3_step(_statement);
        if (code != raw.SQLITE_DONE)
        {
            var error = Error(code);
            _ = raw.sqlite3_reset(_statement);
            throw error;
        }

        _ = raw.sqlite3_reset(_statement);
    }

    /// <summary>Goes to the next row of the result; false at its end. Call <see cref="Reset"/> when done.</summary>
    /// <exception cref="SqliteException">SQLite could not read on; the statement is reset.</exception>
    public bool Next()
    {
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        var error = code == raw.SQLITE_DONE ? null : Error(code);
        _ = raw.sqlite3_reset(_statement);
        return error is null ? false : throw error;
    }

    /// <summary>Ends the result, and with it the read transaction that it holds. The code that reset repeats was already thrown by the step.</summary>
    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public long Integer(int column) => raw.sqlite3_column_int64(_statement, column);

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public bool IsBlob(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_BLOB;

    /// <summary>The bytes of a column; valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    public void Dispose() => _statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw Error(code);
        }
    }

    private SqliteException Error(int code) =>
        new($"SQLite: {raw.sqlite3_errmsg(_database).utf8_to_string()} (code {raw.sqlite3_extended_errcode(_database)})", code & 0xff, raw.sqlite3_extended_errcode(_database));
}
