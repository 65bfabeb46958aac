using ClearingActors.Engine;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Audit.Tests;

/// <summary>Journals of simulated houses as files: trades, settlements, margin, defaults, crashes and takeovers, all from one seed.</summary>
/// <remarks>Each file is written while its house lives, so it is at every moment what a journal of that house would be.</remarks>
internal static class SimulatedJournal
{
    /// <summary>Writes the journal of a seed to a file: rows, snapshots and epochs in the order in which they became durable.</summary>
    /// <param name="path">The file.</param>
    /// <param name="seed">Tells the house.</param>
    /// <param name="steps">Of the simulation.</param>
    /// <param name="atSnapshot">Looks at the journal whenever it has another snapshot.</param>
    internal static void Write(string path, ulong seed, long steps = HouseSimulation.DefaultSteps, Action<IJournalStore>? atSnapshot = null)
    {
        FileCopy? copy = null;
        try
        {
            HouseSimulation.RunFollowed(seed, steps, identity => copy = new FileCopy(path, identity.ShardCount, atSnapshot));
        }
        finally
        {
            copy?.Dispose();
        }
    }

    /// <summary>The same with a checkpoint after every so many rows, its key and its file beside it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="seed">Tells the house.</param>
    /// <param name="rowsPerCheckpoint">From 1.</param>
    /// <param name="steps">Of the simulation.</param>
    /// <param name="handOverAfter">The next key waits once so many rows are there, so the next checkpoint names it; 0 for no other key.</param>
    internal static void WriteSigned(string path, ulong seed, int rowsPerCheckpoint, long steps = HouseSimulation.DefaultSteps, int handOverAfter = 0)
    {
        using var keys = CheckpointKeyFile.ReadOrMake(KeyOf(path));
        using var outside = CheckpointFile.Open(CheckpointsOf(path));
        SignedFileCopy? copy = null;
        try
        {
            HouseSimulation.RunFollowed(seed, steps, identity => copy = new SignedFileCopy(path, identity.ShardCount, keys, outside, rowsPerCheckpoint, handOverAfter));
        }
        finally
        {
            copy?.Dispose();
        }
    }

    /// <summary>The signing key of a signed journal.</summary>
    internal static string KeyOf(string path) => path + ".checkpoint-key";

    /// <summary>The signing key that was handed over, where one was.</summary>
    internal static string FirstKeyOf(string path) => path + ".first-key";

    /// <summary>The file of checkpoints of a signed journal.</summary>
    internal static string CheckpointsOf(string path) => path + ".checkpoints";

    private class FileCopy(string path, int shards, Action<IJournalStore>? atSnapshot) : IJournalFollower, IDisposable
    {
        protected SqliteJournal To { get; } = SqliteJournal.Open(path, new JournalOpenOptions(shards, ClearingEngine.FeatureLevel));

        public void TakenOver(int shard, string owner) => To.TakeOver(shard, owner);

        public virtual void Appended(in JournalRow row) => To.Append([row]).AllAppended.ShouldBeTrue();

        public void SnapshotWritten(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts)
        {
            To.WriteSnapshot(snapshot, newParts);
            atSnapshot?.Invoke(To);
        }

        public void Dispose() => To.Dispose();
    }

    private sealed class SignedFileCopy : FileCopy
    {
        private readonly string _path;
        private readonly int _rowsPerCheckpoint;
        private readonly int _handOverAfter;
        private readonly Checkpointer _checkpointer;
        private int _rows;

        internal SignedFileCopy(string path, int shards, CheckpointKeyFile keys, CheckpointFile outside, int rowsPerCheckpoint, int handOverAfter)
            : base(path, shards, null)
        {
            _path = path;
            _rowsPerCheckpoint = rowsPerCheckpoint;
            _handOverAfter = handOverAfter;
            _checkpointer = new Checkpointer(To, new TradeReceiptReader(), keys, outside, TimeProvider.System);
            _checkpointer.Resume();
        }

        public override void Appended(in JournalRow row)
        {
            base.Appended(row);
            _rows++;
            if (_rows == _handOverAfter)
            {
                File.Copy(KeyOf(_path), FirstKeyOf(_path));
                CheckpointKeyFile.MakeNext(KeyOf(_path));
            }

            if (_rows % _rowsPerCheckpoint == 0)
            {
                _checkpointer.MakeAsync(record => Task.FromResult(To.WriteCheckpoint(record)), CancellationToken.None).GetAwaiter().GetResult();
            }
        }
    }
}
