using ClearingActors.Engine;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Audit.Proofs;

/// <summary>
/// Makes the trade receipts of all turns again and holds them against what the checkpoints signed: a receipt that the journal does not bear out is found, and so is one that is
/// missing. Goes by checkpoints that <see cref="HashAudit"/> has proved.
/// </summary>
internal static class ReceiptAudit
{
    /// <summary>Runs the audit.</summary>
    /// <param name="journal">Read only; another process may be writing it.</param>
    /// <param name="checkpointFile">The file outside the database; null for none.</param>
    /// <param name="upTo">The last checkpoint that is proved.</param>
    /// <param name="findings">Gets what is found.</param>
    /// <param name="cancellation">Ends it between two checkpoints.</param>
    /// <returns>Receipts.</returns>
    /// <exception cref="JournalException">The store did not answer, which says nothing about the journal.</exception>
    internal static long Run(ICheckpointStore journal, string? checkpointFile, long upTo, AuditFindings findings, CancellationToken cancellation)
    {
        var fold = new ReceiptFold(new TradeReceiptReader());
        var shards = journal.Identity.ShardCount;
        long receipts = 0;
        long last = 0;
        IRowScan? scan = null;
        try
        {
            foreach (var signed in new CheckpointSource(journal, checkpointFile, upTo, new AuditFindings()).Read().TakeWhile(c => c.Checkpoint.Number <= upTo))
            {
                cancellation.ThrowIfCancellationRequested();
                var checkpoint = signed.Checkpoint;
                if (scan is null)
                {
                    // A file may begin in the middle: the receipts of its first checkpoint are of turns since one that is not at hand.
                    scan = journal.Scan(checkpoint.Number == 1 ? new JournalCut(new long[shards]) : checkpoint.Cut);
                    last = checkpoint.Number == 1 ? 0 : checkpoint.Number;
                }

                if (checkpoint.Number == last)
                {
                    continue;
                }

                last = checkpoint.Number;
                var trees = new ReceiptTrees(shards);
                scan.ReadTo(checkpoint.Cut, (in StoredRow row) => Add(row, fold, trees, findings));
                receipts += trees.Count;
                if (trees.Count != checkpoint.Receipts || !trees.Root().AsSpan().SequenceEqual(checkpoint.ReceiptsRoot.Span))
                {
                    findings.Add(-1, checkpoint.Number, "receipts", $"it states {checkpoint.Receipts} trade receipts; the turns give {trees.Count}, or others");
                }
            }
        }
        catch (JournalException e) when (!e.IsTransient)
        {
            findings.Add(-1, last, "unreadable", e.Message);
        }
        finally
        {
            scan?.Dispose();
        }

        return receipts;
    }

    private static bool Add(in StoredRow row, ReceiptFold fold, ReceiptTrees trees, AuditFindings findings)
    {
        try
        {
            fold.Add(row, trees);
        }
        catch (InvalidDataException e)
        {
            findings.Add(row.Shard, row.Position, "row-content", $"the payload is no turn: {e.Message}");
        }

        return true;
    }
}
