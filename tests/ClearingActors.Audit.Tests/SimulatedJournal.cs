using ClearingActors.Engine;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Tests;

/// <summary>Journals of simulated houses as files: trades, settlements, margin, defaults, crashes and takeovers, all from one seed.</summary>
internal static class SimulatedJournal
{
    /// <summary>Writes the journal of a seed to a file: row for row, under the same epochs, with its snapshots.</summary>
    internal static void Write(string path, ulong seed, long steps = HouseSimulation.DefaultSteps) => HouseSimulation.Run(seed, steps, journal => Copy(journal, path));

    private static void Copy(IJournalStore from, string path)
    {
        using var to = SqliteJournal.Open(path, new JournalOpenOptions(from.Identity.ShardCount, ClearingEngine.FeatureLevel));
        foreach (var head in from.ReadHeads())
        {
            var epoch = 0L;
            var snapshots = from.ReadSnapshots(head.Shard);
            var stored = new HashSet<string>(StringComparer.Ordinal);
            foreach (var row in from.ReadShard(head.Shard, 0, head.Position))
            {
                while (epoch < row.Epoch)
                {
                    epoch = to.TakeOver(head.Shard, "simulated").Epoch;
                }

                to.Append([row]).AllAppended.ShouldBeTrue();
                foreach (var snapshot in snapshots.Where(s => s.Position == row.Position).Reverse())
                {
                    while (epoch < snapshot.Epoch)
                    {
                        epoch = to.TakeOver(head.Shard, "simulated").Epoch;
                    }

                    var parts = snapshot.Parts.Where(hash => stored.Add(Convert.ToHexString(hash.Span))).Select(hash => new SnapshotPart(hash, from.ReadSnapshotPart(head.Shard, hash))).ToList();
                    to.WriteSnapshot(snapshot, parts);
                }
            }
        }
    }
}
