using System.Security.Cryptography;
using System.Text;
using ClearingActors.Journal;
using ClearingActors.Node.Settings;
using ClearingActors.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ClearingActors.Node.Tests;

/// <summary>Where the journal of a test's node is, for tests that run on both stores.</summary>
public abstract class TestJournal
{
    private protected TestJournal()
    {
    }

    /// <summary>The settings with this journal.</summary>
    internal abstract NodeSettings In(NodeSettings settings);

    /// <summary>The journal as another process reads it.</summary>
    internal abstract IJournalStore OpenReadOnly(string folder);

    /// <summary>Changes a row behind the journal's back, past what guards it against changes; the node must have stopped.</summary>
    /// <returns>Rows changed.</returns>
    internal abstract Task<int> TamperAsync(string folder, string update, CancellationToken cancellation);

    /// <summary>In a file in the node's folder.</summary>
    internal sealed class InFile : TestJournal
    {
        internal override NodeSettings In(NodeSettings settings) => settings;

        internal override IJournalStore OpenReadOnly(string folder) => SqliteJournal.OpenReadOnly(PathIn(folder));

        internal override async Task<int> TamperAsync(string folder, string update, CancellationToken cancellation)
        {
            await using var connection = new SqliteConnection($"Data Source={PathIn(folder)};Pooling=False");
            await connection.OpenAsync(cancellation);
            await using var command = connection.CreateCommand();
            command.CommandText = $"DROP TRIGGER journal_no_update; UPDATE journal {update}";
            return await command.ExecuteNonQueryAsync(cancellation);
        }

        private static string PathIn(string folder) => Path.Combine(folder, "clearing.journal");
    }

    /// <summary>On a server, in a schema of the node's folder.</summary>
    internal sealed class InPostgres(PostgresServer server) : TestJournal
    {
        internal override NodeSettings In(NodeSettings settings) => settings with
        {
            Journal = settings.Journal with { Store = JournalStoreKind.Postgres, Connection = server.ConnectionString, Schema = SchemaOf(settings.DataDirectory) },
            Checkpoints = settings.Checkpoints with { KeyFile = Path.Combine(settings.DataDirectory, "key"), File = Path.Combine(settings.DataDirectory, "checkpoints") },
        };

        internal override IJournalStore OpenReadOnly(string folder) => PostgresJournal.OpenReadOnly(server.ConnectionString, SchemaOf(folder));

        internal override async Task<int> TamperAsync(string folder, string update, CancellationToken cancellation)
        {
            await using var connection = new NpgsqlConnection(server.ConnectionString);
            await connection.OpenAsync(cancellation);
            await using (var trigger = new NpgsqlCommand($"DROP TRIGGER journal_no_change ON {SchemaOf(folder)}.journal", connection))
            {
                await trigger.ExecuteNonQueryAsync(cancellation);
            }

            await using var command = new NpgsqlCommand($"UPDATE {SchemaOf(folder)}.journal {update}", connection);
            return await command.ExecuteNonQueryAsync(cancellation);
        }

        private static string SchemaOf(string folder) => $"node_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..16]}";
    }
}
