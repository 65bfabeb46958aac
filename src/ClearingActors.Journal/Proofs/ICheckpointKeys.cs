namespace ClearingActors.Journal.Proofs;

/// <summary>What signs checkpoints. A file now; a device that keeps the key to itself can stand behind it.</summary>
public interface ICheckpointKeys
{
    /// <summary>The id of the key in force.</summary>
    ReadOnlyMemory<byte> Id { get; }

    /// <summary>Called when the newest checkpoint is known: the key in force must be the one that may sign the next.</summary>
    /// <exception cref="CheckpointException">It is another.</exception>
    void Resume(Checkpoint? last);

    /// <summary>ECDSA on P-256 over SHA-256 of the data; r and s, 32 bytes each.</summary>
    byte[] Sign(ReadOnlySpan<byte> data);

    /// <summary>The public key to hand over to with the next checkpoint; empty for none.</summary>
    ReadOnlyMemory<byte> NextPublicKey();

    /// <summary>The checkpoint that names the next key is stored: from now on that one signs.</summary>
    void HandOver();
}
