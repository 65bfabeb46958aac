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

    public void Dispose() => _folder.Delete(recursive: true);
}
