using System.Globalization;
using Npgsql;

namespace ClearingActors.Journal;

/// <summary>How connections to PostgreSQL are made: with timeouts that end before a lease does, and only to a server that keeps what it commits.</summary>
internal sealed class PostgresSession : IDisposable
{
    /// <summary>A broken connection is tried again after 50, 100 and 200 ms; then the append fails, and the next one tries again.</summary>
    private const int ConnectAttempts = 4;

    private readonly NpgsqlDataSource _readers;
    private readonly string _writerConnectionString;
    private readonly PostgresSettings _settings;

    /// <param name="connectionString">Npgsql's.</param>
    /// <param name="settings">The lease, which the time-outs follow.</param>
    /// <param name="readOnly">True: the server refuses every statement that writes.</param>
    public PostgresSession(string connectionString, PostgresSettings settings, bool readOnly = false)
    {
        _settings = settings;
        var halfLease = settings.Lease / 2;
        var halfLeaseMs = (long)halfLease.TotalMilliseconds;
        var keepAlive = Math.Max(1, (int)(halfLease.TotalSeconds / 4));
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException error)
        {
            throw new JournalException($"The connection string of the journal cannot be read: {error.Message}", error);
        }

        // As start-up options they hold for every connection and survive the reset between two uses of a pooled one.
        builder.Options = string.Create(
            CultureInfo.InvariantCulture,
            $"{builder.Options} -c statement_timeout={halfLeaseMs} -c lock_timeout={halfLeaseMs} -c idle_in_transaction_session_timeout={halfLeaseMs} -c tcp_user_timeout={halfLeaseMs} -c tcp_keepalives_idle={keepAlive} -c tcp_keepalives_interval={keepAlive} -c tcp_keepalives_count=2 -c default_transaction_isolation=read\\ committed");
        builder.Options += readOnly ? " -c default_transaction_read_only=on" : "";
        // Two seconds longer than the server, whose refusal is definite where our own time-out leaves the outcome unknown.
        builder.CommandTimeout = (int)Math.Ceiling(halfLease.TotalSeconds) + 2;
        builder.Timeout = Math.Max(1, (int)(halfLease.TotalSeconds / 2));
        builder.ApplicationName ??= "clearing";
        _readers = NpgsqlDataSource.Create(builder.ConnectionString);
        builder.Pooling = false;
        _writerConnectionString = builder.ConnectionString;
    }

    /// <summary>A pooled connection for one short read.</summary>
    public NpgsqlConnection OpenReader() => _readers.OpenConnection();

    /// <summary>A connection of its own, whose locks end with it.</summary>
    public NpgsqlConnection OpenUnpooled()
    {
        var connection = new NpgsqlConnection(_writerConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The connection that writes, tried a bounded number of times.</summary>
    /// <exception cref="JournalException">The server would lose commits, or another process holds the journal.</exception>
    /// <exception cref="NpgsqlException">There is no connection to be had.</exception>
    public NpgsqlConnection OpenWriter()
    {
        for (var attempt = 1; ; attempt++)
        {
            var connection = new NpgsqlConnection(_writerConnectionString);
            try
            {
                connection.Open();
                RefuseForgetfulServer(connection);
                if (_settings.Exclusive)
                {
                    TakeJournal(connection);
                }

                return connection;
            }
            catch (Exception error)
            {
                connection.Dispose();
                // A lock may be that of our own last connection, whose end the server has not noticed yet.
                if (error is not (NpgsqlException { IsTransient: true } or JournalInUseException) || attempt == ConnectAttempts)
                {
                    throw error is JournalInUseException ? new JournalException(error.Message) : error;
                }
            }

            Thread.Sleep(50 << (attempt - 1));
        }
    }

    public void Dispose() => _readers.Dispose();

    private static void RefuseForgetfulServer(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting = 'off'", connection);
        using var reader = command.ExecuteReader();
        if (reader.Read())
        {
            throw new JournalException(
                $"PostgreSQL at {connection.Host} runs with {reader.GetString(0)} = off, so that a crash can lose or damage what it has confirmed. Set it to on in postgresql.conf, or for the role or database where it was changed.");
        }
    }

    private void TakeJournal(NpgsqlConnection connection)
    {
        using var take = new NpgsqlCommand("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", connection);
        take.Parameters.Add(new() { Value = $"clearing journal {_settings.Schema}" });
        if ((bool)take.ExecuteScalar()!)
        {
            return;
        }

        using var who = new NpgsqlCommand(
            """
            SELECT format('%s at %s, server process %s, connected since %s', a.application_name, coalesce(a.client_addr::text, 'this machine'), a.pid, a.backend_start)
            FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended($1, 0)
            """,
            connection);
        who.Parameters.Add(new() { Value = $"clearing journal {_settings.Schema}" });
        var holder = who.ExecuteScalar() as string ?? "a connection that has just ended";
        throw new JournalInUseException($"The journal in schema {_settings.Schema} of database {connection.Database} is in use by {holder}. Stop that process, or wait until the server has noticed its end (at most {_settings.Lease.TotalSeconds} s).");
    }

    private sealed class JournalInUseException(string message) : Exception(message);
}
