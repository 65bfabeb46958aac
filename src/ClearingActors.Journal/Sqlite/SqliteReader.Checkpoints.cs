using System.Buffers.Binary;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Journal;

/// <summary>What checkpoints and audits read.</summary>
internal sealed partial class SqliteReader
{
    /// <summary>Checkpoints that one read fetches: with 4,096 shards, some megabytes.</summary>
    private const int ChunkCheckpoints = 16;

    /// <summary>
    /// Shows the rows with numbers from <paramref name="first"/> up to, not including, <paramref name="end"/>, in one read of at most a block.
    /// </summary>
    /// <param name="first">The first row.</param>
    /// <param name="end">Behind the last, in the same block.</param>
    /// <param name="visitor">Is shown each row.</param>
    /// <param name="shards">Gets the shard of each row of the block, by its place in it.</param>
    /// <param name="positions">By shard the last position; moved on.</param>
    /// <param name="broken">Set where a row does not follow its shard's last.</param>
    /// <returns>False if the visitor wants no more.</returns>
    public bool Scan(long first, long end, StoredRowVisitor visitor, int[] shards, long[] positions, ref bool broken)
    {
        _scan.Bind(1, first);
        _scan.Bind(2, end);
        try
        {
            while (_scan.Next())
            {
                var shard = _scan.Integer(0);
                var position = _scan.Integer(1);
                if (shard >= 0 && shard < _shardCount && position == positions[shard] + 1)
                {
                    shards[(int)(_scan.Integer(6) & (SqliteSchema.BlockRows - 1))] = (int)shard;
                    positions[shard] = position;
                }
                else
                {
                    broken = true;
                }

                if (!visitor(new StoredRow(shard, position, _scan.Integer(2), _scan.Integer(3), _scan.Blob(4), _scan.Blob(5))))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            _scan.Reset();
        }
    }

    /// <summary>Compares what a block says of where the shards stand before it. Nothing is proved by it, but whoever reads a shard goes by it.</summary>
    /// <exception cref="JournalException">It says otherwise.</exception>
    public void CheckBlockStart(long block, long[] positions)
    {
        var stated = new long[_shardCount];
        ReadBlockStart(block, stated);
        for (var shard = 0; shard < stated.Length; shard++)
        {
            if (stated[shard] != positions[shard])
            {
                throw new JournalException($"Block {block} says that shard {shard} stood at {stated[shard]} before it; the rows say {positions[shard]}. Restore the journal from a backup.");
            }
        }
    }

    /// <summary>Compares the lists of a block that another follows with its rows.</summary>
    /// <param name="block">The block.</param>
    /// <param name="shards">The shard of each of its rows.</param>
    /// <exception cref="JournalException">They say otherwise.</exception>
    public void CheckBlockRows(long block, int[] shards)
    {
        var rows = new List<byte>[_shardCount];
        for (var place = 0; place < shards.Length; place++)
        {
            var list = rows[shards[place]] ??= [];
            list.Add((byte)(place >> 8));
            list.Add((byte)(place & 0xff));
        }

        for (var shard = 0; shard < _shardCount; shard++)
        {
            if (!BlockRows(block, shard).AsSpan().SequenceEqual(rows[shard] is { } list ? System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list) : []))
            {
                throw new JournalException($"The list of shard {shard}'s rows in block {block} is not that of its rows. Restore the journal from a backup.");
            }
        }
    }

    /// <summary>The next stored checkpoints from a number on.</summary>
    public List<(long Number, ReadOnlyMemory<byte> Text)> ReadCheckpoints(long from)
    {
        var chunk = new List<(long, ReadOnlyMemory<byte>)>();
        if (_checkpoints is not null)
        {
            _checkpoints.Bind(1, from);
            _checkpoints.Bind(2, ChunkCheckpoints);
            while (_checkpoints.Next())
            {
                chunk.Add((_checkpoints.Integer(0), _checkpoints.Blob(1).ToArray()));
            }
        }

        return chunk;
    }

    /// <summary>The newest checkpoint's number; 0 if there is none.</summary>
    public long LastCheckpoint()
    {
        if (_lastCheckpoint is null)
        {
            return 0;
        }

        var last = _lastCheckpoint.Next() && !_lastCheckpoint.IsNull(0) ? _lastCheckpoint.Integer(0) : 0;
        _lastCheckpoint.Reset();
        return last;
    }

    /// <summary>The stored frontiers.</summary>
    public List<StoredFrontier> ReadFrontiers()
    {
        var frontiers = new List<StoredFrontier>();
        while (_frontiers?.Next() ?? false)
        {
            frontiers.Add(new StoredFrontier(checked((int)_frontiers.Integer(0)), _frontiers.Integer(1), _frontiers.Blob(2).ToArray()));
        }

        return frontiers;
    }

    /// <summary>The root of a complete subtree, or null.</summary>
    public byte[]? ReadSubtree(int shard, int height, long index)
    {
        if (_subtree is null)
        {
            return null;
        }

        _subtree.Bind(1, shard);
        _subtree.Bind(2, height);
        _subtree.Bind(3, index);
        var root = _subtree.Next() ? _subtree.Blob(0).ToArray() : null;
        _subtree.Reset();
        return root;
    }

    /// <summary>The newest block.</summary>
    public long NewestBlock() => LastBlock();
}
