using ClearingActors.Journal.Proofs;
using Npgsql;

namespace ClearingActors.Journal;

/// <summary>Checkpoints in PostgreSQL.</summary>
public sealed partial class PostgresJournal
{
    /// <summary>Checkpoints that one read fetches: with 4,096 shards, some megabytes.</summary>
    private const int ChunkCheckpoints = 16;

    private NpgsqlConnection? _lease;
    private bool? _hasCheckpoints;

    /// <inheritdoc/>
    public IRowScan Scan(JournalCut after) => new RowScan(this, after);

    /// <summary>
    /// A lock of a connection of its own, which the server frees when the connection ends. It only keeps two processes from doing the same work: that no two checkpoints have one
    /// number is the table's key.
    /// </summary>
    public bool LeaseCheckpoints()
    {
        try
        {
            if (_lease is { FullState: System.Data.ConnectionState.Open } && IsAlive(_lease))
            {
                return true;
            }

            _lease?.Dispose();
            _lease = null;
            var connection = _session.OpenUnpooled();
            try
            {
                using var take = new NpgsqlCommand("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", connection);
                take.Parameters.Add(new() { Value = $"clearing checkpoints {_schema}" });
                if ((bool)take.ExecuteScalar()!)
                {
                    _lease = connection;
                    return true;
                }
            }
            catch
            {
                connection.Dispose();
                throw;
            }

            connection.Dispose();
            return false;
        }
        catch (Exception error) when (IsOfConnection(error))
        {
            throw new JournalException($"The checkpoints of the journal in schema {_schema} cannot be leased: {error.Message}", error) { IsTransient = true };
        }
    }

    /// <inheritdoc/>
    public bool WriteCheckpoint(CheckpointRecord record)
    {
        try
        {
            Connect();
            using var transaction = _connection!.BeginTransaction();
            if (Scalar($"INSERT INTO {_schema}.checkpoint VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING number", record.Number, record.Text) is null)
            {
                return false;
            }

            foreach (var frontier in record.Frontiers)
            {
                Scalar($"INSERT INTO {_schema}.merkle_frontier VALUES ($1, $2, $3) ON CONFLICT (shard) DO UPDATE SET size = $2, roots = $3", frontier.Shard, frontier.Size, frontier.Roots);
            }

            foreach (var subtree in record.Subtrees)
            {
                Scalar(
                    $"INSERT INTO {_schema}.merkle_subtree VALUES ($1, $2, $3, $4) ON CONFLICT (shard, height, number) DO UPDATE SET root = $4",
                    subtree.Shard, subtree.Height, subtree.Index, subtree.Root);
            }

            transaction.Commit();
            return true;
        }
        catch (Exception error) when (IsOfConnection(error))
        {
            throw Failed($"store checkpoint {record.Number}", error);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(long Number, ReadOnlyMemory<byte> Text)> ReadCheckpoints(long from)
    {
        var sql = $"SELECT number, text FROM {_schema}.checkpoint WHERE number >= $1 ORDER BY number LIMIT {ChunkCheckpoints}";
        while (HasCheckpoints())
        {
            var chunk = Read(sql, [from], reader =>
            {
                var texts = new List<(long Number, ReadOnlyMemory<byte> Text)>();
                while (reader.Read())
                {
                    texts.Add((reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)));
                }

                return texts;
            });
            foreach (var checkpoint in chunk)
            {
                yield return checkpoint;
            }

            if (chunk.Count == 0)
            {
                yield break;
            }

            from = chunk[^1].Number + 1;
        }
    }

    /// <inheritdoc/>
    public long LastCheckpoint() => HasCheckpoints() ? Read($"SELECT coalesce(max(number), 0) FROM {_schema}.checkpoint", [], reader => reader.Read() ? reader.GetInt64(0) : 0) : 0;

    /// <inheritdoc/>
    public IReadOnlyList<StoredFrontier> ReadFrontiers() => !HasCheckpoints() ? [] : Read($"SELECT shard, size, roots FROM {_schema}.merkle_frontier ORDER BY shard", [], reader =>
    {
        var frontiers = new List<StoredFrontier>();
        while (reader.Read())
        {
            frontiers.Add(new StoredFrontier(reader.GetInt32(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)));
        }

        return frontiers;
    });

    /// <inheritdoc/>
    public byte[]? ReadSubtree(int shard, int height, long index)
    {
        CheckShard(shard);
        return !HasCheckpoints()
            ? null
            : Read($"SELECT root FROM {_schema}.merkle_subtree WHERE shard = $1 AND height = $2 AND number = $3", [shard, height, index], reader => reader.Read() ? reader.GetFieldValue<byte[]>(0) : null);
    }

    private static bool IsAlive(NpgsqlConnection connection)
    {
        try
        {
            using var ask = new NpgsqlCommand("SELECT 1", connection);
            return ask.ExecuteScalar() is 1;
        }
        catch (Exception error) when (IsOfConnection(error))
        {
            // The lock went with it.
            return false;
        }
    }

    private bool HasCheckpoints() => _hasCheckpoints ??= Read($"SELECT to_regclass('{_schema}.checkpoint') IS NOT NULL", [], reader => reader.Read() && reader.GetBoolean(0));

    /// <summary>Shard by shard: the server keeps no order over all rows.</summary>
    private sealed class RowScan(PostgresJournal journal, JournalCut after) : IRowScan
    {
        private const int ScannedRows = 1024;

        private JournalCut _after = after;

        public void ReadTo(JournalCut upTo, StoredRowVisitor visitor)
        {
            var sql = $"SELECT shard, position, epoch, recorded_time, payload, leaf FROM {journal._schema}.journal WHERE shard = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT {ScannedRows}";
            for (var shard = 0; shard < upTo.Positions.Count; shard++)
            {
                var from = _after.Positions[shard];
                var to = upTo.Positions[shard];
                while (from < to)
                {
                    // Fetched before they are shown: a read that is made again on another connection must not show a row twice.
                    var rows = journal.Read(sql, [shard, from, to], reader =>
                    {
                        var fetched = new List<(int Shard, long Position, long Epoch, long RecordedTime, byte[] Payload, byte[] Leaf)>();
                        while (reader.Read())
                        {
                            fetched.Add((reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetFieldValue<byte[]>(4), reader.GetFieldValue<byte[]>(5)));
                        }

                        return fetched;
                    });
                    foreach (var row in rows)
                    {
                        if (!visitor(new StoredRow(row.Shard, row.Position, row.Epoch, row.RecordedTime, row.Payload, row.Leaf)))
                        {
                            return;
                        }
                    }

                    if (rows.Count < ScannedRows)
                    {
                        break;
                    }

                    from = rows[^1].Position;
                }
            }

            _after = upTo;
        }

        public void Dispose()
        {
        }
    }
}
