using ClearingActors.Audit.Proofs;
using ClearingActors.Audit.Rulebook;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;
using ClearingActors.Testing;

namespace ClearingActors.Audit.Tests;

/// <summary>A store that does not answer any more says nothing about the journal in it: nothing is found, and the audit says that it could not be done.</summary>
public sealed class OutageTests : IDisposable
{
    private const int Moments = 25;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-outage-");
    private readonly string _path;

    public OutageTests()
    {
        _path = Path.Combine(_folder.FullName, "clearing.journal");
        SimulatedJournal.WriteSigned(_path, 7, 200);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_hashes()
    {
        using var keys = PublicKeys.FromPem(File.ReadAllText(CheckpointKeyFile.PublicPathOf(SimulatedJournal.KeyOf(_path))));
        AtEveryMoment((journal, findings) => HashAudit.Run(journal, SimulatedJournal.CheckpointsOf(_path), keys, findings, null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_receipts()
    {
        using var whole = SqliteJournal.OpenReadOnly(_path);
        var newest = whole.LastCheckpoint();
        newest.ShouldBeGreaterThan(3);
        AtEveryMoment((journal, findings) => ReceiptAudit.Run(journal, null, newest, findings, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_rulebook() =>
        AtEveryMoment((journal, findings) => RulebookAudit.Run(journal, JournalCut.AtHeads(journal), findings, null, TestContext.Current.CancellationToken).Complete.ShouldBeTrue());

    /// <summary>The outage at many moments of the audit, the last read among them.</summary>
    private void AtEveryMoment(Action<ICheckpointStore, AuditFindings> audit)
    {
        using var stored = SqliteJournal.OpenReadOnly(_path);
        var whole = new OutageJournal(stored, long.MaxValue);
        var none = new AuditFindings();
        audit(whole, none);
        none.First.ShouldBeEmpty();
        for (var moment = 0; moment < Moments; moment++)
        {
            var answers = (whole.Answered - 1) * moment / (Moments - 1);
            var findings = new AuditFindings();
            Should.Throw<JournalException>(() => audit(new OutageJournal(stored, answers), findings), $"after {answers} answers").IsTransient.ShouldBeTrue();
            findings.First.ShouldBeEmpty($"after {answers} answers");
        }
    }
}
