using ClearingActors.Actors.Fabric;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>
/// Builds every shard from its log alone, without taking it over and without snapshots, and says what state that gives: what an auditor does, and what proves that live
/// state and journal agree.
/// </summary>
public static class ShardReplay
{
    /// <summary>SHA-256 of every shard's state at the heads of the journal, to be compared with <see cref="ActorRuntime.DigestAsync"/>.</summary>
    /// <param name="store">The journal; read only.</param>
    /// <param name="program">The actors.</param>
    /// <param name="book">The addresses, with the journal's shard count.</param>
    /// <exception cref="InvalidDataException">A row cannot be replayed, or does not have the hash that stands beside it.</exception>
    public static IReadOnlyList<byte[]> Digests(IJournalStore store, IShardProgram program, AddressBook book)
    {
        var options = new RuntimeOptions();
        var observer = new ReplayObserver();
        var heads = store.ReadHeads();
        var known = ReceiverWatermarks.Read(store, heads);
        var shards = heads.Select(head => ShardLoader.Load(store, head, program, book, options, observer, [], useSnapshots: false, known[head.Shard])).ToList();
        return [.. shards.Select(shard => shard.Digest(to => shards[to].DurableFrom(shard.Number)))];
    }

    /// <summary>Replays every shard to its head and forgets it; for programs that watch what they replay.</summary>
    /// <param name="store">The journal; read only.</param>
    /// <param name="program">The actors.</param>
    /// <param name="book">The addresses, with the journal's shard count.</param>
    /// <param name="first">The shard that is replayed before all others.</param>
    /// <exception cref="InvalidDataException">A row cannot be replayed, or does not have the hash that stands beside it.</exception>
    public static void Run(IJournalStore store, IShardProgram program, AddressBook book, int first) =>
        Run(store, program, book, Enumerable.Range(0, book.ShardCount).OrderBy(shard => shard == first ? 0 : 1));

    /// <summary>The same for some shards.</summary>
    /// <param name="store">The journal; read only.</param>
    /// <param name="program">The actors.</param>
    /// <param name="book">The addresses, with the journal's shard count.</param>
    /// <param name="shards">In the order in which they are replayed; the next is asked for when one has been.</param>
    /// <exception cref="InvalidDataException">A row cannot be replayed, or does not have the hash that stands beside it.</exception>
    public static void Run(IJournalStore store, IShardProgram program, AddressBook book, IEnumerable<int> shards)
    {
        var options = new RuntimeOptions();
        var observer = new ReplayObserver();
        var heads = store.ReadHeads();
        var known = ReceiverWatermarks.Read(store, heads);
        var byShard = heads.ToDictionary(head => head.Shard);
        foreach (var head in shards.Select(shard => byShard[shard]))
        {
            ShardLoader.Load(store, head, program, book, options, observer, [], useSnapshots: false, known[head.Shard]);
        }
    }
}
