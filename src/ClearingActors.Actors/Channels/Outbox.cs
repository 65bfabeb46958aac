namespace ClearingActors.Actors.Channels;

/// <summary>
/// The sending end of the channel from one shard to another: what was sent and is not yet known to be durable at the receiver.
/// </summary>
/// <param name="window">Messages that may be under way unacknowledged; the rest wait here.</param>
internal sealed class Outbox(int window)
{
    private (Message Message, long RecordedTime)[] _ring = new (Message, long)[8];
    private int _head;
    private int _count;

    /// <summary>The number given to the last message.</summary>
    internal long Last { get; private set; }

    /// <summary>The last number whose turn is durable here; nothing beyond it may leave.</summary>
    internal long Durable { get; set; }

    /// <summary>The last number that has left.</summary>
    internal long Released { get; private set; }

    /// <summary>The receiver's durable watermark as far as it is known.</summary>
    internal long Acknowledged { get; private set; }

    /// <summary>Messages held.</summary>
    internal int Count => _count;

    /// <summary>Monotonic milliseconds of the last acknowledgement or release.</summary>
    internal long ProgressAt { get; set; }

    internal long Next() => ++Last;

    /// <summary>Takes the message with the number that <see cref="Next"/> gave, in order.</summary>
    internal void Add(Message message, long sequence, long recordedTime)
    {
        if (sequence != Acknowledged + _count + 1)
        {
            throw new InvalidOperationException($"message {sequence} where {Acknowledged + _count + 1} is due");
        }

        if (_count == _ring.Length)
        {
            var larger = new (Message, long)[_ring.Length * 2];
            for (var i = 0; i < _count; i++)
            {
                larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
            }

            _ring = larger;
            _head = 0;
        }

        _ring[(_head + _count) & (_ring.Length - 1)] = (message, recordedTime);
        _count++;
        Last = Math.Max(Last, sequence);
    }

    /// <summary>Forgets what the receiver holds durably. A watermark older than the known one changes nothing.</summary>
    internal void Acknowledge(long watermark)
    {
        if (watermark > Last)
        {
            throw new InvalidOperationException($"the receiver states {watermark} where {Last} was the last sent: the journals of the two shards do not belong together");
        }

        while (Acknowledged < watermark)
        {
            _ring[_head] = default;
            _head = (_head + 1) & (_ring.Length - 1);
            _count--;
            Acknowledged++;
        }

        Released = Math.Max(Released, Acknowledged);
        Durable = Math.Max(Durable, Acknowledged);
    }

    /// <summary>Starts again from the watermark: all that is durable here and not there is to leave once more.</summary>
    internal void Rewind() => Released = Acknowledged;

    /// <summary>The next message that may leave.</summary>
    internal bool TryRelease(out long sequence, out Message message, out long recordedTime)
    {
        if (Released < Durable && Released - Acknowledged < window)
        {
            Released++;
            sequence = Released;
            (message, recordedTime) = _ring[(_head + (int)(sequence - Acknowledged - 1)) & (_ring.Length - 1)];
            return true;
        }

        sequence = 0;
        message = null!;
        recordedTime = 0;
        return false;
    }

    /// <summary>The held messages in order, with their numbers and recorded times.</summary>
    internal IEnumerable<(long Sequence, Message Message, long RecordedTime)> Held()
    {
        for (var i = 0; i < _count; i++)
        {
            var (message, recordedTime) = _ring[(_head + i) & (_ring.Length - 1)];
            yield return (Acknowledged + i + 1, message, recordedTime);
        }
    }

    /// <summary>Sets the ends of an empty outbox: from a snapshot, or past a message that the receiver is known to hold.</summary>
    internal void Restore(long acknowledged)
    {
        if (_count != 0 || acknowledged < Last)
        {
            throw new InvalidOperationException($"an outbox of {_count} messages up to {Last} cannot start anew at {acknowledged}");
        }

        Acknowledged = acknowledged;
        Last = acknowledged;
        Durable = acknowledged;
        Released = acknowledged;
    }

    /// <summary>Replaces a held message by an equal one; used when a message read from the journal is decoded for sending.</summary>
    internal void Replace(long sequence, Message message)
    {
        ref var slot = ref _ring[(_head + (int)(sequence - Acknowledged - 1)) & (_ring.Length - 1)];
        slot = (message, slot.RecordedTime);
    }
}
