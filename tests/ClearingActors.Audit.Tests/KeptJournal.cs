using System.Collections.Concurrent;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Tests;

/// <summary>The rows of a simulated house, kept for all tests that forge one of them: a house is simulated once.</summary>
internal sealed class KeptJournal : IJournalStore
{
    private static readonly ConcurrentDictionary<(ulong Seed, bool Defaults), Lazy<KeptJournal>> Houses = new();
    private readonly IReadOnlyList<ShardHead> _heads;
    private readonly JournalRow[][] _rows;

    private KeptJournal(IJournalStore journal)
    {
        Identity = journal.Identity;
        _heads = journal.ReadHeads();
        _rows = [.. _heads.Select(head => journal.ReadShard(head.Shard, 0, head.Position).ToArray())];
    }

    public JournalIdentity Identity { get; }

    /// <summary>A house that lives four times as long as usual, or one in which members default.</summary>
    internal static KeptJournal Of(ulong seed, bool defaults) => Houses.GetOrAdd((seed, defaults), static key => new Lazy<KeptJournal>(() =>
    {
        KeptJournal? kept = null;
        if (key.Defaults)
        {
            HouseSimulation.RunWithDefaults(key.Seed, HouseSimulation.DefaultSteps, journal => kept = new KeptJournal(journal));
        }
        else
        {
            HouseSimulation.Run(key.Seed, 4 * HouseSimulation.DefaultSteps, journal => kept = new KeptJournal(journal));
        }

        return kept!;
    })).Value;

    public IReadOnlyList<ShardHead> ReadHeads() => _heads;

    public IEnumerable<JournalRow> ReadShard(int shard, long afterPosition, long upToPosition) => _rows[shard].Skip((int)afterPosition).Take((int)(upToPosition - afterPosition));

    public IReadOnlyList<SnapshotRecord> ReadSnapshots(int shard) => [];

    public ReadOnlyMemory<byte> ReadSnapshotPart(int shard, ReadOnlyMemory<byte> hash) => throw new JournalException("no snapshots are kept");

    public AppendResult Append(IReadOnlyList<JournalRow> rows) => throw new NotSupportedException();

    public ShardHead TakeOver(int shard, string owner) => throw new NotSupportedException();

    public void RaiseFeatureLevel(int level) => throw new NotSupportedException();

    public void WriteSnapshot(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
