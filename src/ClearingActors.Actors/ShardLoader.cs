using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>Builds a shard from its newest usable snapshot and the log after it.</summary>
internal static class ShardLoader
{
    /// <summary>Loads the shard up to the head that a takeover returned.</summary>
    /// <param name="knownWatermarks">Of <see cref="ReceiverWatermarks"/>, for this shard as sender; null where nothing is known.</param>
    /// <param name="useSnapshots">False to replay the whole log, as who proves that snapshots agree with it does.</param>
    internal static Shard Load(IJournalStore store, ShardHead head, IShardProgram program, AddressBook book, RuntimeOptions options, IRuntimeObserver observer, HashSet<(int From, long Sequence)> poison, bool useSnapshots = true, long[]? knownWatermarks = null)
    {
        Shard NewShard() => new(head.Shard, program, book, options, observer, poison) { Epoch = head.Epoch, KnownWatermarks = knownWatermarks };
        var shard = NewShard();
        var fromSnapshot = false;
        if (useSnapshots)
        {
            foreach (var snapshot in store.ReadSnapshots(head.Shard))
            {
                if (Refuse(store, head, program, snapshot) is { } reason)
                {
                    observer.SnapshotRefused(head.Shard, snapshot.Position, reason);
                    continue;
                }

                try
                {
                    shard.Load(snapshot, hash => store.ReadSnapshotPart(head.Shard, hash));
                    fromSnapshot = true;
                    break;
                }
                catch (Exception error) when (error is InvalidDataException or JournalException)
                {
                    observer.SnapshotRefused(head.Shard, snapshot.Position, error.Message);
                    shard = NewShard();
                }
            }
        }

        long events = 0;
        foreach (var row in store.ReadShard(head.Shard, shard.Position, head.Position))
        {
            events += shard.Replay(row);
        }

        if (shard.Position != head.Position)
        {
            throw new JournalException($"shard {head.Shard}: the log ends at {shard.Position} where its head says {head.Position}");
        }

        observer.ShardLoaded(head.Shard, head.Epoch, head.Position, events, fromSnapshot);
        return shard;
    }

    private static string? Refuse(IJournalStore store, ShardHead head, IShardProgram program, SnapshotRecord snapshot)
    {
        if (snapshot.SchemaVersion != program.SchemaVersion)
        {
            return $"its encoding is version {snapshot.SchemaVersion}, this program's {program.SchemaVersion}";
        }

        if (snapshot.Position > head.Position)
        {
            return $"it is at {snapshot.Position}, beyond the log's end at {head.Position}";
        }

        var row = store.ReadShard(head.Shard, snapshot.Position - 1, snapshot.Position).Single();
        return row.Leaf.Span.SequenceEqual(snapshot.Leaf.Span) ? null : $"the log's turn {snapshot.Position} is another than the one it was taken at";
    }
}
