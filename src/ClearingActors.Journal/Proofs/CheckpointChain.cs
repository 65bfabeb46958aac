namespace ClearingActors.Journal.Proofs;

/// <summary>
/// Follows checkpoints one by one and says what is wrong with the next: it must continue the one before, and be signed by the key in force. A checkpoint may hand over to
/// another key, which is trusted from then on.
/// </summary>
/// <param name="keys">The keys that are trusted; null to check all but the signatures. Keys that are handed over to are added.</param>
public sealed class CheckpointChain(PublicKeys? keys)
{
    private byte[]? _inForce;

    /// <summary>The last one that was in order; null before the first.</summary>
    public SignedCheckpoint? Last { get; private set; }

    /// <summary>Takes the next checkpoint. The first may have any number, since a file need not begin at the beginning.</summary>
    /// <returns>What is wrong with it, in words; null if it is in order. What is wrong is not taken.</returns>
    public string? Add(SignedCheckpoint next)
    {
        if ((Last is { } last ? Compare(last, next.Checkpoint) : next.Checkpoint.Number == 1 ? CompareFirst(next.Checkpoint) : null) is { } wrong)
        {
            return wrong;
        }

        if (keys is not null)
        {
            if (!keys.Knows(next.Checkpoint.Key.Span))
            {
                return $"it is signed by the key {Convert.ToHexStringLower(next.Checkpoint.Key.Span)}, which is not among the trusted keys";
            }

            if (!keys.HasSigned(next.Checkpoint.Key.Span, next.Signed.Span, next.Signature.Span))
            {
                return "its signature is not that of the key it names";
            }
        }

        if (next.Checkpoint.NextKey.Length > 0)
        {
            try
            {
                using var check = new PublicKeys();
                check.Add(next.Checkpoint.NextKey.Span);
                keys?.Add(next.Checkpoint.NextKey.Span);
            }
            catch (FormatException e)
            {
                return $"the next key is none: {e.Message}";
            }
        }

        _inForce = next.Checkpoint.NextKey.Length > 0 ? System.Security.Cryptography.SHA256.HashData(next.Checkpoint.NextKey.Span) : next.Checkpoint.Key.ToArray();
        Last = next;
        return null;
    }

    private static string? CompareFirst(Checkpoint first) =>
        first.Previous.Span.SequenceEqual(Checkpoint.None.Span) ? null : "it is the first and names one before it";

    private string? Compare(SignedCheckpoint before, Checkpoint next)
    {
        var last = before.Checkpoint;
        if (next.Journal != last.Journal || next.Generation != last.Generation)
        {
            return $"it is of journal {next.Journal:D}, generation {next.Generation}; the one before of {last.Journal:D}, generation {last.Generation}";
        }

        if (next.Number != last.Number + 1)
        {
            return $"it has number {next.Number} after {last.Number}";
        }

        if (!next.Previous.Span.SequenceEqual(before.Hash()))
        {
            return $"it does not name checkpoint {last.Number} as the one before";
        }

        if (next.Time <= last.Time)
        {
            return $"its time {next.Time} is not after {last.Time} of the one before";
        }

        if (!next.Key.Span.SequenceEqual(_inForce))
        {
            return $"it is signed by the key {Convert.ToHexStringLower(next.Key.Span)}; in force is {Convert.ToHexStringLower(_inForce!)}";
        }

        if (next.Shards.Count != last.Shards.Count)
        {
            return $"it has {next.Shards.Count} shards after {last.Shards.Count}";
        }

        for (var shard = 0; shard < next.Shards.Count; shard++)
        {
            var (from, to) = (last.Shards[shard], next.Shards[shard]);
            if (to.Size < from.Size)
            {
                return $"shard {shard} has {to.Size} turns after {from.Size}";
            }

            if (to.Size == from.Size && !to.Root.Span.SequenceEqual(from.Root.Span))
            {
                return $"shard {shard} has another root at the same {to.Size} turns";
            }
        }

        return null;
    }
}
