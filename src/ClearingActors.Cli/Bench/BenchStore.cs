using ClearingActors.Engine;
using ClearingActors.Journal;
using ClearingActors.Node.Settings;
using Npgsql;

namespace ClearingActors.Cli.Bench;

/// <summary>Fresh journals for measurement: SQLite files in a folder, or schemas of a PostgreSQL database; all removed at the end.</summary>
internal sealed class BenchStore : IDisposable
{
    private readonly string? _folder;
    private readonly string? _connection;
    private readonly int _shards;
    private readonly List<string> _schemas = [];

    private BenchStore(string? folder, string? connection, int shards)
    {
        _folder = folder;
        _connection = connection;
        _shards = shards;
    }

    internal string Name => _folder is null ? "postgres" : "sqlite";

    internal static BenchStore Sqlite(string parent, int shards)
    {
        var folder = Path.Combine(parent, $"clearing-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        return new BenchStore(folder, null, shards);
    }

    internal static BenchStore Postgres(string connection, int shards) => new(null, connection, shards);

    /// <summary>Opens the journal with this name, new or not.</summary>
    internal IJournalStore Open(string name)
    {
        var options = new JournalOpenOptions(_shards, ClearingEngine.FeatureLevel);
        if (_folder is not null)
        {
            return SqliteJournal.Open(Path.Combine(_folder, name + ".journal"), options);
        }

        return PostgresJournal.Open(_connection!, options, new PostgresSettings { Schema = Schema(name), Exclusive = true });
    }

    /// <summary>The same journal, as a node is told of it.</summary>
    internal (JournalSettings Journal, string Folder) Settings(string name) => _folder is not null
        ? (new JournalSettings { Path = name + ".journal", Shards = _shards }, _folder)
        : (new JournalSettings { Store = JournalStoreKind.Postgres, Connection = _connection!, Schema = Schema(name), Shards = _shards }, Path.GetTempPath());

    /// <summary>A file for the time of the measurement.</summary>
    internal string FileOf(string name) => Path.Combine(_folder ?? Path.GetTempPath(), _folder is null ? $"clearing-bench-{Environment.ProcessId}-{name}" : name);

    /// <summary>The journal with this name, as commands of audit are told of it.</summary>
    internal string[] Arguments(string name) => _folder is not null
        ? ["--journal", Path.Combine(_folder, name + ".journal")]
        : ["--store", "postgres", "--connection", _connection!, "--schema", Schema(name)];

    /// <summary>Removes a journal that is closed.</summary>
    internal void Remove(string name)
    {
        if (_folder is not null)
        {
            foreach (var file in Directory.GetFiles(_folder, name + ".journal*"))
            {
                File.Delete(file);
            }
        }
        else
        {
            Drop(Schema(name));
        }
    }

    public void Dispose()
    {
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }

        foreach (var schema in _schemas.ToArray())
        {
            Drop(schema);
        }
    }

    private string Schema(string name)
    {
        var schema = $"clearing_bench_{Environment.ProcessId}_{name}";
        if (!_schemas.Contains(schema))
        {
            _schemas.Add(schema);
        }

        return schema;
    }

    private void Drop(string schema)
    {
        using var connection = new NpgsqlConnection(_connection);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"DROP SCHEMA IF EXISTS \"{schema}\" CASCADE";
        command.CommandTimeout = 300;
        command.ExecuteNonQuery();
        _schemas.Remove(schema);
    }
}
