namespace ClearingActors.Journal;

/// <summary>Is told of all that becomes durable in a <see cref="ModelJournal"/>, in the order in which it does.</summary>
/// <remarks>The rows of one shard tell their order themselves; when a snapshot was taken among the rows of other shards they do not tell.</remarks>
public interface IJournalFollower
{
    /// <summary>A shard has its next epoch.</summary>
    void TakenOver(int shard, string owner);

    /// <summary>A row is durable. Its memory is the journal's and does not change.</summary>
    void Appended(in JournalRow row);

    /// <summary>A snapshot is stored, with the parts that the journal did not have.</summary>
    void SnapshotWritten(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts);
}
