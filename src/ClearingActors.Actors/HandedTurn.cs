using System.Buffers;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>
/// A turn that was handed to the journal's writer, and what is to be released when it is durable. Its shard uses it again and again: at a thousand appends a second, new ones
/// would be most of what the collector has to look at.
/// </summary>
internal sealed class HandedTurn
{
    private byte[] _buffer = [];

    internal int Shard { get; private set; }

    internal long Epoch { get; private set; }

    internal long Position { get; private set; }

    internal long RecordedTime { get; private set; }

    internal int Length { get; private set; }

    internal byte[] Leaf { get; } = new byte[RowLeaf.Size];

    internal int Events { get; private set; }

    /// <summary>Per sending shard, the watermark that this turn makes durable.</summary>
    internal List<(int From, long UpTo)> Consumed { get; } = [];

    /// <summary>Per receiving shard, the last message that may leave.</summary>
    internal List<(int To, long UpTo)> Sent { get; } = [];

    internal List<PendingReply> Replies { get; } = [];

    /// <summary>Actors that the turn set aside; operators are told when that is durable, since an owner of old may be mistaken. Null when there are none.</summary>
    internal List<(ActorAddress Actor, Exception Error, string Reason)>? SetAside { get; set; }

    /// <summary>Set by the writer before it hands the turn back.</summary>
    internal AppendStatus Status { get; set; }

    internal ReadOnlyMemory<byte> Payload => _buffer.AsMemory(0, Length);

    internal JournalRow Row => new(Shard, Position, Epoch, RecordedTime, Payload, Leaf);

    /// <summary>Takes a copy of a turn's payload, and what identifies it. The leaf and the lists are the shard's to fill.</summary>
    internal void Take(int shard, long epoch, long position, long recordedTime, ReadOnlySpan<byte> payload, int events)
    {
        Shard = shard;
        Epoch = epoch;
        Position = position;
        RecordedTime = recordedTime;
        Length = payload.Length;
        Events = events;
        _buffer = ArrayPool<byte>.Shared.Rent(payload.Length);
        payload.CopyTo(_buffer);
    }

    /// <summary>Gives the payload's memory back and forgets the rest; nobody may read it afterwards.</summary>
    internal void Recycle()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Length = 0;
        Consumed.Clear();
        Sent.Clear();
        Replies.Clear();
        SetAside = null;
        Status = default;
    }
}

/// <summary>The turns that a worker handed over at once. The worker uses it again.</summary>
internal sealed class HandedBatch(Worker worker)
{
    internal Worker Worker { get; } = worker;

    internal List<HandedTurn> Turns { get; } = [];

    internal long Bytes { get; private set; }

    internal void Add(HandedTurn turn)
    {
        Turns.Add(turn);
        Bytes += turn.Length;
    }

    internal void Clear()
    {
        Turns.Clear();
        Bytes = 0;
    }
}
