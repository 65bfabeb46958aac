using System.Security.Cryptography;
using ClearingActors.Actors.Channels;
using ClearingActors.Actors.Wire;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>How a shard's state is saved, loaded, replayed and compared.</summary>
internal sealed partial class Shard
{
    private (long Position, long Time) _snapshotBefore;

    /// <summary>The turn of the newest snapshot; 0 if there is none.</summary>
    internal long SnapshotPosition { get; private set; }

    /// <summary>When that turn was recorded, UTC nanoseconds.</summary>
    internal long SnapshotTime { get; private set; }

    /// <summary>The state at the last durable turn. The shard must be drained: nothing handed over may be unanswered.</summary>
    internal (SnapshotRecord Record, IReadOnlyList<SnapshotPart> NewParts) Snapshot()
    {
        if (_unanswered.Count > 0 || Position != DurablePosition)
        {
            throw new InvalidOperationException($"shard {Number} is at {Position}, durable at {DurablePosition}: a snapshot must not be ahead of the journal");
        }

        var writer = new WireWriter(64 * 1024);
        var parts = new SnapshotParts(_storedParts);
        Save(writer, parts, static (_, outbox) => outbox.Acknowledged);
        BytesSinceSnapshot = 0;
        _snapshotBefore = (SnapshotPosition, SnapshotTime);
        (SnapshotPosition, SnapshotTime) = (Position, RecordedTime);
        _storedParts = parts.Named;
        return (new SnapshotRecord(Number, Position, Epoch, _durableLeaf.ToArray(), _program.SchemaVersion, writer.ToArray(), parts.Hashes), parts.New);
    }

    /// <summary>A snapshot was not stored: its parts must be written again with the next.</summary>
    internal void SnapshotFailed()
    {
        _storedParts.Clear();
        (SnapshotPosition, SnapshotTime) = _snapshotBefore;
    }

    /// <summary>
    /// SHA-256 of the state. Outbox entries at or below the receiver's durable watermark (<paramref name="receiverDurable"/>, by receiving shard) are left out, since
    /// when an acknowledgement arrives is chance.
    /// </summary>
    internal byte[] Digest(Func<int, long> receiverDurable)
    {
        var writer = new WireWriter(64 * 1024);
        var parts = new SnapshotParts(new HashSet<string>(StringComparer.Ordinal));
        Save(writer, parts, (to, outbox) => Math.Max(outbox.Acknowledged, receiverDurable(to)));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(writer.Written);
        foreach (var part in parts.Hashes)
        {
            hash.AppendData(part.Span);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>What a snapshot of this state holds that states these watermarks, by receiving shard; messages above them must still be held.</summary>
    internal (byte[] Payload, IReadOnlyList<ReadOnlyMemory<byte>> Parts) SnapshotAt(Func<int, long> watermark)
    {
        var writer = new WireWriter(64 * 1024);
        var parts = new SnapshotParts(new HashSet<string>(StringComparer.Ordinal));
        Save(writer, parts, (to, _) => watermark(to));
        return (writer.ToArray(), parts.Hashes);
    }

    /// <summary>The last message sent to a shard; 0 before the first.</summary>
    internal long LastSentTo(int to) => _outboxes[to]?.Last ?? 0;

    /// <summary>The durable watermark of the channel from <paramref name="from"/>.</summary>
    internal long DurableFrom(int from) => _inbound[from].Durable;

    /// <summary>Actors that were set aside: why, and how many messages wait with each.</summary>
    internal IEnumerable<(ActorAddress Actor, string Reason, int Parked)> Quarantines =>
        _quarantined.OrderBy(q => q.Key.Kind).ThenBy(q => q.Key.Key, StringComparer.Ordinal).Select(q => (q.Key, q.Value.Reason, q.Value.Parked.Count));

    /// <summary>Messages that were sent to other shards and are not known to be consumed there, by shard.</summary>
    internal IEnumerable<(int To, int Messages)> UnderWay
    {
        get
        {
            for (var to = 0; to < _outboxes.Length; to++)
            {
                if (_outboxes[to] is { Count: > 0 and var count })
                {
                    yield return (to, count);
                }
            }
        }
    }

    /// <summary>Loads a snapshot into a fresh shard.</summary>
    internal void Load(SnapshotRecord record, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> readPart)
    {
        var parts = new SnapshotParts(record.Parts, readPart);
        foreach (var part in record.Parts)
        {
            _storedParts.Add(Convert.ToHexString(part.Span));
        }

        Position = record.Position;
        DurablePosition = record.Position;
        record.Leaf.CopyTo(_durableLeaf);
        var reader = new WireReader(record.Payload.Span);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: RecordedTime = reader.Int64; break;
                case 2: BusinessTime = reader.Int64; break;
                case 3: LoadInbound(reader.Bytes); break;
                case 4: LoadOutbox(reader.Bytes, record.Payload.Slice(reader.BytesOffset, reader.Bytes.Length)); break;
                case 5: Timers.Load(reader.Bytes, _book, Number); break;
                case 6: LoadQuarantine(reader.Bytes, record.Payload.Slice(reader.BytesOffset, reader.Bytes.Length)); break;
                case 7: LoadActor(reader.Bytes, parts); break;
                default: throw new InvalidDataException($"snapshot field {reader.Number}");
            }
        }

        (SnapshotPosition, SnapshotTime) = (Position, RecordedTime);
    }

    /// <summary>By receiving shard, what it is known to hold durably, so that a replay need not keep it; null where nothing is known.</summary>
    internal long[]? KnownWatermarks { get; init; }

    /// <summary>Is told of what a replayed turn consumed: the sending shard and the last sequence; null where nobody asks.</summary>
    internal Action<int, long>? OnConsumed { get; init; }

    /// <summary>Replays a row; returns the number of events.</summary>
    internal int Replay(in JournalRow row)
    {
        if (row.Position != Position + 1)
        {
            throw new InvalidDataException($"shard {Number}: turn {row.Position} where {Position + 1} is due");
        }

        Span<byte> leaf = stackalloc byte[RowLeaf.Size];
        RowLeaf.Compute(row.Shard, row.Position, row.Epoch, row.RecordedTime, row.Payload.Span, _hash, leaf);
        if (row.Shard != Number || !leaf.SequenceEqual(row.Leaf.Span))
        {
            throw new InvalidDataException($"shard {Number}: turn {row.Position} does not have the hash that stands beside it");
        }

        var events = 0;
        var reader = new WireReader(row.Payload.Span);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.BusinessTime:
                    BusinessTime = reader.Int64;
                    break;
                case TurnFields.Step:
                    events += ReplayStep(reader.Bytes, row.Payload.Slice(reader.BytesOffset, reader.Bytes.Length), row.RecordedTime);
                    break;
                case TurnFields.Consumed:
                    ReplayConsumed(reader.Bytes);
                    break;
                default:
                    throw new InvalidDataException($"shard {Number}, turn {row.Position}: field {reader.Number} is unknown to this program");
            }
        }

        Position = row.Position;
        DurablePosition = row.Position;
        RecordedTime = row.RecordedTime;
        row.Leaf.Span.CopyTo(_durableLeaf);
        BytesSinceSnapshot += row.Payload.Length;
        return events;
    }

    /// <summary>Forgets what a receiver holds durably, where one who replays many shards knows it.</summary>
    internal void Trim(int to, long watermark)
    {
        if (_outboxes[to] is { } outbox)
        {
            var before = outbox.Count;
            outbox.Acknowledge(watermark);
            _outboxCount -= before - outbox.Count;
        }
    }

    private static void SaveMessage(WireWriter writer, Message message, int typeField, int bodyField)
    {
        writer.Field(typeField, message.Type);
        var body = writer.Begin(bodyField);
        message.Write(writer);
        writer.End(body);
    }

    private void Save(WireWriter writer, SnapshotParts parts, Func<int, Outbox, long> forget)
    {
        writer.Field(1, RecordedTime);
        writer.Field(2, BusinessTime);
        for (var from = 0; from < _inbound.Length; from++)
        {
            if (_inbound[from].Durable > 0)
            {
                var start = writer.Begin(3);
                writer.Field(1, from);
                writer.Field(2, _inbound[from].Durable);
                writer.End(start);
            }
        }

        for (var to = 0; to < _outboxes.Length; to++)
        {
            if (_outboxes[to] is { Last: > 0 } outbox)
            {
                var start = writer.Begin(4);
                var watermark = forget(to, outbox);
                writer.Field(1, to);
                writer.Field(2, watermark);
                foreach (var (sequence, message, recordedTime) in outbox.Held())
                {
                    if (sequence > watermark)
                    {
                        var entry = writer.Begin(3);
                        writer.Field(1, recordedTime);
                        writer.Field(2, message.To.Kind);
                        writer.Field(3, message.To.Key);
                        SaveMessage(writer, message, 4, 5);
                        writer.End(entry);
                    }
                }

                writer.End(start);
            }
        }

        Timers.Save(writer, 5);
        foreach (var (address, quarantine) in _quarantined.OrderBy(q => q.Key.Kind).ThenBy(q => q.Key.Key, StringComparer.Ordinal))
        {
            var start = writer.Begin(6);
            writer.Field(1, address.Kind);
            writer.Field(2, address.Key);
            writer.Field(3, quarantine.Reason);
            foreach (var (from, sequence, message) in quarantine.Parked)
            {
                var parked = writer.Begin(4);
                writer.Field(1, from);
                writer.Field(2, sequence);
                SaveMessage(writer, message, 3, 4);
                writer.End(parked);
            }

            writer.End(start);
        }

        foreach (var actor in _actors.Values.OrderBy(a => a.Address.Kind).ThenBy(a => a.Address.Key, StringComparer.Ordinal))
        {
            var start = writer.Begin(7);
            writer.Field(1, actor.Address.Kind);
            writer.Field(2, actor.Address.Key);
            var body = writer.Begin(3);
            actor.Save(writer, parts);
            writer.End(body);
            writer.End(start);
        }
    }

    private void LoadInbound(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        int from = 0;
        long durable = 0;
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: from = reader.Int32; break;
                case 2: durable = reader.Int64; break;
                default: throw new InvalidDataException($"inbound field {reader.Number}");
            }
        }

        SetInbound(from, durable);
    }

    private void SetInbound(int from, long watermark)
    {
        ref var inbound = ref _inbound[from];
        inbound.Queued = watermark;
        inbound.Consumed = watermark;
        inbound.Durable = watermark;
    }

    private void LoadOutbox(ReadOnlySpan<byte> body, ReadOnlyMemory<byte> memory)
    {
        var reader = new WireReader(body);
        var to = 0;
        var outbox = new Outbox(_options.ChannelWindow);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1:
                    to = reader.Int32;
                    break;
                case 2:
                    outbox.Restore(reader.Int64);
                    break;
                case 3:
                    LoadOutboxEntry(outbox, to, reader.Bytes, memory.Slice(reader.BytesOffset, reader.Bytes.Length));
                    break;
                default:
                    throw new InvalidDataException($"outbox field {reader.Number}");
            }
        }

        outbox.Durable = outbox.Last;
        _outboxCount += outbox.Count;
        _outboxes[to] = outbox;
    }

    private void LoadOutboxEntry(Outbox outbox, int to, ReadOnlySpan<byte> body, ReadOnlyMemory<byte> memory)
    {
        long recordedTime = 0;
        int kind = 0, type = 0;
        ReadOnlySpan<byte> key = default;
        ReadOnlyMemory<byte> message = default;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: recordedTime = reader.Int64; break;
                case 2: kind = reader.Int32; break;
                case 3: key = reader.Bytes; break;
                case 4: type = reader.Int32; break;
                case 5: message = memory.Slice(reader.BytesOffset, reader.Bytes.Length); break;
                default: throw new InvalidDataException($"outbox entry field {reader.Number}");
            }
        }

        outbox.Add(new JournaledMessage(_book.Of(kind, key, to), type, message), outbox.Last + 1, recordedTime);
    }

    private void LoadQuarantine(ReadOnlySpan<byte> body, ReadOnlyMemory<byte> memory)
    {
        var kind = 0;
        ReadOnlySpan<byte> key = default;
        var reason = "";
        List<(int From, long Sequence, int Type, ReadOnlyMemory<byte> Body)> parked = [];
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: kind = reader.Int32; break;
                case 2: key = reader.Bytes; break;
                case 3: reason = reader.String; break;
                case 4: parked.Add(ReadParked(reader.Bytes, memory.Slice(reader.BytesOffset, reader.Bytes.Length))); break;
                default: throw new InvalidDataException($"quarantine field {reader.Number}");
            }
        }

        var address = _book.Of(kind, key, Number);
        _quarantined.Add(address, new Quarantine(reason, [.. parked.Select(p => (p.From, p.Sequence, (Message)new JournaledMessage(address, p.Type, p.Body)))]));
    }

    private static (int From, long Sequence, int Type, ReadOnlyMemory<byte> Body) ReadParked(ReadOnlySpan<byte> body, ReadOnlyMemory<byte> memory)
    {
        var from = 0;
        var type = 0;
        long sequence = 0;
        ReadOnlyMemory<byte> message = default;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: from = reader.Int32; break;
                case 2: sequence = reader.Int64; break;
                case 3: type = reader.Int32; break;
                case 4: message = memory.Slice(reader.BytesOffset, reader.Bytes.Length); break;
                default: throw new InvalidDataException($"parked field {reader.Number}");
            }
        }

        return (from, sequence, type, message);
    }

    private void LoadActor(ReadOnlySpan<byte> body, SnapshotParts parts)
    {
        var kind = 0;
        ReadOnlySpan<byte> key = default;
        ReadOnlySpan<byte> state = default;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: kind = reader.Int32; break;
                case 2: key = reader.Bytes; break;
                case 3: state = reader.Bytes; break;
                default: throw new InvalidDataException($"actor field {reader.Number}");
            }
        }

        FindOrCreate(_book.Of(kind, key, Number)).Load(state, parts);
    }

    private void ReplayConsumed(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        var from = 0;
        long sequence = 0;
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.ConsumedFromShard: from = reader.Int32; break;
                case TurnFields.ConsumedSequence: sequence = reader.Int64; break;
                default: throw new InvalidDataException($"consumed field {reader.Number}");
            }
        }

        SetInbound(from, sequence);
        OnConsumed?.Invoke(from, sequence);
    }

    private int ReplayStep(ReadOnlySpan<byte> body, ReadOnlyMemory<byte> memory, long recordedTime)
    {
        var events = 0;
        var kind = 0;
        ActorAddress? address = null;
        Actor? actor = null;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.StepActorKind:
                    kind = reader.Int32;
                    break;
                case TurnFields.StepActorKey:
                    address = _book.Of(kind, reader.Bytes, Number);
                    break;
                case TurnFields.StepCauseShard:
                case TurnFields.StepCauseSequence:
                case TurnFields.StepPrincipal:
                    break;
                case TurnFields.StepTimer:
                    Timers.Cancel(address!, reader.String);
                    break;
                case TurnFields.StepEvent:
                    var inner = new WireReader(reader.Bytes);
                    if (!inner.Next())
                    {
                        throw new InvalidDataException($"an event of {address} is empty");
                    }

                    actor ??= FindOrCreate(address!);
                    actor.Apply(inner.Number, inner.Bytes);
                    events++;
                    break;
                case TurnFields.StepSent:
                    ReplaySent(reader.Bytes, memory.Slice(reader.BytesOffset, reader.Bytes.Length), recordedTime);
                    break;
                case TurnFields.StepTimerChange:
                    ReplayTimer(address!, reader.Bytes);
                    break;
                case TurnFields.StepBusinessTime:
                    BusinessTime = reader.Int64;
                    break;
                case TurnFields.StepQuarantined:
                    _quarantined.Add(address!, new Quarantine(reader.String, []));
                    break;
                case TurnFields.StepParked:
                    var (from, sequence, parkedBody) = ReadParkedMessage(reader.Bytes, memory.Slice(reader.BytesOffset, reader.Bytes.Length));
                    _quarantined[address!].Parked.Add((from, sequence, ReadBody(address!, parkedBody)));
                    break;
                case TurnFields.StepReleased:
                    _quarantined.Remove(address!);
                    break;
                default:
                    throw new InvalidDataException($"step field {reader.Number} is unknown to this program");
            }
        }

        if (actor is not null)
        {
            Forget(actor);
        }

        return events;
    }

    private static (int From, long Sequence, ReadOnlyMemory<byte> Body) ReadParkedMessage(ReadOnlySpan<byte> body, ReadOnlyMemory<byte> memory)
    {
        var from = 0;
        long sequence = 0;
        ReadOnlyMemory<byte> message = default;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.ParkedFromShard: from = reader.Int32; break;
                case TurnFields.ParkedSequence: sequence = reader.Int64; break;
                case TurnFields.ParkedBody: message = memory.Slice(reader.BytesOffset, reader.Bytes.Length); break;
                default: throw new InvalidDataException($"parked field {reader.Number}");
            }
        }

        return (from, sequence, message);
    }

    /// <summary>A message body is the one field that is set of a list of alternatives; its number is the message's type.</summary>
    private static JournaledMessage ReadBody(ActorAddress to, ReadOnlyMemory<byte> memory)
    {
        var reader = new WireReader(memory.Span);
        return reader.Next()
            ? new JournaledMessage(to, reader.Number, memory.Slice(reader.BytesOffset, reader.Bytes.Length))
            : throw new InvalidDataException($"a message to {to} has no body");
    }

    private void ReplaySent(ReadOnlySpan<byte> body, ReadOnlyMemory<byte> memory, long recordedTime)
    {
        int to = 0, kind = 0;
        long sequence = 0;
        ReadOnlySpan<byte> key = default;
        ReadOnlyMemory<byte> message = default;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.SentToShard: to = reader.Int32; break;
                case TurnFields.SentSequence: sequence = reader.Int64; break;
                case TurnFields.SentToKind: kind = reader.Int32; break;
                case TurnFields.SentToKey: key = reader.Bytes; break;
                case TurnFields.SentBody: message = memory.Slice(reader.BytesOffset, reader.Bytes.Length); break;
                default: throw new InvalidDataException($"sent field {reader.Number}");
            }
        }

        var outbox = _outboxes[to] ??= new Outbox(_options.ChannelWindow);
        if (KnownWatermarks is { } known && sequence <= known[to] && outbox.Count == 0)
        {
            outbox.Restore(sequence);
            return;
        }

        outbox.Add(ReadBody(_book.Of(kind, key, to), message), sequence, recordedTime);
        outbox.Durable = sequence;
        _outboxCount++;
    }

    private void ReplayTimer(ActorAddress actor, ReadOnlySpan<byte> body)
    {
        var name = "";
        long due = 0;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.TimerName: name = reader.String; break;
                case TurnFields.TimerDue: due = reader.Int64; break;
                default: throw new InvalidDataException($"timer change field {reader.Number}");
            }
        }

        if (due == 0)
        {
            Timers.Cancel(actor, name);
        }
        else
        {
            Timers.Set(actor, name, due);
        }
    }
}
