using ClearingActors.Journal.Proofs;

namespace ClearingActors.Journal;

/// <summary>
/// One node's connection to a <see cref="ModelJournal"/>. An append can be split in two, so that it is under way while another node takes the shard over.
/// </summary>
/// <remarks>Closing the connection does not call back what is under way: <see cref="Complete"/> still works, as a server finishes what a dead client sent.</remarks>
public sealed class ModelJournalStore : ICheckpointStore
{
    private readonly ModelJournal _journal;
    private readonly Func<AppendAttempt, ModelFault> _faults;
    private readonly AppendPlan _plan;
    private bool _disposed;

    internal ModelJournalStore(ModelJournal journal, Func<AppendAttempt, ModelFault> faults)
    {
        _journal = journal;
        _faults = faults;
        _plan = new AppendPlan(journal.Identity.ShardCount);
    }

    /// <inheritdoc/>
    public JournalIdentity Identity => _journal.Identity;

    /// <inheritdoc/>
    public AppendResult Append(IReadOnlyList<JournalRow> rows) => Complete(BeginAppend(rows));

    /// <summary>Sends an append: the rows are copied, nothing is judged and nothing durable yet.</summary>
    /// <exception cref="ArgumentException">The rows are not an append: see <see cref="IJournalStore.Append"/>.</exception>
    public AppendAttempt BeginAppend(IReadOnlyList<JournalRow> rows)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _plan.Read(rows);
        var copies = new JournalRow[rows.Count];
        for (var i = 0; i < copies.Length; i++)
        {
            copies[i] = rows[i] with { Payload = rows[i].Payload.ToArray(), Leaf = rows[i].Leaf.ToArray() };
        }

        return new AppendAttempt(this, _journal.NextAttempt(), copies);
    }

    /// <summary>Lets the store judge the fence, write the rows and answer. An append that is never completed never happened.</summary>
    /// <exception cref="InvalidOperationException">It was completed before, or left by another connection.</exception>
    public AppendResult Complete(AppendAttempt attempt)
    {
        if (attempt.Completed || attempt.Store != this)
        {
            throw new InvalidOperationException($"Append {attempt.Number} was {(attempt.Completed ? "completed before" : "sent over another connection")}.");
        }

        attempt.Completed = true;
        _plan.Read(attempt.Rows);
        var fault = _faults(attempt);
        if (fault is ModelFault.Refusal refusal)
        {
            return _plan.All(refusal.Status, new JournalException($"Append {attempt.Number}: injected {refusal.Status}."));
        }

        var applied = fault switch
        {
            ModelFault.AnswerLost lost => lost.Applied,
            ModelFault.OnlySome some => some.Applied.Contains,
            _ => (Func<int, bool>)(_ => true),
        };
        var exceptions = new List<ShardAppend>();
        var written = new HashSet<int>();
        foreach (var run in _plan.Runs)
        {
            var reaches = applied(run.Shard);
            var fenced = _journal.Fences(run);
            if (reaches && !fenced)
            {
                written.Add(run.Shard);
            }

            if (fault is ModelFault.AnswerLost || !reaches)
            {
                exceptions.Add(new ShardAppend(run.Shard, AppendStatus.Unknown));
            }
            else if (fenced)
            {
                exceptions.Add(new ShardAppend(run.Shard, AppendStatus.Fenced));
            }
        }

        foreach (var row in attempt.Rows)
        {
            if (written.Contains(row.Shard))
            {
                _journal.Add(row);
            }
        }

        return exceptions.Count == 0
            ? AppendResult.Success
            : new AppendResult(false, exceptions, new JournalException($"Append {attempt.Number}: shard {exceptions[0].Shard} is {exceptions[0].Status}."));
    }

    /// <inheritdoc/>
    public ShardHead TakeOver(int shard, string owner)
    {
        Check(shard);
        return _journal.TakeOver(shard, owner);
    }

    /// <inheritdoc/>
    public void RaiseFeatureLevel(int level)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _journal.RaiseFeatureLevel(level);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ShardHead> ReadHeads()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return [.. Enumerable.Range(0, Identity.ShardCount).Select(_journal.Head)];
    }

    /// <inheritdoc/>
    public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition)
    {
        Check(shard);
        ArgumentOutOfRangeException.ThrowIfNegative(afterPosition);
        return Rows(shard, afterPosition, upToPosition);
    }

    /// <inheritdoc/>
    public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts)
    {
        Check(snapshot.Shard);
        SnapshotParts.CheckNew(snapshot, newParts);
        _journal.WriteSnapshot(snapshot, newParts);
    }

    /// <inheritdoc/>
    public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard)
    {
        Check(shard);
        return _journal.Snapshots(shard);
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash)
    {
        Check(shard);
        return _journal.Part(shard, hash.Span);
    }

    /// <inheritdoc/>
    public IRowScan Scan(JournalCut after) => new RowScan(_journal, after);

    /// <inheritdoc/>
    public bool LeaseCheckpoints() => true;

    /// <inheritdoc/>
    public bool WriteCheckpoint(CheckpointRecord record) => _journal.WriteCheckpoint(record);

    /// <inheritdoc/>
    public IEnumerable<(long Number, ReadOnlyMemory<byte> Text)> ReadCheckpoints(long from)
    {
        for (var number = Math.Max(1, from); number <= _journal.Checkpoints.Count; number++)
        {
            yield return (number, _journal.Checkpoints[(int)number - 1]);
        }
    }

    /// <inheritdoc/>
    public long LastCheckpoint() => _journal.Checkpoints.Count;

    /// <inheritdoc/>
    public IReadOnlyList<StoredFrontier> ReadFrontiers() => _journal.Frontiers;

    /// <inheritdoc/>
    public byte[]? ReadSubtree(int shard, int height, long index)
    {
        Check(shard);
        return _journal.Subtree(shard, height, index);
    }

    /// <summary>Closes the connection; what is durable stays.</summary>
    public void Dispose() => _disposed = true;

    private IEnumerable<JournalRow> Rows(int shard, long after, long upTo)
    {
        for (var position = after + 1; position <= upTo; position++)
        {
            yield return _journal.Row(shard, position)
                ?? throw new JournalException($"The log of shard {shard} has no row at position {position}; rows up to {upTo} were asked for.");
        }
    }

    private void Check(int shard)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if ((uint)shard >= (uint)Identity.ShardCount)
        {
            throw new ArgumentOutOfRangeException(nameof(shard), shard, $"The journal has the shards 0 to {Identity.ShardCount - 1}.");
        }
    }

    private sealed class RowScan(ModelJournal journal, JournalCut after) : IRowScan
    {
        private JournalCut _after = after;

        public void ReadTo(JournalCut upTo, StoredRowVisitor visitor)
        {
            for (var shard = 0; shard < upTo.Positions.Count; shard++)
            {
                for (var position = _after.Positions[shard] + 1; position <= upTo.Positions[shard] && journal.Row(shard, position) is { } row; position++)
                {
                    if (!visitor(new StoredRow(row.Shard, row.Position, row.Epoch, row.RecordedTime, row.Payload.Span, row.Leaf.Span)))
                    {
                        return;
                    }
                }
            }

            _after = upTo;
        }

        public void Dispose()
        {
        }
    }
}
