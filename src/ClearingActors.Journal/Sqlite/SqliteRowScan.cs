using ClearingActors.Journal.Proofs;
using Microsoft.Data.Sqlite;

namespace ClearingActors.Journal;

/// <summary>Reads a journal file row by row as it was written, and holds what its blocks say of themselves against their rows.</summary>
internal sealed class SqliteRowScan(string path, SqliteReader reader, JournalCut after) : IRowScan
{
    private readonly int[] _shards = new int[SqliteSchema.BlockRows];
    private readonly long[] _positions = [.. after.Positions];

    /// <summary>Rows are numbered in the order in which they were appended, so a cut through all shards at one moment is a number.</summary>
    private long _next = after.Positions.Sum();

    /// <summary>True when all rows of the block so far were seen by this scan.</summary>
    private bool _whole;

    /// <summary>A row was missing or out of its order: there is nothing to hold blocks against any more, and that it is so is the visitor's to find.</summary>
    private bool _broken;

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
                    if (!_broken)
                    {
                        reader.CheckBlockStart(block, _positions);
                    }
                }

                if (!reader.Scan(_next, stop, visitor, _shards, _positions, ref _broken))
                {
                    return;
                }

                _next = stop;
                _broken |= _whole && stop == first + SqliteSchema.BlockRows && _shards.AsSpan().Contains(-1);
                if (_whole && !_broken && stop == first + SqliteSchema.BlockRows && block < reader.NewestBlock())
                {
                    reader.CheckBlockRows(block, _shards);
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
}
