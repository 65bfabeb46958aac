using ClearingActors.Contracts.House.V1;
using ClearingActors.Domain;

namespace ClearingActors.Node.Monitors;

/// <summary>Shards that were loaded or dropped since the node started; the last <see cref="Kept"/>. Thread-safe.</summary>
internal sealed class ShardMoves(TimeProvider time)
{
    internal const int Kept = 100;

    private readonly Lock _gate = new();
    private readonly Queue<ShardMove> _moves = new(Kept);

    /// <summary>Newest first.</summary>
    internal IReadOnlyList<ShardMove> Newest
    {
        get
        {
            lock (_gate)
            {
                return [.. _moves.Reverse()];
            }
        }
    }

    internal void Loaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot) => Add(new ShardMove
    {
        Shard = shard,
        Epoch = epoch,
        Kind = ShardMove.Types.Kind.Loaded,
        Position = position,
        Reason = fromSnapshot ? $"from a snapshot, with {replayedEvents} events replayed after it" : $"from its log, {replayedEvents} events",
    });

    internal void Dropped(int shard, long epoch, Actors.Fabric.ShardLoss loss, Exception? error) => Add(new ShardMove
    {
        Shard = shard,
        Epoch = epoch,
        Kind = ShardMove.Types.Kind.Dropped,
        Reason = (loss switch
        {
            Actors.Fabric.ShardLoss.Fenced => "another owner has it",
            Actors.Fabric.ShardLoss.AppendFailed => "an append failed, or its outcome is unknown",
            Actors.Fabric.ShardLoss.StepFailed => "a step left its state half changed; it is loaded again and the message that did it is set aside",
            _ => loss.ToString(),
        }) + (error is null ? "" : $": {error.Message}"),
    });

    private void Add(ShardMove move)
    {
        move.At = UtcTime.Of(time.GetUtcNow());
        lock (_gate)
        {
            if (_moves.Count == Kept)
            {
                _moves.Dequeue();
            }

            _moves.Enqueue(move);
        }
    }
}
