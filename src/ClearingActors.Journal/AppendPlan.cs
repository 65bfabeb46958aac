namespace ClearingActors.Journal;

/// <summary>What one append asks of each shard it touches. Reused from append to append, so that the hot path allocates nothing.</summary>
/// <remarks>Not safe for several threads; a store has one writer.</remarks>
internal sealed class AppendPlan
{
    private readonly int[] _runOfShard;
    private readonly List<ShardRun> _runs = [];

    /// <summary>A plan for a journal of <paramref name="shardCount"/> shards.</summary>
    public AppendPlan(int shardCount)
    {
        _runOfShard = new int[shardCount];
        Array.Fill(_runOfShard, -1);
    }

    /// <summary>One run per shard that occurs, in the order of first occurrence.</summary>
    public IReadOnlyList<ShardRun> Runs => _runs;

    /// <summary>Reads the rows of an append.</summary>
    /// <exception cref="ArgumentException">
    /// A shard is out of range, a shard's positions have a gap or do not ascend, a shard's rows bear two epochs, or a leaf is not 32 bytes long: mistakes of the
    /// caller, which no retry mends.
    /// </exception>
    public void Read(IReadOnlyList<JournalRow> rows)
    {
        Clear();
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if ((uint)row.Shard >= (uint)_runOfShard.Length)
            {
                throw new ArgumentException($"Row {i} is of shard {row.Shard}; the journal has the shards 0 to {_runOfShard.Length - 1}.", nameof(rows));
            }

            if (row.Leaf.Length != RowLeaf.Size)
            {
                throw new ArgumentException($"Row {i} (shard {row.Shard}, position {row.Position}) has a leaf of {row.Leaf.Length} bytes; it must have {RowLeaf.Size}.", nameof(rows));
            }

            var index = _runOfShard[row.Shard];
            if (index < 0)
            {
                if (row.Position < 1 || row.Epoch < 1)
                {
                    throw new ArgumentException($"Row {i} (shard {row.Shard}) has position {row.Position} and epoch {row.Epoch}; both start at 1.", nameof(rows));
                }

                _runOfShard[row.Shard] = _runs.Count;
                _runs.Add(new ShardRun(row.Shard, row.Epoch, row.Position, row.Position));
                continue;
            }

            var run = _runs[index];
            if (row.Position != run.Last + 1 || row.Epoch != run.Epoch)
            {
                throw new ArgumentException(
                    $"Row {i} of shard {row.Shard} has position {row.Position} and epoch {row.Epoch}; after the row before it, it must have {run.Last + 1} and {run.Epoch}.",
                    nameof(rows));
            }

            _runs[index] = run with { Last = row.Position };
        }
    }

    /// <summary>The same status for every shard of the append.</summary>
    public AppendResult All(AppendStatus status, Exception error)
    {
        var exceptions = new ShardAppend[_runs.Count];
        for (var i = 0; i < exceptions.Length; i++)
        {
            exceptions[i] = new ShardAppend(_runs[i].Shard, status);
        }

        return new AppendResult(false, exceptions, error);
    }

    private void Clear()
    {
        foreach (var run in _runs)
        {
            _runOfShard[run.Shard] = -1;
        }

        _runs.Clear();
    }
}

/// <summary>The rows of one shard in one append: positions <paramref name="First"/> to <paramref name="Last"/> under one epoch.</summary>
internal readonly record struct ShardRun(int Shard, long Epoch, long First, long Last);
