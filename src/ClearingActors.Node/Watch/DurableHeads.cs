namespace ClearingActors.Node.Watch;

/// <summary>The last durable position of each shard, and a wake-up for those who wait for the next. Thread-safe; advancing costs two volatile accesses when nobody waits.</summary>
internal sealed class DurableHeads(int shards)
{
    private readonly long[] _positions = new long[shards];
    private readonly TaskCompletionSource?[] _waiting = new TaskCompletionSource?[shards];

    internal long PositionOf(int shard) => Volatile.Read(ref _positions[shard]);

    /// <summary>Called by the shard's worker, in order.</summary>
    internal void Advance(int shard, long position)
    {
        Volatile.Write(ref _positions[shard], position);

        // A waiter enters itself first and reads the position afterwards: with the fence one of the two sees the other.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waiting[shard]) is not null)
        {
            Interlocked.Exchange(ref _waiting[shard], null)?.TrySetResult();
        }
    }

    /// <summary>Completes when the shard's position is beyond <paramref name="after"/>.</summary>
    internal async ValueTask WaitBeyondAsync(int shard, long after, CancellationToken cancellation)
    {
        while (PositionOf(shard) <= after)
        {
            var waiting = Volatile.Read(ref _waiting[shard]);
            if (waiting is null)
            {
                var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting = Interlocked.CompareExchange(ref _waiting[shard], mine, null) ?? mine;
            }

            Interlocked.MemoryBarrier();
            if (PositionOf(shard) > after)
            {
                return;
            }

            await waiting.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }
}
