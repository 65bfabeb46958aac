using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Rulebook;

/// <summary>
/// Each stored snapshot must be the replayed state at its turn, byte by byte. What it had forgotten of its outboxes when it was taken depends on when acknowledgements came, so it
/// states that itself: the replay keeps the messages above those watermarks until the snapshot is compared.
/// </summary>
internal sealed class SnapshotCheck
{
    private const int Outbox = 4;
    private const int OutboxTo = 1;
    private const int OutboxWatermark = 2;
    private const int OutboxEntry = 3;
    private readonly IJournalStore _journal;
    private readonly JournalCut _cut;
    private readonly AuditFindings _findings;
    private readonly List<Pending>?[] _pending;
    private readonly List<Pending> _compared = [];
    private JournalReplay? _turns;

    /// <param name="journal">Read only; the snapshots that it has now are compared.</param>
    /// <param name="cut">Where the replay ends.</param>
    /// <param name="schemaVersion">The snapshots' encoding that this program knows.</param>
    /// <param name="findings">Takes the findings.</param>
    internal SnapshotCheck(IJournalStore journal, JournalCut cut, int schemaVersion, AuditFindings findings)
    {
        _journal = journal;
        _cut = cut;
        _findings = findings;
        _pending = new List<Pending>?[cut.Positions.Count];
        for (var shard = 0; shard < _pending.Length; shard++)
        {
            foreach (var snapshot in journal.ReadSnapshots(shard))
            {
                Take(shard, snapshot, schemaVersion);
            }
        }

        // Read after the snapshots, since a journal that is being written goes on.
        Heads = journal.ReadHeads();
        for (var shard = 0; shard < _pending.Length; shard++)
        {
            _pending[shard]?.RemoveAll(pending => IsBeyond(shard, pending.Record));
        }
    }

    /// <summary>Snapshots compared.</summary>
    internal long Compared { get; private set; }

    /// <summary>Snapshots behind the cut.</summary>
    internal long BeyondCut { get; private set; }

    private IReadOnlyList<ShardHead> Heads { get; }

    /// <summary>Watches a replay from its beginning.</summary>
    internal void Watch(JournalReplay turns)
    {
        _turns = turns;
        turns.HoldBack = HoldBack;
    }

    /// <summary>A turn has been replayed.</summary>
    internal void Replayed(in JournalRow row)
    {
        if (_pending[row.Shard] is not { } pending)
        {
            return;
        }

        for (var i = pending.Count - 1; i >= 0; i--)
        {
            if (pending[i].Record.Position == row.Position)
            {
                Compare(pending[i], row);
                _compared.Add(pending[i] with { Record = pending[i].Record with { Payload = default } });
                pending.RemoveAt(i);
                LetGo(row.Shard);
            }
        }
    }

    /// <summary>The replay has come to its end.</summary>
    internal void End()
    {
        foreach (var snapshot in _compared)
        {
            var shard = snapshot.Record.Shard;
            foreach (var (to, stated) in snapshot.Stated)
            {
                if (to >= 0 && to < _pending.Length && stated.Watermark > _turns![to].DurableFrom(shard) && !IsConsumedLater(shard, to, stated.Watermark))
                {
                    Find(snapshot.Record, "snapshot-watermark", $"it had forgotten what it sent shard {to} up to message {stated.Watermark}, and that shard has consumed up to {_turns[to].DurableFrom(shard)}");
                }
            }
        }
    }

    private void Take(int shard, SnapshotRecord snapshot, int schemaVersion)
    {
        if (snapshot.SchemaVersion != schemaVersion)
        {
            Find(snapshot, "snapshot-version", $"its encoding is version {snapshot.SchemaVersion}, this program's {schemaVersion}");
            return;
        }

        if (snapshot.Shard != shard || snapshot.Position < 1)
        {
            _findings.Add(shard, snapshot.Position, "snapshot-position", $"a snapshot of shard {shard} says that it is of shard {snapshot.Shard} at turn {snapshot.Position}");
            return;
        }

        try
        {
            (_pending[shard] ??= []).Add(new Pending(snapshot, ReadStated(snapshot.Payload.Span)));
        }
        catch (InvalidDataException e)
        {
            Find(snapshot, "snapshot-state", $"it cannot be read: {e.Message}");
        }
    }

    private bool IsBeyond(int shard, SnapshotRecord snapshot)
    {
        if (snapshot.Position > Heads[shard].Position)
        {
            Find(snapshot, "snapshot-position", $"it is at turn {snapshot.Position}, and the log ends at {Heads[shard].Position}");
            return true;
        }

        if (snapshot.Position > _cut.Positions[shard])
        {
            BeyondCut++;
            return true;
        }

        return false;
    }

    private static Dictionary<int, Stated> ReadStated(ReadOnlySpan<byte> payload)
    {
        Dictionary<int, Stated> stated = [];
        var reader = new WireReader(payload);
        while (reader.Next())
        {
            if (reader.Number != Outbox)
            {
                continue;
            }

            var to = 0;
            long watermark = 0, entries = 0;
            var outbox = new WireReader(reader.Bytes);
            while (outbox.Next())
            {
                switch (outbox.Number)
                {
                    case OutboxTo: to = outbox.Int32; break;
                    case OutboxWatermark: watermark = outbox.Int64; break;
                    case OutboxEntry: entries++; break;
                    default: throw new InvalidDataException($"an outbox has field {outbox.Number}");
                }
            }

            stated[to] = new Stated(watermark, entries);
        }

        return stated;
    }

    /// <summary>
    /// The lowest watermark that a snapshot to come states. One that claims fewer messages than were sent above its watermark is wrong whatever comes, and gets nothing held: what is
    /// held is never more than what the snapshots have.
    /// </summary>
    private long HoldBack(int from, int to, long consumed)
    {
        if (_pending[from] is not { Count: > 0 } pending)
        {
            return consumed;
        }

        foreach (var snapshot in pending)
        {
            if (snapshot.Stated.TryGetValue(to, out var stated) && stated.Watermark < consumed && _turns![from].LastSentTo(to) - stated.Watermark <= stated.Entries)
            {
                consumed = Math.Max(0, stated.Watermark);
            }
        }

        return consumed;
    }

    private void LetGo(int shard)
    {
        for (var to = 0; to < _pending.Length; to++)
        {
            if (_turns![shard].LastSentTo(to) > 0)
            {
                _turns[shard].Trim(to, HoldBack(shard, to, _turns[to].DurableFrom(shard)));
            }
        }
    }

    private void Compare(Pending pending, in JournalRow row)
    {
        Compared++;
        var snapshot = pending.Record;
        if (!snapshot.Leaf.Span.SequenceEqual(row.Leaf.Span))
        {
            Find(snapshot, "snapshot-leaf", $"it was taken at another turn: its leaf is {Convert.ToHexStringLower(snapshot.Leaf.Span)}, the turn's {Convert.ToHexStringLower(row.Leaf.Span)}");
        }

        var next = row.Position < Heads[row.Shard].Position ? _journal.ReadShard(row.Shard, row.Position, row.Position + 1).Single().Epoch : Heads[row.Shard].Epoch;
        if (snapshot.Epoch < row.Epoch || snapshot.Epoch > next)
        {
            Find(snapshot, "snapshot-epoch", $"it was taken under epoch {snapshot.Epoch}; the turn is of epoch {row.Epoch}, and what follows of {next}");
        }

        var shard = _turns![row.Shard];
        foreach (var (to, stated) in pending.Stated)
        {
            if (stated.Watermark < 0 || to < 0 || to >= _pending.Length || stated.Watermark > shard.LastSentTo(to))
            {
                Find(snapshot, "snapshot-watermark", $"it had forgotten what it sent shard {to} up to message {stated.Watermark}, and the last sent was {(to >= 0 && to < _pending.Length ? shard.LastSentTo(to) : 0)}");
                return;
            }

            // What was already let go could not be told apart from what the snapshot never had.
            if (shard.LastSentTo(to) - stated.Watermark != stated.Entries)
            {
                Find(snapshot, "snapshot-state", $"it holds {stated.Entries} messages to shard {to} above message {stated.Watermark}, and the last sent was {shard.LastSentTo(to)}");
                return;
            }
        }

        var (payload, parts) = shard.SnapshotAt(to => pending.Stated.GetValueOrDefault(to).Watermark);
        if (!payload.AsSpan().SequenceEqual(snapshot.Payload.Span))
        {
            var same = payload.AsSpan().CommonPrefixLength(snapshot.Payload.Span);
            Find(snapshot, "snapshot-state", $"it differs from the replayed state from byte {same} on; it has {snapshot.Payload.Length} bytes, the state {payload.Length}");
        }

        if (parts.Count != snapshot.Parts.Count || parts.Zip(snapshot.Parts).Any(static p => !p.First.Span.SequenceEqual(p.Second.Span)))
        {
            Find(snapshot, "snapshot-parts", $"it names {snapshot.Parts.Count} parts that are not the {parts.Count} of the replayed state");
        }

        foreach (var part in snapshot.Parts)
        {
            try
            {
                _journal.ReadSnapshotPart(snapshot.Shard, part);
            }
            catch (JournalException e) when (!e.IsTransient)
            {
                // A journal that is being written drops a snapshot when it has two newer ones, and its parts with it.
                if (_journal.ReadSnapshots(snapshot.Shard).Any(stored => stored.Position == snapshot.Position && stored.Epoch == snapshot.Epoch))
                {
                    Find(snapshot, "snapshot-parts", e.Message);
                }
            }
        }
    }

    /// <summary>A journal that is being written: the receiver may have gone on behind the cut.</summary>
    private bool IsConsumedLater(int from, int to, long watermark)
    {
        foreach (var row in _journal.ReadShard(to, _cut.Positions[to], Heads[to].Position))
        {
            var reader = new WireReader(row.Payload.Span);
            while (reader.Next())
            {
                if (reader.Number == TurnFields.Consumed && IsConsumption(reader.Bytes, from, watermark))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsConsumption(ReadOnlySpan<byte> body, int from, long watermark)
    {
        var shard = 0;
        long sequence = 0;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.ConsumedFromShard: shard = reader.Int32; break;
                case TurnFields.ConsumedSequence: sequence = reader.Int64; break;
                default: break;
            }
        }

        return shard == from && sequence >= watermark;
    }

    private void Find(SnapshotRecord snapshot, string rule, string what) => _findings.Add(snapshot.Shard, snapshot.Position, rule, $"a snapshot: {what}");

    /// <summary>What a snapshot says of an outbox.</summary>
    private readonly record struct Stated(long Watermark, long Entries);

    private sealed record Pending(SnapshotRecord Record, Dictionary<int, Stated> Stated);
}
