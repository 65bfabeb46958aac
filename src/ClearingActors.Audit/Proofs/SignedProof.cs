using ClearingActors.Journal.Proofs;

namespace ClearingActors.Audit.Proofs;

/// <summary>What proofs of rows and receipts have in common.</summary>
internal static class SignedProof
{
    /// <summary>The checkpoint, if it is signed by one of the keys.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    internal static Checkpoint Verify(ReadOnlyMemory<byte> text, PublicKeys keys)
    {
        SignedCheckpoint signed;
        try
        {
            signed = Checkpoint.Parse(text);
        }
        catch (OverflowException e)
        {
            throw new FormatException($"the checkpoint cannot be read: {e.Message}", e);
        }

        var key = signed.Checkpoint.Key.Span;
        return !keys.Knows(key) ? throw new FormatException($"checkpoint {signed.Checkpoint.Number} is signed by the key {Convert.ToHexStringLower(key)}, which is not among the {keys.Count} trusted")
            : !keys.HasSigned(key, signed.Signed.Span, signed.Signature.Span) ? throw new FormatException($"the signature of checkpoint {signed.Checkpoint.Number} is not that of its key")
            : signed.Checkpoint;
    }
}
