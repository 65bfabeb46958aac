using ClearingActors.Journal.Proofs;

namespace ClearingActors.Audit.Proofs;

/// <summary>
/// The checkpoints of a journal as an auditor has them: from the journal and from the file outside, which must agree. Where the journal has fewer, the file's count.
/// </summary>
/// <param name="journal">Read only; another process may be writing it.</param>
/// <param name="file">The file outside; null for none.</param>
/// <param name="newest">The journal's newest when the audit began: those made since are left to the next one.</param>
/// <param name="findings">Gets what is found.</param>
internal sealed class CheckpointSource(ICheckpointStore journal, string? file, long newest, AuditFindings findings)
{
    /// <summary>In order; ends where something cannot be read.</summary>
    internal IEnumerable<SignedCheckpoint> Read()
    {
        using var outside = Outside();
        var hasOutside = MoveNext(outside);
        var last = 0L;
        foreach (var (number, text) in journal.ReadCheckpoints(0).TakeWhile(c => c.Number <= newest))
        {
            if (Parse(number, text) is not { } stored)
            {
                yield break;
            }

            while (hasOutside && outside.Current.Checkpoint.Number < number)
            {
                findings.Add(-1, outside.Current.Checkpoint.Number, "checkpoint-missing", "it stands in the file and not in the journal");
                hasOutside = MoveNext(outside);
            }

            if (hasOutside && outside.Current.Checkpoint.Number == number)
            {
                if (!outside.Current.Text.Span.SequenceEqual(stored.Text.Span))
                {
                    findings.Add(-1, number, "checkpoint-differs", "the journal's is not that of the file: one of the two was changed");
                }

                stored = outside.Current;
                hasOutside = MoveNext(outside);
            }

            if (last == 0 && number != 1)
            {
                findings.Add(-1, 1, "checkpoint-missing", $"the journal's checkpoints begin with {number}");
            }

            last = number;
            yield return stored;
        }

        // Made since the audit began. The journal is written before the file, so what the file has and the journal even now has not was cut off.
        while (hasOutside && outside.Current.Checkpoint.Number <= journal.LastCheckpoint())
        {
            hasOutside = MoveNext(outside);
        }

        var told = false;
        for (; hasOutside; hasOutside = MoveNext(outside))
        {
            if (!told)
            {
                told = true;
                findings.Add(-1, outside.Current.Checkpoint.Number, "checkpoint-missing", $"it stands in the file; the journal's checkpoints end with {last}");
            }

            yield return outside.Current;
        }
    }

    private IEnumerator<SignedCheckpoint> Outside() => (file is null ? [] : CheckpointFile.Read(file)).GetEnumerator();

    private bool MoveNext(IEnumerator<SignedCheckpoint> outside)
    {
        try
        {
            return outside.MoveNext();
        }
        catch (FormatException e)
        {
            findings.Add(-1, 0, "checkpoint-file", e.Message);
            return false;
        }
    }

    private SignedCheckpoint? Parse(long number, ReadOnlyMemory<byte> text)
    {
        try
        {
            var checkpoint = Checkpoint.Parse(text);
            if (checkpoint.Checkpoint.Number == number)
            {
                return checkpoint;
            }

            findings.Add(-1, number, "checkpoint-number", $"it says that it is number {checkpoint.Checkpoint.Number}");
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            findings.Add(-1, number, "checkpoint-text", e.Message);
        }

        return null;
    }
}
