using System.IO.Compression;
using ClearingActors.Audit.Proofs;
using ClearingActors.Audit.Rulebook;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Tests;

/// <summary>The journals of released feature levels, kept as they were written then: whoever changes what a rule or a hash means fails here.</summary>
public sealed class GoldenAuditTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-golden-audit-");

    public static TheoryData<string> Journals() => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "golden"), "*.journal.gz").Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Journals))]
    public async Task The_journal_of_a_released_level_is_in_order(string name)
    {
        var path = Path.Combine(_folder.FullName, "golden.journal");
        await using (var packed = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "golden", name)), CompressionMode.Decompress))
        await using (var file = File.Create(path))
        {
            await packed.CopyToAsync(file, TestContext.Current.CancellationToken);
        }

        using var journal = SqliteJournal.OpenReadOnly(path);
        var findings = new AuditFindings();
        var hashes = HashAudit.Run(journal, null, null, findings, null, TestContext.Current.CancellationToken);
        findings.First.ShouldBeEmpty();
        hashes.Rows.ShouldBeGreaterThan(500);
        var rulebook = RulebookAudit.Run(journal, JournalCut.AtHeads(journal), null, TestContext.Current.CancellationToken);
        rulebook.Findings.ShouldBeEmpty();
        rulebook.Complete.ShouldBeTrue();
        rulebook.Rows.ShouldBe(hashes.Rows);
        rulebook.Trades.ShouldBeGreaterThan(0);
        rulebook.Cycles.ShouldBeGreaterThan(0);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
