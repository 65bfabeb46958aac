using System.Globalization;
using Microsoft.Data.Sqlite;

namespace ClearingActors.Audit.Export;

/// <summary>
/// One SQLite file with all tables, strict in their types. Amounts in minor units are integers, so that SQL sums them exactly. References are declared where both tables are in the
/// export, and proved at the end.
/// </summary>
internal sealed class SqliteTables : ITableFormat
{
    internal const string FileName = "export.sqlite";

    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _transaction;
    private readonly Dictionary<ExportTable, SqliteCommand> _inserts = new(ReferenceEqualityComparer.Instance);
    private readonly IReadOnlyList<ExportTable> _tables;

    /// <param name="folder">Where the file goes.</param>
    /// <param name="tables">Each is made, with or without rows.</param>
    internal SqliteTables(string folder, IReadOnlyList<ExportTable> tables)
    {
        _tables = tables;
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, FileName), Pooling = false, ForeignKeys = false }.ToString());
        _connection.Open();

        // Nobody reads the file before it is complete, and if the process ends before, it is thrown away: nothing is to be undone.
        Run("PRAGMA journal_mode = OFF");
        _transaction = _connection.BeginTransaction();
        foreach (var table in tables)
        {
            Run(TableOf(table));
            _inserts.Add(table, InsertInto(table));
        }
    }

    public void Write(ExportTable table, ReadOnlySpan<ExportValue> row)
    {
        var insert = _inserts[table];
        for (var i = 0; i < row.Length; i++)
        {
            ref readonly var value = ref row[i];
            insert.Parameters[i].Value = value.Kind switch
            {
                0 when table.Key.Contains(table.Columns[i].Name) => "",
                0 => DBNull.Value,
                ColumnKind.Integer or ColumnKind.Minor or ColumnKind.Flag => value.Number,
                _ => value.ToText(),
            };
        }

        insert.ExecuteNonQuery();
    }

    /// <exception cref="InvalidDataException">A row refers to one that is not there.</exception>
    public void Complete()
    {
        foreach (var table in _tables)
        {
            foreach (var column in table.Indices)
            {
                Run($"CREATE INDEX {table.Name}_by_{column} ON {table.Name} ({column})");
            }
        }

        _transaction.Commit();
        using (var check = _connection.CreateCommand())
        {
            check.CommandText = "PRAGMA foreign_key_check";
            using var wrong = check.ExecuteReader();
            if (wrong.Read())
            {
                throw new InvalidDataException($"row {wrong.GetValue(1)} of table {wrong.GetString(0)} refers to a row of {wrong.GetString(2)} that the journal does not have");
            }
        }

        _connection.Close();
    }

    public void Dispose()
    {
        foreach (var insert in _inserts.Values)
        {
            insert.Dispose();
        }

        _transaction.Dispose();
        _connection.Dispose();
    }

    internal static string NameOf(in ExportColumn column) => column.Kind == ColumnKind.Minor ? column.Name + "_minor" : column.Name;

    private string TableOf(ExportTable table)
    {
        var parts = table.Columns.Select(c => $"{NameOf(c)} {(c.Kind is ColumnKind.Integer or ColumnKind.Minor or ColumnKind.Flag ? "INTEGER" : "TEXT")}{(table.Key.Contains(c.Name) ? " NOT NULL" : "")}").ToList();
        if (table.Key.Count > 0)
        {
            parts.Add($"PRIMARY KEY ({string.Join(", ", table.Key)})");
        }

        foreach (var reference in table.References)
        {
            if (_tables.FirstOrDefault(t => t.Name == reference.Table) is { } other)
            {
                parts.Add($"FOREIGN KEY ({reference.Column}) REFERENCES {other.Name} ({other.Key.Single()})");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE {table.Name} ({string.Join(", ", parts)}) STRICT");
    }

    private SqliteCommand InsertInto(ExportTable table)
    {
        var insert = _connection.CreateCommand();
        insert.CommandText = $"INSERT INTO {table.Name} VALUES ({string.Join(", ", Enumerable.Range(0, table.Columns.Count).Select(i => $"$c{i}"))})";
        for (var i = 0; i < table.Columns.Count; i++)
        {
            insert.Parameters.Add(new SqliteParameter($"$c{i}", null));
        }

        return insert;
    }

    private void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
