using ClearingActors.Engine;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Audit.Tests;

/// <summary>Journals of simulated houses as files: trades, settlements, margin, defaults, crashes and takeovers, all from one seed.</summary>
internal static class SimulatedJournal
{
    /// <summary>Writes the journal of a seed to a file: row for row in the order of recorded time, under the same epochs, with its snapshots.</summary>
    internal static void Write(string path, ulong seed, long steps = HouseSimulation.DefaultSteps) => HouseSimulation.Run(seed, steps, journal => Copy(journal, path, null));

    /// <summary>The same with a checkpoint after every so many rows, its key and its file beside it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="seed">Tells the house.</param>
    /// <param name="rowsPerCheckpoint">From 1.</param>
    /// <param name="steps">Of the simulation.</param>
    /// <param name="handOverAfter">The next key waits once so many rows are there, so the next checkpoint names it; 0 for no other key.</param>
    internal static void WriteSigned(string path, ulong seed, int rowsPerCheckpoint, long steps = HouseSimulation.DefaultSteps, int handOverAfter = 0) =>
        HouseSimulation.Run(seed, steps, journal =>
        {
            using var keys = CheckpointKeyFile.ReadOrMake(KeyOf(path));
            using var outside = CheckpointFile.Open(CheckpointsOf(path));
            Checkpointer? checkpointer = null;
            Copy(journal, path, (to, rows) =>
            {
                if (checkpointer is null)
                {
                    checkpointer = new Checkpointer(to, new TradeReceiptReader(), keys, outside, TimeProvider.System);
                    checkpointer.Resume();
                }

                if (rows == handOverAfter)
                {
                    File.Copy(KeyOf(path), FirstKeyOf(path));
                    CheckpointKeyFile.MakeNext(KeyOf(path));
                }

                if (rows % rowsPerCheckpoint == 0)
                {
                    checkpointer.MakeAsync(record => Task.FromResult(to.WriteCheckpoint(record)), CancellationToken.None).GetAwaiter().GetResult();
                }
            });
        });

    /// <summary>The signing key of a signed journal.</summary>
    internal static string KeyOf(string path) => path + ".checkpoint-key";

    /// <summary>The signing key that was handed over, where one was.</summary>
    internal static string FirstKeyOf(string path) => path + ".first-key";

    /// <summary>The file of checkpoints of a signed journal.</summary>
    internal static string CheckpointsOf(string path) => path + ".checkpoints";

    private static void Copy(IJournalStore from, string path, Action<SqliteJournal, int>? copied)
    {
        using var to = SqliteJournal.Open(path, new JournalOpenOptions(from.Identity.ShardCount, ClearingEngine.FeatureLevel));
        var heads = from.ReadHeads();
        var epochs = new long[heads.Count];
        var snapshots = heads.Select(head => from.ReadSnapshots(head.Shard)).ToList();
        var stored = heads.Select(_ => new HashSet<string>(StringComparer.Ordinal)).ToList();
        var rows = 0;
        foreach (var row in heads.SelectMany(head => from.ReadShard(head.Shard, 0, head.Position)).OrderBy(row => row.RecordedTime).ThenBy(row => row.Shard))
        {
            WriteSnapshots(row.Shard, row.Position - 1);
            Own(row.Shard, row.Epoch);
            to.Append([row]).AllAppended.ShouldBeTrue();
            rows++;
            copied?.Invoke(to, rows);
        }

        foreach (var head in heads)
        {
            WriteSnapshots(head.Shard, head.Position);
        }

        // As late as may be: a snapshot knows of acknowledgements that came after its turn, and what was acknowledged is in the journal by then.
        void WriteSnapshots(int shard, long position)
        {
            foreach (var snapshot in snapshots[shard].Where(s => s.Position == position).Reverse())
            {
                Own(shard, snapshot.Epoch);
                to.WriteSnapshot(
                    snapshot,
                    [.. snapshot.Parts.Where(hash => stored[shard].Add(Convert.ToHexString(hash.Span))).Select(hash => new SnapshotPart(hash, from.ReadSnapshotPart(shard, hash)))]);
            }
        }

        void Own(int shard, long epoch)
        {
            while (epochs[shard] < epoch)
            {
                epochs[shard] = to.TakeOver(shard, "simulated").Epoch;
            }
        }
    }
}
