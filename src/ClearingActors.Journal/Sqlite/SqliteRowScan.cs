using ClearingActors.Journal.Proofs;
using Microsoft.Data.Sqlite;

namespace ClearingActors.Journal;

/// <summary>Reads a journal file row by row as it was written, and holds what its blocks say of themselves against their rows.</summary>
internal sealed class SqliteRowScan(string path, SqliteReader reader, JournalCut after) : IRowScan
{
    private readonly int[] _shards = new int[SqliteSchema.BlockRows];

    /// <summary>Rows are numbered in the order in which they were appended, so a cut through all shards at one moment is a number.</summary>
    private long _next = after.Positions.Sum();

    /// <summary>True when all rows of the block so far were seen by this scan.</summary>
    private bool _whole;

    /// <inheritdoc/>
    public void ReadTo(JournalCut upTo, StoredRowVisitor visitor)
    {
        var end = upTo.Positions.Sum();
        try
        {
            while (_next < end)
            {
                var block = _next >> SqliteSchema.BlockBits;
                var first = block << SqliteSchema.BlockBits;
                var stop = Math.Min(end, first + SqliteSchema.BlockRows);
                if (_next == first)
                {
                    Array.Fill(_shards, -1);
                    _whole = true;
                }

                if (!reader.Scan(_next, stop, visitor, _shards))
                {
                    return;
                }

                _next = stop;
                if (_whole && stop == first + SqliteSchema.BlockRows)
                {
                    CheckBlock(block);
                }
            }
        }
        catch (SqliteException error)
        {
            throw new JournalException($"The journal {path} cannot be read: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => reader.Dispose();

    /// <summary>Where rows are missing there is nothing to hold the block against; that they are is the visitor's to find.</summary>
    private void CheckBlock(long block)
    {
        if (block >= reader.NewestBlock() || _shards.AsSpan().Contains(-1))
        {
            return;
        }

        var starts = reader.BlockStarts(block + 1);
        foreach (var shard in _shards)
        {
            starts[shard]--;
        }

        reader.CheckBlock(block, starts, _shards);
    }
}
