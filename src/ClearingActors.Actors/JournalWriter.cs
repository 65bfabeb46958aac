using System.Collections.Concurrent;
using System.Diagnostics;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>
/// Groups the turns that workers hand over into appends, one in flight at a time, and hands them back with what became of them. One thread at a time calls
/// <see cref="TryBegin"/> and <see cref="Execute"/>.
/// </summary>
/// <remarks>
/// After a failure or an unknown outcome everything queued under that shard's epoch is refused, since it was decided upon a state that may not exist. A full disk
/// is no failure: nothing was written, so the same group waits for room.
/// </remarks>
internal sealed class JournalWriter
{
    private readonly ConcurrentQueue<HandedBatch> _queue = new();
    private readonly ConcurrentQueue<Action<IJournalStore>> _jobs = new();
    private readonly Dictionary<int, long> _voidEpoch = [];
    private readonly IJournalStore _store;
    private readonly RuntimeOptions _options;
    private readonly IRuntimeObserver _observer;
    private HandedBatch? _leftOver;
    private AppendGroup? _full;
    private AppendGroup? _spare;
    private LatencyHistogram _commitLatency = new();
    private LatencyHistogram _commitSample = new();

    internal JournalWriter(IJournalStore store, RuntimeOptions options, IRuntimeObserver observer)
    {
        _store = store;
        _options = options;
        _observer = observer;
    }

    internal Action Wake { get; set; } = static () => { };

    /// <summary>True while the last append found the disk full.</summary>
    internal bool DiskFull => Volatile.Read(ref _full) is not null;

    internal bool Idle => _queue.IsEmpty && _jobs.IsEmpty && _leftOver is null && _full is null;

    /// <summary>How long appends took since this was last asked; measured, never decided upon.</summary>
    internal LatencyHistogram TakeCommitLatency() => Interlocked.Exchange(ref _commitLatency, new LatencyHistogram());

    /// <summary>As <see cref="TakeCommitLatency"/>, for another who asks at times of his own.</summary>
    internal LatencyHistogram TakeCommitSample() => Interlocked.Exchange(ref _commitSample, new LatencyHistogram());

    internal long Appends { get; private set; }

    internal long Rows { get; private set; }

    internal long Bytes { get; private set; }

    internal long Events { get; private set; }

    internal void Submit(HandedBatch batch)
    {
        _queue.Enqueue(batch);
        Wake();
    }

    /// <summary>Stores a snapshot between two appends.</summary>
    internal void Submit(SnapshotRecord record, IReadOnlyList<SnapshotPart> parts, Action<Exception> failed) => Submit(store =>
    {
        try
        {
            store.WriteSnapshot(record, parts);
        }
        catch (JournalException error)
        {
            failed(error);
        }
    });

    /// <summary>Runs something on the writer's thread, where the store may be written.</summary>
    internal void Submit(Action<IJournalStore> job)
    {
        _jobs.Enqueue(job);
        Wake();
    }

    /// <summary>Runs what was submitted beside the turns; true when there was any.</summary>
    internal bool RunJobs()
    {
        var ran = false;
        while (_jobs.TryDequeue(out var job))
        {
            ran = true;
            job(_store);
        }

        return ran;
    }

    /// <summary>The next group to be appended, or null.</summary>
    internal AppendGroup? TryBegin()
    {
        if (_full is { } waiting)
        {
            return waiting;
        }

        AppendGroup? group = null;
        while (group is null || (group.Rows.Count < _options.RowsPerAppend && group.Bytes < _options.BytesPerAppend))
        {
            if (_leftOver is null && !_queue.TryDequeue(out _leftOver))
            {
                break;
            }

            var batch = _leftOver;
            _leftOver = null;
            group ??= TakeSpare();
            group.Batches.Add(batch);
            group.Bytes += batch.Bytes;
            foreach (var turn in batch.Turns)
            {
                if (_voidEpoch.TryGetValue(turn.Shard, out var known) && turn.Epoch <= known)
                {
                    turn.Status = AppendStatus.Failed;
                }
                else
                {
                    group.Rows.Add(turn.Row);
                    group.Turns.Add(turn);
                }
            }
        }

        return group;
    }

    private AppendGroup TakeSpare()
    {
        var group = _spare ?? new AppendGroup();
        _spare = null;
        return group;
    }

    /// <summary>Appends the group and hands its turns back. False when the disk is full: the group stays and is tried again.</summary>
    internal bool Execute(AppendGroup group)
    {
        var result = AppendResult.Success;
        if (group.Rows.Count > 0)
        {
            var started = Stopwatch.GetTimestamp();
            result = _store.Append(group.Rows);
            var took = (long)Stopwatch.GetElapsedTime(started).TotalNanoseconds;
            Volatile.Read(ref _commitLatency).Record(took);
            Volatile.Read(ref _commitSample).Record(took);
        }

        if (!Conclude(group, result))
        {
            return false;
        }

        group.Clear();
        _spare = group;
        return true;
    }

    /// <summary>
    /// The second half of <see cref="Execute"/>, for whoever has sent the group to the store himself: between the two another node may have taken a shard over.
    /// </summary>
    internal bool Conclude(AppendGroup group, AppendResult result)
    {
        if (result.Exceptions.Any(e => e.Status == AppendStatus.Full))
        {
            if (_full is null)
            {
                _observer.DiskFull(true);
            }

            Volatile.Write(ref _full, group);
            return false;
        }

        if (_full is not null)
        {
            Volatile.Write(ref _full, null);
            _observer.DiskFull(false);
        }

        if (result.AllAppended)
        {
            foreach (var turn in group.Turns)
            {
                turn.Status = AppendStatus.Appended;
            }
        }
        else
        {
            Judge(group, result);
        }

        Appends++;
        foreach (var turn in group.Turns)
        {
            if (turn.Status == AppendStatus.Appended)
            {
                Rows++;
                Bytes += turn.Length;
                Events += turn.Events;
            }
        }

        foreach (var batch in group.Batches)
        {
            batch.Worker.Answer(batch);
        }

        return true;
    }

    /// <summary>
    /// The shard is owned again, under a newer epoch. Turns of the older ones may still wait in the queue, since a takeover passes them by; they were decided upon a
    /// state that is void now, and must not stand in one append with those of the new epoch.
    /// </summary>
    internal void Regained(int shard, long epoch) => MakeVoid(shard, epoch - 1);

    private void MakeVoid(int shard, long upToEpoch) => _voidEpoch[shard] = Math.Max(_voidEpoch.GetValueOrDefault(shard), upToEpoch);

    private void Judge(AppendGroup group, AppendResult result)
    {
        _observer.AppendFailed(result.Exceptions[0].Status, group.Rows.Count, result.Error);
        var status = result.Exceptions.ToDictionary(e => e.Shard, e => e.Status);
        foreach (var byShard in group.Turns.GroupBy(t => t.Shard))
        {
            var outcome = status.GetValueOrDefault(byShard.Key, AppendStatus.Appended);
            if (outcome == AppendStatus.Failed && status.Count > 1)
            {
                // The group failed for certain; one shard's rows may be to blame, so each is tried alone.
                var alone = _store.Append([.. byShard.Select(t => t.Row)]);
                outcome = alone.AllAppended ? AppendStatus.Appended : alone.Exceptions[0].Status;
                outcome = outcome == AppendStatus.Full ? AppendStatus.Failed : outcome;
            }

            foreach (var turn in byShard)
            {
                turn.Status = outcome;
            }

            if (outcome != AppendStatus.Appended)
            {
                MakeVoid(byShard.Key, byShard.Max(t => t.Epoch));
            }
        }
    }
}

/// <summary>What is appended at once.</summary>
internal sealed class AppendGroup
{
    internal List<HandedBatch> Batches { get; } = [];

    internal List<HandedTurn> Turns { get; } = [];

    internal List<JournalRow> Rows { get; } = [];

    internal long Bytes { get; set; }

    internal void Clear()
    {
        Batches.Clear();
        Turns.Clear();
        Rows.Clear();
        Bytes = 0;
    }
}
