using System.Buffers.Binary;
using Microsoft.Data.Sqlite;

namespace ClearingActors.Journal;

/// <summary>The reads of a journal file over one connection. One thread at a time.</summary>
internal sealed partial class SqliteReader : IDisposable
{
    /// <summary>A chunk ends after this many rows ...</summary>
    public const int ChunkRows = 1024;

    /// <summary>... or after this many bytes of payload, whichever comes first: a few milliseconds of reading.</summary>
    public const int ChunkBytes = 4 << 20;

    private readonly SqliteConnection _connection;
    private readonly int _shardCount;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _lastBlock;
    private readonly SqliteStatement _blockHeads;
    private readonly SqliteStatement _blockHead;
    private readonly SqliteStatement _newest;
    private readonly SqliteStatement _owners;
    private readonly SqliteStatement _blockRows;
    private readonly SqliteStatement _row;
    private readonly SqliteStatement _newestRows;
    private readonly SqliteStatement _snapshots;
    private readonly SqliteStatement _part;
    private readonly SqliteStatement _scan;
    private readonly SqliteStatement? _checkpoints;
    private readonly SqliteStatement? _lastCheckpoint;
    private readonly SqliteStatement? _frontiers;
    private readonly SqliteStatement? _subtree;

    /// <summary>Takes over the connection.</summary>
    public SqliteReader(SqliteConnection connection, int shardCount)
    {
        _connection = connection;
        _shardCount = shardCount;
        _begin = new(connection, "BEGIN");
        _commit = new(connection, "COMMIT");
        _lastBlock = new(connection, "SELECT max(block) FROM block");
        _blockHeads = new(connection, "SELECT heads FROM block WHERE block = ?");
        _blockHead = new(connection, "SELECT substr(heads, ?, 8) FROM block WHERE block = ?");
        _newest = new(connection, "SELECT shard, position FROM journal WHERE seq >= ? ORDER BY seq");
        _owners = new(connection, "SELECT shard, epoch, owner FROM shard_head ORDER BY shard");
        _blockRows = new(connection, "SELECT rows FROM block_shard WHERE block = ? AND shard = ?");
        _row = new(connection, "SELECT position, epoch, recorded_time, payload, leaf, shard FROM journal WHERE seq = ?");
        _newestRows = new(connection, "SELECT position, epoch, recorded_time, payload, leaf, shard FROM journal WHERE seq >= ? AND seq < ? AND shard = ? AND position > ? ORDER BY seq");
        _snapshots = new(connection, "SELECT position, epoch, leaf, schema_version, parts, payload FROM snapshot WHERE shard = ? ORDER BY id DESC LIMIT 2");
        _part = new(connection, "SELECT content FROM snapshot_part WHERE shard = ? AND hash = ?");
        _scan = new(connection, "SELECT shard, position, epoch, recorded_time, payload, leaf, seq FROM journal WHERE seq >= ? AND seq < ? ORDER BY seq");
        if (SqliteSchema.HasCheckpointTables(connection))
        {
            _checkpoints = new(connection, "SELECT number, text FROM checkpoint WHERE number >= ? ORDER BY number LIMIT ?");
            _lastCheckpoint = new(connection, "SELECT max(number) FROM checkpoint");
            _frontiers = new(connection, "SELECT shard, size, roots FROM merkle_frontier ORDER BY shard");
            _subtree = new(connection, "SELECT root FROM merkle_subtree WHERE shard = ? AND height = ? AND number = ?");
        }
    }

    /// <summary>The heads of all shards, and the shards of the newest block's rows in their order, seen at one moment. The rows before the newest block number a multiple of a block.</summary>
    public (ShardHead[] Heads, long Block, List<int> Newest) ReadHeads()
    {
        _begin.Run();
        try
        {
            var positions = new long[_shardCount];
            List<int> newest = [];
            var block = LastBlock();
            if (block >= 0)
            {
                ReadBlockStart(block, positions);
                _newest.Bind(1, block << SqliteSchema.BlockBits);
                while (_newest.Next())
                {
                    var shard = Shard(_newest.Integer(0));
                    positions[shard] = _newest.Integer(1);
                    newest.Add(shard);
                }
            }

            var heads = new ShardHead[_shardCount];
            var found = 0;
            while (_owners.Next())
            {
                var shard = Shard(_owners.Integer(0));
                heads[shard] = new ShardHead(shard, _owners.Integer(1), positions[shard], _owners.Text(2));
                found++;
            }

            return found == _shardCount
                ? (heads, Math.Max(block, 0), newest)
                : throw new JournalException($"The table shard_head has {found} rows for {_shardCount} shards. Restore the journal from a backup.");
        }
        finally
        {
            _commit.Run();
        }
    }

    /// <summary>The next rows of a shard, at least one, in one read transaction per block.</summary>
    /// <exception cref="JournalException">The log has a gap, a row is cut short, or the log ends before <paramref name="upTo"/>.</exception>
    public List<JournalRow> ReadChunk(int shard, long after, long upTo)
    {
        var chunk = new List<JournalRow>();
        var bytes = 0;
        var last = LastBlock();
        var block = 0L;
        while (after < upTo && chunk.Count < ChunkRows && bytes < ChunkBytes)
        {
            block = BlockOfNext(shard, after, block, last);
            var before = after;
            if (block >= 0)
            {
                ReadBlock(block, block == last, shard, ref after, upTo, chunk, ref bytes);
            }

            if (after == before)
            {
                throw new JournalException($"The log of shard {shard} has no row at position {after + 1}; rows up to {upTo} were asked for. Restore the journal from a backup.");
            }
        }

        return chunk;
    }

    /// <summary>The stored snapshots of a shard, newest first.</summary>
    public List<SnapshotRecord> ReadSnapshots(int shard)
    {
        var snapshots = new List<SnapshotRecord>();
        _snapshots.Bind(1, shard);
        while (_snapshots.Next())
        {
            snapshots.Add(new SnapshotRecord(
                shard,
                _snapshots.Integer(0),
                _snapshots.Integer(1),
                _snapshots.Blob(2).ToArray(),
                checked((int)_snapshots.Integer(3)),
                _snapshots.Blob(5).ToArray(),
                SnapshotParts.Split(_snapshots.Blob(4).ToArray())));
        }

        return snapshots;
    }

    /// <summary>The content of a part.</summary>
    /// <exception cref="JournalException">There is none, or it has another hash.</exception>
    public byte[] ReadPart(int shard, ReadOnlySpan<byte> hash)
    {
        _part.Bind(1, shard);
        _part.Bind(2, hash);
        if (!_part.Next())
        {
            throw SnapshotParts.Missing(shard, hash);
        }

        var content = _part.Blob(0).ToArray();
        _part.Reset();
        SnapshotParts.Check(shard, hash, content);
        return content;
    }

    public void Dispose()
    {
        SqliteStatement?[] statements = [_begin, _commit, _lastBlock, _blockHeads, _blockHead, _newest, _owners, _blockRows, _row, _newestRows, _snapshots, _part, _scan, _checkpoints, _lastCheckpoint, _frontiers, _subtree];
        foreach (var statement in statements)
        {
            statement?.Dispose();
        }

        _connection.Dispose();
    }

    private void ReadBlock(long block, bool newest, int shard, ref long after, long upTo, List<JournalRow> chunk, ref int bytes)
    {
        var first = block << SqliteSchema.BlockBits;
        if (newest)
        {
            // It may have been completed meanwhile: then these are all its rows.
            _newestRows.Bind(1, first);
            _newestRows.Bind(2, first + SqliteSchema.BlockRows);
            _newestRows.Bind(3, shard);
            _newestRows.Bind(4, after);
            try
            {
                while (after < upTo && HasRoom(chunk, bytes) && _newestRows.Next())
                {
                    chunk.Add(Take(_newestRows, shard, ref after, ref bytes));
                }
            }
            finally
            {
                _newestRows.Reset();
            }

            return;
        }

        var offsets = BlockRows(block, shard);
        for (var i = after - BlockStart(block, shard); i < offsets.Length / 2 && after < upTo && HasRoom(chunk, bytes); i++)
        {
            var seq = first + BinaryPrimitives.ReadUInt16BigEndian(offsets.AsSpan(checked((int)i * 2)));
            _row.Bind(1, seq);
            try
            {
                if (!_row.Next() || _row.Integer(5) != shard)
                {
                    throw new JournalException($"Block {block} names row {seq} as shard {shard}'s at position {after + 1}, but it is not. Restore the journal from a backup.");
                }

                chunk.Add(Take(_row, shard, ref after, ref bytes));
            }
            finally
            {
                _row.Reset();
            }
        }
    }

    private static bool HasRoom(List<JournalRow> chunk, int bytes) => chunk.Count < ChunkRows && bytes < ChunkBytes;

    private static JournalRow Take(SqliteStatement row, int shard, ref long after, ref int bytes)
    {
        var position = row.Integer(0);
        if (position != after + 1)
        {
            throw new JournalException($"The log of shard {shard} has a gap: position {position} follows {after}. Restore the journal from a backup.");
        }

        var payload = row.Blob(3);
        var leaf = row.Blob(4);
        if (!row.IsBlob(3) || leaf.Length != RowLeaf.Size)
        {
            throw new JournalException($"The row of shard {shard} at position {position} is cut short: its leaf has {leaf.Length} bytes of {RowLeaf.Size}. Restore the journal from a backup.");
        }

        // One array for both: a load reads millions of rows.
        var stored = new byte[payload.Length + RowLeaf.Size];
        payload.CopyTo(stored);
        leaf.CopyTo(stored.AsSpan(payload.Length));
        after = position;
        bytes += payload.Length;
        return new JournalRow(shard, position, row.Integer(1), row.Integer(2), stored.AsMemory(0, payload.Length), stored.AsMemory(payload.Length));
    }

    /// <summary>The shard's rows of a whole block, as offsets from its first row: two bytes each, big-endian. Empty if it has none.</summary>
    private byte[] BlockRows(long block, int shard)
    {
        _blockRows.Bind(1, block);
        _blockRows.Bind(2, shard);
        byte[] offsets = _blockRows.Next() ? _blockRows.Blob(0).ToArray() : [];
        _blockRows.Reset();
        return offsets;
    }

    /// <summary>
    /// The block that holds the shard's row after <paramref name="after"/>, if there is one: the last that begins with the shard at or before that position.
    /// -1 when there are no blocks.
    /// </summary>
    private long BlockOfNext(int shard, long after, long from, long last)
    {
        var (low, high) = (from, last);
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if (BlockStart(middle, shard) <= after)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high < 0 ? -1 : low;
    }

    private long LastBlock()
    {
        var last = _lastBlock.Next() && !_lastBlock.IsNull(0) ? _lastBlock.Integer(0) : -1;
        _lastBlock.Reset();
        return last;
    }

    private long BlockStart(long block, int shard)
    {
        _blockHead.Bind(1, (shard * 8) + 1);
        _blockHead.Bind(2, block);
        var found = _blockHead.Next() && _blockHead.Blob(0).Length == 8;
        var position = found ? BinaryPrimitives.ReadInt64BigEndian(_blockHead.Blob(0)) : throw BlockCutShort(block);
        _blockHead.Reset();
        return position;
    }

    private void ReadBlockStart(long block, long[] positions)
    {
        _blockHeads.Bind(1, block);
        if (!_blockHeads.Next() || _blockHeads.Blob(0).Length != 8 * positions.Length)
        {
            throw BlockCutShort(block);
        }

        var heads = _blockHeads.Blob(0);
        for (var shard = 0; shard < positions.Length; shard++)
        {
            positions[shard] = BinaryPrimitives.ReadInt64BigEndian(heads[(8 * shard)..]);
        }

        _blockHeads.Reset();
    }

    private int Shard(long shard) => shard >= 0 && shard < _shardCount
        ? (int)shard
        : throw new JournalException($"The journal has a row of shard {shard}, but its shards are 0 to {_shardCount - 1}. Restore it from a backup.");

    private JournalException BlockCutShort(long block) =>
        new($"Block {block} of the journal is missing or cut short: it must hold the positions of {_shardCount} shards. Restore the journal from a backup.");
}
