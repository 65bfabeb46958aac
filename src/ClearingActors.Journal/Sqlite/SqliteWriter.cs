using System.Buffers.Binary;
using ClearingActors.Journal.Proofs;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ClearingActors.Journal;

/// <summary>The one connection that writes a journal file. It knows every shard's head and judges the fence in memory: no other process writes the file.</summary>
internal sealed class SqliteWriter : IDisposable
{
    /// <summary>A row beside its payload.</summary>
    private const int BytesOfColumns = 64;

    private readonly SqliteConnection _connection;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _rollback;
    private readonly SqliteStatement _insert;
    private readonly SqliteStatement _insertBlock;
    private readonly SqliteStatement _insertBlockShard;
    private readonly SqliteStatement _takeOver;
    private readonly SqliteStatement _insertSnapshot;
    private readonly SqliteStatement _insertPart;
    private readonly SqliteStatement _dropSnapshots;
    private readonly SqliteStatement _keptParts;
    private readonly SqliteStatement _storedParts;
    private readonly SqliteStatement _dropPart;
    private readonly SqliteStatement _checkpointExists;
    private readonly SqliteStatement _insertCheckpoint;
    private readonly SqliteStatement _setFrontier;
    private readonly SqliteStatement _setSubtree;
    private readonly AppendPlan _plan;

    /// <summary>The heads that are durable; replaced whole-entry under the lock, since other threads read them.</summary>
    private readonly ShardHead[] _heads;
    private readonly Lock _headsLock = new();

    /// <summary>The positions as the running transaction sees them; equal to the durable ones between appends.</summary>
    private readonly long[] _positions;
    private readonly bool[] _fenced;
    private readonly byte[] _blockHeads;

    /// <summary>The shards of the newest block's rows; valid up to the next row.</summary>
    private readonly int[] _newest = new int[SqliteSchema.BlockRows];

    /// <summary>What <see cref="_newest"/> was when the running append began another block, which writes over it.</summary>
    private readonly int[] _newestBefore = new int[SqliteSchema.BlockRows];
    private bool _beganBlock;
    private readonly int[] _ends;
    private readonly byte[] _offsets = new byte[2 * SqliteSchema.BlockRows];
    private readonly SqliteCheckpointer _checkpointer;
    private long _nextSeq;
    private Exception? _fatal;

    /// <summary>Takes over the connection and the checkpointer.</summary>
    /// <param name="connection">Open for writing.</param>
    /// <param name="heads">The durable heads.</param>
    /// <param name="block">The newest block; 0 before the first row.</param>
    /// <param name="newest">The shards of its rows.</param>
    /// <param name="checkpointer">Of the same file.</param>
    public SqliteWriter(SqliteConnection connection, ShardHead[] heads, long block, List<int> newest, SqliteCheckpointer checkpointer)
    {
        _connection = connection;
        _checkpointer = checkpointer;
        _heads = heads;
        _positions = Array.ConvertAll(heads, h => h.Position);
        _fenced = new bool[heads.Length];
        _blockHeads = new byte[8 * heads.Length];
        _ends = new int[heads.Length + 1];
        newest.CopyTo(_newest);
        _nextSeq = (block << SqliteSchema.BlockBits) + newest.Count;
        _plan = new AppendPlan(heads.Length);
        _begin = new(connection, "BEGIN IMMEDIATE");
        _commit = new(connection, "COMMIT");
        _rollback = new(connection, "ROLLBACK");
        _insert = new(connection, "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)");
        _insertBlock = new(connection, "INSERT INTO block VALUES (?, ?)");
        _insertBlockShard = new(connection, "INSERT INTO block_shard VALUES (?, ?, ?)");
        _takeOver = new(connection, "UPDATE shard_head SET epoch = ?, owner = ? WHERE shard = ?");
        _insertSnapshot = new(connection, "INSERT INTO snapshot(shard, position, epoch, leaf, schema_version, parts, payload) VALUES (?, ?, ?, ?, ?, ?, ?)");
        _insertPart = new(connection, "INSERT INTO snapshot_part(shard, hash, content) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
        _dropSnapshots = new(connection, "DELETE FROM snapshot WHERE shard = ?1 AND id NOT IN (SELECT id FROM snapshot WHERE shard = ?1 ORDER BY id DESC LIMIT ?2)");
        _keptParts = new(connection, "SELECT parts FROM snapshot WHERE shard = ?");
        _storedParts = new(connection, "SELECT id, hash FROM snapshot_part WHERE shard = ?");
        _dropPart = new(connection, "DELETE FROM snapshot_part WHERE id = ?");
        _checkpointExists = new(connection, "SELECT 1 FROM checkpoint WHERE number = ?");
        _insertCheckpoint = new(connection, "INSERT INTO checkpoint VALUES (?, ?)");
        _setFrontier = new(connection, "INSERT INTO merkle_frontier VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET size = ?2, roots = ?3");
        _setSubtree = new(connection, "INSERT INTO merkle_subtree VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET root = ?4");
    }

    /// <summary>Invoked once, on the writer's thread, when the file can no longer be trusted.</summary>
    public Action<Exception>? OnFatal { get; set; }

    public AppendResult Append(IReadOnlyList<JournalRow> rows)
    {
        _plan.Read(rows);
        if (_fatal is not null)
        {
            return _plan.All(AppendStatus.Failed, Stopped());
        }

        var fenced = JudgeFence();
        var nextSeq = _nextSeq;
        _beganBlock = false;
        try
        {
            _begin.Run();
            for (var i = 0; i < rows.Count; i++)
            {
                var row = rows[i];
                if (!_fenced[row.Shard])
                {
                    Insert(row, nextSeq++);
                }
            }

            _commit.Run();
        }
        catch (SqliteException error)
        {
            if (_beganBlock)
            {
                _newestBefore.CopyTo(_newest, 0);
            }

            return Refused(Undo(error), error, fenced);
        }

        _nextSeq = nextSeq;
        _checkpointer.Committed(_connection, BytesOf(rows));
        lock (_headsLock)
        {
            foreach (var run in _plan.Runs)
            {
                _heads[run.Shard] = _heads[run.Shard] with { Position = _positions[run.Shard] };
            }
        }

        return fenced.Count == 0 ? AppendResult.Success : new AppendResult(false, fenced, FenceError(fenced[0].Shard));
    }

    public ShardHead TakeOver(int shard, string owner)
    {
        var head = _heads[shard] with { Epoch = _heads[shard].Epoch + 1, Owner = owner };
        Write($"take over shard {shard}", () =>
        {
            _takeOver.Bind(1, head.Epoch);
            _takeOver.Bind(2, owner);
            _takeOver.Bind(3, shard);
            _takeOver.Run();
        });
        lock (_headsLock)
        {
            _heads[shard] = head;
        }

        return head;
    }

    public void RaiseFeatureLevel(int level)
    {
        using var raise = new SqliteStatement(_connection, "UPDATE meta SET feature_level = ?1 WHERE feature_level < ?1");
        Write($"raise the feature level to {level}", () =>
        {
            raise.Bind(1, level);
            raise.Run();
        });
    }

    public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts)
    {
        SnapshotParts.CheckNew(snapshot, newParts);
        var shard = snapshot.Shard;
        if (_heads[shard].Epoch != snapshot.Epoch)
        {
            throw SnapshotParts.Fenced(snapshot, _heads[shard].Epoch);
        }

        Write($"store the snapshot of shard {shard} at {snapshot.Position}", () =>
        {
            foreach (var part in newParts)
            {
                _insertPart.Bind(1, shard);
                _insertPart.Bind(2, part.Hash.Span);
                _insertPart.Bind(3, part.Content.Span);
                _insertPart.Run();
            }

            _insertSnapshot.Bind(1, shard);
            _insertSnapshot.Bind(2, snapshot.Position);
            _insertSnapshot.Bind(3, snapshot.Epoch);
            _insertSnapshot.Bind(4, snapshot.Leaf.Span);
            _insertSnapshot.Bind(5, snapshot.SchemaVersion);
            _insertSnapshot.Bind(6, SnapshotParts.Join(snapshot.Parts));
            _insertSnapshot.Bind(7, snapshot.Payload.Span);
            _insertSnapshot.Run();
            _dropSnapshots.Bind(1, shard);
            _dropSnapshots.Bind(2, SnapshotParts.Kept);
            _dropSnapshots.Run();
            DropUnnamedParts(snapshot);
        });
        _checkpointer.Committed(_connection, snapshot.Payload.Length + newParts.Sum(part => (long)part.Content.Length));
    }

    /// <summary>Stores a checkpoint; false if there is one with its number.</summary>
    public bool WriteCheckpoint(CheckpointRecord record)
    {
        var isFirst = true;
        Write($"store checkpoint {record.Number}", () =>
        {
            _checkpointExists.Bind(1, record.Number);
            isFirst = !_checkpointExists.Next();
            _checkpointExists.Reset();
            if (!isFirst)
            {
                return;
            }

            _insertCheckpoint.Bind(1, record.Number);
            _insertCheckpoint.Bind(2, record.Text.Span);
            _insertCheckpoint.Run();
            foreach (var stored in record.Frontiers)
            {
                _setFrontier.Bind(1, stored.Shard);
                _setFrontier.Bind(2, stored.Size);
                _setFrontier.Bind(3, stored.Roots.Span);
                _setFrontier.Run();
            }

            foreach (var stored in record.Subtrees)
            {
                _setSubtree.Bind(1, stored.Shard);
                _setSubtree.Bind(2, stored.Height);
                _setSubtree.Bind(3, stored.Index);
                _setSubtree.Bind(4, stored.Root.Span);
                _setSubtree.Run();
            }
        });
        _checkpointer.Committed(_connection, record.Text.Length);
        return isFirst;
    }

    public void LimitPages(long pages) => SqliteSchema.Execute(_connection, $"PRAGMA max_page_count = {(pages == 0 ? uint.MaxValue - 1 : pages)}");

    /// <summary>The durable heads, in shard order. Any thread.</summary>
    public ShardHead[] Heads()
    {
        lock (_headsLock)
        {
            return [.. _heads];
        }
    }

    public void Dispose()
    {
        SqliteStatement[] statements =
        [
            _begin, _commit, _rollback, _insert, _insertBlock, _insertBlockShard, _takeOver, _insertSnapshot, _insertPart, _dropSnapshots, _keptParts, _storedParts, _dropPart,
            _checkpointExists, _insertCheckpoint, _setFrontier, _setSubtree,
        ];
        foreach (var statement in statements)
        {
            statement.Dispose();
        }

        _checkpointer.Dispose();
        _connection.Dispose();
    }

    private List<ShardAppend> JudgeFence()
    {
        var fenced = new List<ShardAppend>();
        foreach (var run in _plan.Runs)
        {
            var head = _heads[run.Shard];
            var refused = head.Epoch != run.Epoch || head.Position != run.First - 1;
            _fenced[run.Shard] = refused;
            if (refused)
            {
                fenced.Add(new ShardAppend(run.Shard, AppendStatus.Fenced));
            }
        }

        return fenced;
    }

    private void Insert(in JournalRow row, long seq)
    {
        if ((seq & ((1 << SqliteSchema.BlockBits) - 1)) == 0)
        {
            InsertBlock(seq >> SqliteSchema.BlockBits);
        }

        _insert.Bind(1, seq);
        _insert.Bind(2, row.Shard);
        _insert.Bind(3, row.Position);
        _insert.Bind(4, row.Epoch);
        _insert.Bind(5, row.RecordedTime);
        _insert.Bind(6, row.Payload.Span);
        _insert.Bind(7, row.Leaf.Span);
        _insert.Run();
        _positions[row.Shard] = row.Position;
        _newest[seq & (SqliteSchema.BlockRows - 1)] = row.Shard;
    }

    private static long BytesOf(IReadOnlyList<JournalRow> rows)
    {
        var bytes = 0L;
        for (var i = 0; i < rows.Count; i++)
        {
            bytes += BytesOfColumns + rows[i].Payload.Length;
        }

        return bytes;
    }

    private void InsertBlock(long block)
    {
        if (!_beganBlock)
        {
            _beganBlock = true;
            _newest.CopyTo(_newestBefore, 0);
        }

        for (var shard = 0; shard < _positions.Length; shard++)
        {
            BinaryPrimitives.WriteInt64BigEndian(_blockHeads.AsSpan(8 * shard), _positions[shard]);
        }

        _insertBlock.Bind(1, block);
        _insertBlock.Bind(2, _blockHeads);
        _insertBlock.Run();
        if (block > 0)
        {
            InsertBlockShards(block - 1);
        }
    }

    /// <summary>Which rows of the block that is now whole are whose: sorted by counting.</summary>
    private void InsertBlockShards(long block)
    {
        Array.Clear(_ends);
        foreach (var shard in _newest)
        {
            _ends[shard + 1]++;
        }

        for (var shard = 1; shard < _ends.Length; shard++)
        {
            _ends[shard] += _ends[shard - 1];
        }

        // Until now entry n is where shard n begins; each row moves it on, to where the shard ends.
        for (var row = 0; row < _newest.Length; row++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_offsets.AsSpan(2 * _ends[_newest[row]]++), (ushort)row);
        }

        var begin = 0;
        for (var shard = 0; shard < _ends.Length - 1; shard++)
        {
            var end = _ends[shard];
            if (end > begin)
            {
                _insertBlockShard.Bind(1, block);
                _insertBlockShard.Bind(2, shard);
                _insertBlockShard.Bind(3, _offsets.AsSpan(2 * begin, 2 * (end - begin)));
                _insertBlockShard.Run();
                begin = end;
            }
        }
    }

    private void DropUnnamedParts(SnapshotRecord snapshot)
    {
        var missing = new HashSet<string>(snapshot.Parts.Select(hash => Convert.ToHexString(hash.Span)), StringComparer.Ordinal);
        var named = new HashSet<string>(StringComparer.Ordinal);
        _keptParts.Bind(1, snapshot.Shard);
        while (_keptParts.Next())
        {
            foreach (var hash in SnapshotParts.Split(_keptParts.Blob(0).ToArray()))
            {
                named.Add(Convert.ToHexString(hash.Span));
            }
        }

        var unnamed = new List<long>();
        _storedParts.Bind(1, snapshot.Shard);
        while (_storedParts.Next())
        {
            var hash = Convert.ToHexString(_storedParts.Blob(1));
            missing.Remove(hash);
            if (!named.Contains(hash))
            {
                unnamed.Add(_storedParts.Integer(0));
            }
        }

        if (missing.Count > 0)
        {
            throw SnapshotParts.Missing(snapshot.Shard, Convert.FromHexString(missing.First()));
        }

        foreach (var id in unnamed)
        {
            _dropPart.Bind(1, id);
            _dropPart.Run();
        }
    }

    /// <summary>A transaction off the hot path.</summary>
    /// <exception cref="JournalException">It was not committed, or nobody can tell.</exception>
    private void Write(string what, Action body)
    {
        if (_fatal is not null)
        {
            throw Stopped();
        }

        try
        {
            _begin.Run();
            body();
            _commit.Run();
        }
        catch (SqliteException error)
        {
            var remedy = Undo(error) switch
            {
                AppendStatus.Full => "Make room on its disk.",
                AppendStatus.Failed => "Try again.",
                _ => "Whether it was done is unknown; the process must end and open the journal anew.",
            };
            throw new JournalException($"The journal {_connection.DataSource} could not {what}: {error.Message}. {remedy}", error);
        }
        catch (JournalException)
        {
            _rollback.Run();
            throw;
        }
    }

    /// <summary>Rolls back what an error left, and says what became of the transaction.</summary>
    private AppendStatus Undo(SqliteException error)
    {
        foreach (var run in _plan.Runs)
        {
            _positions[run.Shard] = _heads[run.Shard].Position;
        }

        // SQLite itself rolls back after some errors.
        var rolledBack = raw.sqlite3_get_autocommit(_connection.Handle) != 0 || TryRollBack();
        var status = error.SqliteErrorCode switch
        {
            // A write without room fails before the frame that commits is whole. ENOSPC from fsync or from the WAL's index comes as IOERR, after that frame may
            // have been written: those fall to the last arm.
            raw.SQLITE_FULL when rolledBack => AppendStatus.Full,
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG when rolledBack => AppendStatus.Failed,
            _ => AppendStatus.Unknown,
        };
        if (status == AppendStatus.Unknown)
        {
            _fatal = error;
            OnFatal?.Invoke(error);
        }

        return status;
    }

    private bool TryRollBack()
    {
        try
        {
            _rollback.Run();
            return true;
        }
        catch (SqliteException)
        {
            // The error that made us roll back is the one to report; that this failed too is told by the return value and ends the process.
            return false;
        }
    }

    private AppendResult Refused(AppendStatus status, SqliteException error, List<ShardAppend> fenced)
    {
        var exceptions = fenced;
        foreach (var run in _plan.Runs)
        {
            if (!_fenced[run.Shard])
            {
                exceptions.Add(new ShardAppend(run.Shard, status));
            }
        }

        return new AppendResult(false, exceptions, error);
    }

    private JournalException FenceError(int shard) =>
        new($"Shard {shard} stands at epoch {_heads[shard].Epoch}, position {_heads[shard].Position}, owner \"{_heads[shard].Owner}\"; the append was made for another.");

    private JournalException Stopped() =>
        new($"The journal {_connection.DataSource} takes no more writes after an I/O error; the process must end and open it anew. The error was: {_fatal!.Message}", _fatal);
}
