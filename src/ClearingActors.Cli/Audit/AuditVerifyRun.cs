using System.CommandLine;
using System.Diagnostics;
using ClearingActors.Audit;
using ClearingActors.Audit.Proofs;
using ClearingActors.Audit.Rulebook;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Cli.Audit;

/// <summary>What <c>clearing audit verify</c> is asked for.</summary>
/// <param name="Checkpoints">The file outside; null for none.</param>
/// <param name="Key">The trusted keys; null for none.</param>
/// <param name="HashesOnly">Without the rulebook.</param>
/// <param name="Json">Where the report goes as JSON; null for nowhere.</param>
internal sealed record VerifyOptions(FileInfo? Checkpoints, FileInfo? Key, bool HashesOnly, string? Json);

/// <summary><c>clearing audit verify</c>.</summary>
internal static class AuditVerifyRun
{
    /// <summary>Verifies and reports; <see cref="ExitCode.Failed"/> if something is not in order.</summary>
    /// <exception cref="CommandException">The journal or a file cannot be used, or the store stopped answering.</exception>
    internal static int Run(JournalSource source, ParseResult parsed, VerifyOptions options, CancellationToken cancellation)
    {
        if (options.Checkpoints is { Exists: false } missing)
        {
            throw new CommandException($"--checkpoints {missing}: there is no such file; leave it out to go by the checkpoints in the journal");
        }

        using var keys = options.Key is null ? null : AuditProof.ReadKeys(options.Key);
        return AuditRun.WithJournal(source, parsed, journal => Run((ICheckpointStore)journal, parsed, options, keys, cancellation));
    }

    /// <summary>The same for a journal that is open.</summary>
    /// <exception cref="JournalException">The store did not answer: nothing is known of the journal, and nothing found.</exception>
    internal static int Run(ICheckpointStore journal, ParseResult parsed, VerifyOptions options, PublicKeys? keys, CancellationToken cancellation)
    {
        var report = Verify(journal, parsed, options, keys, cancellation);
        if (!AuditRun.ToOutput(options.Json))
        {
            VerifyReportText.Print(report, parsed.InvocationConfiguration.Output);
        }

        if (options.Json is { } target)
        {
            AuditRun.WriteJson(target, VerifyReportText.ToJson(report), parsed.InvocationConfiguration.Output);
        }

        return report.IsInOrder ? ExitCode.Ok : ExitCode.Failed;
    }

    private static VerifyReport Verify(ICheckpointStore journal, ParseResult parsed, VerifyOptions options, PublicKeys? keys, CancellationToken cancellation)
    {
        var findings = new AuditFindings();
        var bar = !AuditRun.ToOutput(options.Json);
        var watch = Stopwatch.StartNew();
        HashReport hashes;
        try
        {
            hashes = ReplayProgress.Run(parsed, progress => HashAudit.Run(journal, options.Checkpoints?.FullName, keys, findings, progress, cancellation), bar, "hashes and signatures");
        }
        catch (JournalException e) when (!e.IsTransient)
        {
            // It was a journal when it was opened; what makes it unreadable is a result.
            findings.Add(-1, 0, "unreadable", e.Message);
            hashes = HashReport.Nothing;
            options = options with { HashesOnly = true };
        }

        var hashSeconds = watch.Elapsed.TotalSeconds;
        watch.Restart();
        var receiptFindings = new AuditFindings();
        var receiptsSeconds = 0.0;
        using var givingUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var receipts = options.HashesOnly
            ? null
            : Task.Run(
                () =>
                {
                    var own = Stopwatch.StartNew();
                    var count = ReceiptAudit.Run(journal, options.Checkpoints?.FullName, hashes.Checkpoints, receiptFindings, givingUp.Token);
                    receiptsSeconds = own.Elapsed.TotalSeconds;
                    return count;
                },
                cancellation);
        RulebookReport? rulebook;
        try
        {
            rulebook = options.HashesOnly
                ? null
                : ReplayProgress.Run(parsed, progress => RulebookAudit.Run(journal, JournalCut.AtHeads(journal), progress, cancellation), bar, "the rulebook");
        }
        catch
        {
            // The receipts read the same journal, which is closed behind this.
            givingUp.Cancel();
            Task.WaitAny([receipts ?? Task.CompletedTask], CancellationToken.None);
            throw;
        }

        var rulebookSeconds = watch.Elapsed.TotalSeconds;
        var receiptCount = receipts?.GetAwaiter().GetResult();
        foreach (var finding in (rulebook?.Findings ?? []).Concat(receiptFindings.First))
        {
            findings.Add(finding);
        }

        return new VerifyReport
        {
            Journal = journal.Identity,
            Hashes = hashes,
            HashSeconds = hashSeconds,
            Rulebook = rulebook,
            RulebookSeconds = rulebookSeconds,
            Receipts = receiptCount,
            ReceiptsSeconds = receiptsSeconds,
            FindingCount = findings.Count + (rulebook is null ? 0 : rulebook.FindingCount - rulebook.Findings.Count),
            Findings = findings.First,
        };
    }
}
