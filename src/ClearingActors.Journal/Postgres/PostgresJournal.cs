using System.Net.Sockets;
using ClearingActors.Journal.Proofs;
using Npgsql;

namespace ClearingActors.Journal;

/// <summary>A journal in PostgreSQL, for several nodes. Each append is one statement that is fenced by epoch and position, so that no node's clock matters.</summary>
public sealed partial class PostgresJournal : ICheckpointStore
{
    /// <summary>How often a statement that the server chose as the victim of a deadlock is repeated, 10 ms apart.</summary>
    private const int Attempts = 5;

    /// <summary>A read whose connection breaks is made again on another one after 10, 20, 40 and 80 ms.</summary>
    private const int ReadAttempts = 5;

    /// <summary>Rows that one read fetches: a few milliseconds, so that no transaction keeps the server from cleaning up.</summary>
    private const int ChunkRows = 256;

    private readonly PostgresSession _session;
    private readonly string _schema;
    private readonly AppendPlan _plan;
    private NpgsqlConnection? _connection;
    private PostgresAppend? _append;

    private PostgresJournal(PostgresSession session, string schema, NpgsqlConnection connection, JournalIdentity identity)
    {
        _session = session;
        _schema = schema;
        _connection = connection;
        Identity = identity;
        _plan = new AppendPlan(identity.ShardCount);
    }

    /// <inheritdoc/>
    public JournalIdentity Identity { get; private set; }

    /// <summary>Opens the journal in a PostgreSQL database, or creates its schema and tables.</summary>
    /// <param name="connectionString">Npgsql's. Its timeouts and session options are set by the lease.</param>
    /// <param name="options">What the journal must be.</param>
    /// <param name="settings">Schema, lease, exclusiveness; null for the defaults.</param>
    /// <exception cref="JournalException">
    /// The server cannot be reached; it would lose commits in a crash; another process holds the journal; or it is not the one that the options ask for.
    /// </exception>
    public static PostgresJournal Open(string connectionString, JournalOpenOptions options, PostgresSettings? settings = null)
    {
        settings ??= new PostgresSettings();
        settings.Check();
        var session = new PostgresSession(connectionString, settings);
        NpgsqlConnection? connection = null;
        try
        {
            connection = session.OpenWriter();
            var identity = PostgresSchema.OpenOrCreate(connection, settings.Schema, options);
            return new PostgresJournal(session, settings.Schema, connection, identity);
        }
        catch (Exception error)
        {
            connection?.Dispose();
            session.Dispose();
            throw error is NpgsqlException ? new JournalException($"The journal in PostgreSQL cannot be opened: {error.Message}", error) : error;
        }
    }

    /// <summary>Opens a journal for reading only, beside the nodes that write it. Creates nothing; the server refuses whatever would write.</summary>
    /// <param name="connectionString">Npgsql's. Its timeouts and session options are set by the lease.</param>
    /// <param name="schema">The schema that holds the tables.</param>
    /// <exception cref="JournalException">The server cannot be reached, or there is no journal in the schema.</exception>
    public static PostgresJournal OpenReadOnly(string connectionString, string schema)
    {
        var settings = new PostgresSettings { Schema = schema };
        settings.Check();
        var session = new PostgresSession(connectionString, settings, readOnly: true);
        NpgsqlConnection? connection = null;
        try
        {
            connection = session.OpenReader();
            return new PostgresJournal(session, schema, connection, PostgresSchema.ReadExisting(connection, schema));
        }
        catch (Exception error)
        {
            connection?.Dispose();
            session.Dispose();
            throw error is NpgsqlException ? new JournalException($"The journal in PostgreSQL cannot be read: {error.Message}", error) : error;
        }
    }

    /// <inheritdoc/>
    public AppendResult Append(IReadOnlyList<JournalRow> rows)
    {
        _plan.Read(rows);
        if (rows.Count == 0)
        {
            return AppendResult.Success;
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Connect();
            }
            catch (Exception error) when (error is JournalException || IsOfConnection(error))
            {
                // Nothing was sent.
                Disconnect();
                return _plan.All(AppendStatus.Failed, error);
            }

            var appended = new HashSet<int>();
            try
            {
                _append!.Run(_plan.Runs, rows, appended);
                return Outcome(appended);
            }
            catch (PostgresException error) when (IsDefinite(error))
            {
                if (!IsRetried(error) || attempt == Attempts)
                {
                    return _plan.All(error.SqlState == PostgresErrorCodes.DiskFull ? AppendStatus.Full : AppendStatus.Failed, error);
                }
            }
            catch (Exception error) when (IsOfConnection(error))
            {
                // The statement may have left and may commit at any time from now on, until a takeover raises the epoch.
                Disconnect();
                return _plan.All(AppendStatus.Unknown, error);
            }

            Thread.Sleep(10);
        }
    }

    /// <inheritdoc/>
    public ShardHead TakeOver(int shard, string owner)
    {
        CheckShard(shard);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Connect();
                using var command = new NpgsqlCommand($"UPDATE {_schema}.shard_head SET epoch = epoch + 1, owner = $2 WHERE shard = $1 RETURNING epoch, position", _connection);
                command.Parameters.Add(new() { Value = shard });
                command.Parameters.Add(new() { Value = owner });
                using var reader = command.ExecuteReader();
                if (!reader.Read())
                {
                    throw new JournalException($"The table shard_head has no row for shard {shard}. Restore the journal from a backup.");
                }

                var head = new ShardHead(shard, reader.GetInt64(0), reader.GetInt64(1), owner);
                // The statement has committed only when its result has been read to the end.
                reader.Close();
                return head;
            }
            catch (PostgresException error) when (IsDefinite(error) && IsRetried(error) && attempt < Attempts)
            {
                Thread.Sleep(10);
            }
            catch (Exception error) when (IsOfConnection(error))
            {
                throw Failed($"take over shard {shard}", error);
            }
        }
    }

    /// <inheritdoc/>
    public void RaiseFeatureLevel(int level)
    {
        if (level <= Identity.FeatureLevel)
        {
            return;
        }

        try
        {
            Connect();
            using var command = new NpgsqlCommand($"UPDATE {_schema}.meta SET feature_level = $1 WHERE feature_level < $1", _connection);
            command.Parameters.Add(new() { Value = level });
            command.ExecuteNonQuery();
            Identity = Identity with { FeatureLevel = level };
        }
        catch (NpgsqlException error)
        {
            throw Failed($"raise the feature level to {level}", error);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ShardHead> ReadHeads() => Read($"SELECT shard, epoch, position, owner FROM {_schema}.shard_head ORDER BY shard", [], reader =>
    {
        var heads = new List<ShardHead>(Identity.ShardCount);
        while (reader.Read())
        {
            heads.Add(new ShardHead(reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetString(3)));
        }

        return heads.Count == Identity.ShardCount
            ? heads
            : throw new JournalException($"The table shard_head has {heads.Count} rows for {Identity.ShardCount} shards. Restore the journal from a backup.");
    });

    /// <inheritdoc/>
    public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition)
    {
        CheckShard(shard);
        ArgumentOutOfRangeException.ThrowIfNegative(afterPosition);
        return ReadChunks(shard, afterPosition, upToPosition);
    }

    /// <inheritdoc/>
    public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts)
    {
        CheckShard(snapshot.Shard);
        SnapshotParts.CheckNew(snapshot, newParts);
        try
        {
            Connect();
            using var transaction = _connection!.BeginTransaction();
            StoreSnapshot(snapshot, newParts);
            transaction.Commit();
        }
        catch (Exception error) when (IsOfConnection(error))
        {
            throw Failed($"store the snapshot of shard {snapshot.Shard} at {snapshot.Position}", error);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard)
    {
        CheckShard(shard);
        return Read($"SELECT position, epoch, leaf, schema_version, payload, parts FROM {_schema}.snapshot WHERE shard = $1 ORDER BY id DESC LIMIT {SnapshotParts.Kept}", [shard], reader =>
        {
            var snapshots = new List<SnapshotRecord>();
            while (reader.Read())
            {
                var parts = Array.ConvertAll(reader.GetFieldValue<byte[][]>(5), hash => new ReadOnlyMemory<byte>(hash));
                snapshots.Add(new SnapshotRecord(shard, reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), reader.GetInt32(3), reader.GetFieldValue<byte[]>(4), parts));
            }

            return snapshots;
        });
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash)
    {
        CheckShard(shard);
        var content = Read($"SELECT content FROM {_schema}.snapshot_part WHERE shard = $1 AND hash = $2", [shard, hash], reader => reader.Read() ? reader.GetFieldValue<byte[]>(0) : null)
            ?? throw SnapshotParts.Missing(shard, hash.Span);
        SnapshotParts.Check(shard, hash.Span, content);
        return content;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lease?.Dispose();
        Disconnect();
        _session.Dispose();
    }

    /// <summary>Whether the server's answer says that nothing was committed. A server process that is being ended may say so after it has committed.</summary>
    private static bool IsDefinite(PostgresException error) => error.InvariantSeverity == "ERROR";

    /// <summary>What a connection throws that breaks, or is found broken, beside the server's own answers.</summary>
    private static bool IsOfConnection(Exception error) => error is NpgsqlException or IOException or SocketException or TimeoutException or InvalidOperationException;

    private static bool IsRetried(PostgresException error) => error.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    private AppendResult Outcome(HashSet<int> appended)
    {
        if (appended.Count == _plan.Runs.Count)
        {
            return AppendResult.Success;
        }

        var fenced = new List<ShardAppend>();
        foreach (var run in _plan.Runs)
        {
            if (!appended.Contains(run.Shard))
            {
                fenced.Add(new ShardAppend(run.Shard, AppendStatus.Fenced));
            }
        }

        return new AppendResult(false, fenced, new JournalException($"Shard {fenced[0].Shard} has another epoch or position than the append was made for."));
    }

    private void StoreSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts)
    {
        var shard = snapshot.Shard;
        // Locked until commit, so that a takeover comes before this check or after the snapshot.
        if (Scalar($"SELECT epoch FROM {_schema}.shard_head WHERE shard = $1 FOR UPDATE", shard) is var epoch && (long)epoch! != snapshot.Epoch)
        {
            throw SnapshotParts.Fenced(snapshot, (long)epoch!);
        }

        foreach (var part in newParts)
        {
            Scalar($"INSERT INTO {_schema}.snapshot_part VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", shard, part.Hash, part.Content);
        }

        var parts = snapshot.Parts.Select(hash => hash.ToArray()).ToArray();
        if (Scalar($"SELECT hash FROM unnest($2::bytea[]) AS hash WHERE hash NOT IN (SELECT hash FROM {_schema}.snapshot_part WHERE shard = $1) LIMIT 1", shard, parts) is byte[] missing)
        {
            throw SnapshotParts.Missing(shard, missing);
        }

        Scalar(
            $"INSERT INTO {_schema}.snapshot(shard, position, epoch, leaf, schema_version, parts, payload) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            shard, snapshot.Position, snapshot.Epoch, snapshot.Leaf, snapshot.SchemaVersion, parts, snapshot.Payload);
        Scalar($"DELETE FROM {_schema}.snapshot WHERE shard = $1 AND id NOT IN (SELECT id FROM {_schema}.snapshot WHERE shard = $1 ORDER BY id DESC LIMIT {SnapshotParts.Kept})", shard);
        Scalar($"DELETE FROM {_schema}.snapshot_part WHERE shard = $1 AND hash NOT IN (SELECT unnest(parts) FROM {_schema}.snapshot WHERE shard = $1)", shard);
    }

    private object? Scalar(string sql, params object[] values)
    {
        using var command = new NpgsqlCommand(sql, _connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command.ExecuteScalar();
    }

    private IEnumerable<JournalRow> ReadChunks(int shard, long after, long upTo)
    {
        var sql = $"SELECT position, epoch, recorded_time, payload, leaf FROM {_schema}.journal WHERE shard = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT {ChunkRows}";
        while (after < upTo)
        {
            var position = after;
            var chunk = Read(sql, [shard, after, upTo], reader => ReadRows(reader, shard, position));
            if (chunk.Count == 0)
            {
                throw new JournalException($"The log of shard {shard} has no row at position {after + 1}; rows up to {upTo} were asked for. Restore the journal from a backup.");
            }

            foreach (var row in chunk)
            {
                yield return row;
            }

            after = chunk[^1].Position;
        }
    }

    private static List<JournalRow> ReadRows(NpgsqlDataReader reader, int shard, long after)
    {
        var rows = new List<JournalRow>();
        while (reader.Read())
        {
            var position = reader.GetInt64(0);
            if (position != after + 1)
            {
                throw new JournalException($"The log of shard {shard} has a gap: position {position} follows {after}. Restore the journal from a backup.");
            }

            var leaf = reader.GetFieldValue<byte[]>(4);
            if (leaf.Length != RowLeaf.Size)
            {
                throw new JournalException($"The row of shard {shard} at position {position} is cut short: its leaf has {leaf.Length} bytes of {RowLeaf.Size}. Restore the journal from a backup.");
            }

            rows.Add(new JournalRow(shard, position, reader.GetInt64(1), reader.GetInt64(2), reader.GetFieldValue<byte[]>(3), leaf));
            after = position;
        }

        return rows;
    }

    /// <summary>Runs a query, which changes nothing and so is repeated on another connection where one breaks: a pooled one may have ended long ago.</summary>
    private T Read<T>(string sql, object[] values, Func<NpgsqlDataReader, T> read)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var connection = _session.OpenReader();
                using var command = new NpgsqlCommand(sql, connection);
                foreach (var value in values)
                {
                    command.Parameters.Add(new() { Value = value });
                }

                using var reader = command.ExecuteReader();
                return read(reader);
            }
            catch (Exception error) when (IsOfConnection(error))
            {
                var broken = error is not PostgresException answer || !IsDefinite(answer);
                if (!broken || attempt == ReadAttempts)
                {
                    throw new JournalException($"The journal in schema {_schema} cannot be read: {error.Message}", error) { IsTransient = true };
                }
            }

            Thread.Sleep(10 << (attempt - 1));
        }
    }

    private void Connect()
    {
        if (_connection is { FullState: System.Data.ConnectionState.Open } && _append is not null)
        {
            return;
        }

        if (_connection is not { FullState: System.Data.ConnectionState.Open })
        {
            Disconnect();
            var connection = _session.OpenWriter();
            try
            {
                PostgresSchema.CheckSame(connection, _schema, Identity);
            }
            catch
            {
                // Kept, it would be written on next time without having been checked.
                connection.Dispose();
                throw;
            }

            _connection = connection;
        }

        _append = new PostgresAppend(_connection, _schema);
    }

    private void Disconnect()
    {
        _append?.Dispose();
        _append = null;
        _connection?.Dispose();
        _connection = null;
    }

    private JournalException Failed(string what, Exception error)
    {
        var unknown = error is not PostgresException answer || !IsDefinite(answer);
        if (unknown)
        {
            Disconnect();
        }

        return new JournalException($"The journal in schema {_schema} could not {what}: {error.Message}. {(unknown ? "Whether it was done is unknown. " : "")}Try again.", error) { IsTransient = true };
    }

    private void CheckShard(int shard)
    {
        if ((uint)shard >= (uint)Identity.ShardCount)
        {
            throw new ArgumentOutOfRangeException(nameof(shard), shard, $"The journal has the shards 0 to {Identity.ShardCount - 1}.");
        }
    }
}
