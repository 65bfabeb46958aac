using ClearingActors.Audit.Proofs;
using ClearingActors.Audit.Rulebook;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Audit.Tests;

/// <summary>A journal that is being written and signed is in order at every moment of it.</summary>
public sealed class LiveJournalTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-live-");

    [Fact]
    public async Task Whenever_it_is_audited_while_rows_checkpoints_and_snapshots_come_nothing_is_found()
    {
        var path = Path.Combine(_folder.FullName, "clearing.journal");
        var writing = Task.Run(() => SimulatedJournal.WriteSigned(path, 8, 10, 60_000), TestContext.Current.CancellationToken);
        while (!writing.IsCompleted && !(File.Exists(SimulatedJournal.CheckpointsOf(path)) && new FileInfo(SimulatedJournal.CheckpointsOf(path)).Length > 0))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        using var keys = PublicKeys.FromPem(await File.ReadAllTextAsync(CheckpointKeyFile.PublicPathOf(SimulatedJournal.KeyOf(path)), TestContext.Current.CancellationToken));
        var whileWritten = 0;
        var last = 0L;
        bool written;
        do
        {
            written = writing.IsCompleted;
            using var journal = SqliteJournal.OpenReadOnly(path);
            var findings = new AuditFindings();
            var hashes = HashAudit.Run(journal, SimulatedJournal.CheckpointsOf(path), keys, findings, null, TestContext.Current.CancellationToken);
            _ = ReceiptAudit.Run(journal, SimulatedJournal.CheckpointsOf(path), hashes.Checkpoints, findings, TestContext.Current.CancellationToken);
            findings.First.ShouldBeEmpty();
            hashes.Checkpoints.ShouldBeGreaterThanOrEqualTo(last);
            last = hashes.Checkpoints;
            RulebookAudit.Run(journal, JournalCut.AtHeads(journal), null, TestContext.Current.CancellationToken).Findings.ShouldBeEmpty();
            whileWritten += written ? 0 : 1;
        }
        while (!written);
        await writing;
        whileWritten.ShouldBeGreaterThan(5);
        last.ShouldBeGreaterThan(400);
    }

    /// <summary>A snapshot knows what other shards had received by then, so that is when it shows whether the journal has it.</summary>
    [Fact]
    public void At_the_moment_of_each_snapshot_nothing_is_found()
    {
        var snapshots = 0L;
        foreach (var seed in Enumerable.Range(1, 20))
        {
            SimulatedJournal.Write(Path.Combine(_folder.FullName, $"{seed}.journal"), (ulong)seed, atSnapshot: journal =>
            {
                var report = RulebookAudit.Run(journal, JournalCut.AtHeads(journal), null, TestContext.Current.CancellationToken);
                report.Findings.ShouldBeEmpty();
                report.Snapshots.ShouldBePositive();
                snapshots++;
            });
        }

        snapshots.ShouldBeGreaterThan(100);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
