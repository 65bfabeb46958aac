using System.Buffers;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>A turn that was handed to the journal's writer, and what is to be released when it is durable.</summary>
internal sealed class HandedTurn
{
    internal required int Shard { get; init; }

    internal required long Epoch { get; init; }

    internal required long Position { get; init; }

    internal required long RecordedTime { get; init; }

    internal required byte[] Buffer { get; init; }

    internal required int Length { get; init; }

    internal required byte[] Leaf { get; init; }

    internal required int Events { get; init; }

    /// <summary>Per sending shard, the watermark that this turn makes durable.</summary>
    internal required (int From, long UpTo)[] Consumed { get; init; }

    /// <summary>Per receiving shard, the last message that may leave.</summary>
    internal required (int To, long UpTo)[] Sent { get; init; }

    internal required List<PendingReply> Replies { get; init; }

    /// <summary>Actors that the turn set aside; operators are told when that is durable, since an owner of old may be mistaken. Null when there are none.</summary>
    internal required List<(ActorAddress Actor, Exception Error, string Reason)>? SetAside { get; init; }

    /// <summary>Set by the writer before it hands the turn back.</summary>
    internal AppendStatus Status { get; set; }

    internal ReadOnlyMemory<byte> Payload => Buffer.AsMemory(0, Length);

    internal JournalRow Row => new(Shard, Position, Epoch, RecordedTime, Payload, Leaf);

    /// <summary>Gives the payload's memory back; nothing may read it afterwards.</summary>
    internal void Recycle() => ArrayPool<byte>.Shared.Return(Buffer);
}

/// <summary>The turns that a worker handed over at once.</summary>
internal sealed class HandedBatch
{
    internal HandedBatch(Worker worker, List<HandedTurn> turns)
    {
        Worker = worker;
        Turns = turns;
        foreach (var turn in turns)
        {
            Bytes += turn.Length;
        }
    }

    internal Worker Worker { get; }

    internal List<HandedTurn> Turns { get; }

    internal long Bytes { get; }
}
