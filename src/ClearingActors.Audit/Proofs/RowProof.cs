using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Audit.Proofs;

/// <summary>Proves a whole row of the journal by a checkpoint. It shows all that stands in the row, so it is for auditors.</summary>
public sealed record RowProof
{
    /// <summary>The row as it is stored.</summary>
    public required JournalRow Row { get; init; }

    /// <summary>From the row's leaf to the shard's root.</summary>
    public required IReadOnlyList<byte[]> Path { get; init; }

    /// <summary>The checkpoint's text.</summary>
    public required ReadOnlyMemory<byte> Checkpoint { get; init; }

    /// <summary>Checks it with nothing but the keys.</summary>
    /// <returns>The checkpoint that proves it.</returns>
    /// <exception cref="FormatException">It proves nothing; the message says why.</exception>
    public Checkpoint Verify(PublicKeys keys)
    {
        var checkpoint = SignedProof.Verify(Checkpoint, keys);
        if (Row.Shard < 0 || Row.Shard >= checkpoint.Shards.Count)
        {
            throw new FormatException($"the row is of shard {Row.Shard}; checkpoint {checkpoint.Number} has the shards 0 to {checkpoint.Shards.Count - 1}");
        }

        var leaf = new byte[RowLeaf.Size];
        using var hash = RowLeaf.NewHasher();
        RowLeaf.Compute(Row.Shard, Row.Position, Row.Epoch, Row.RecordedTime, Row.Payload.Span, hash, leaf);
        var tree = checkpoint.Shards[Row.Shard];
        return MerkleProof.ProvesInclusion(leaf, Row.Position - 1, tree.Size, Path, tree.Root.Span)
            ? checkpoint
            : throw new FormatException($"the row of shard {Row.Shard} at position {Row.Position} is not what checkpoint {checkpoint.Number} signed");
    }
}
