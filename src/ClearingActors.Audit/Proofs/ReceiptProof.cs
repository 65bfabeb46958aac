using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Journal.Proofs;
using Google.Protobuf;

namespace ClearingActors.Audit.Proofs;

/// <summary>Proves one side of a trade by a checkpoint, and shows nothing of others (docs/journal-format.md, trade receipts).</summary>
public sealed record ReceiptProof
{
    /// <summary>A <see cref="TradeReceipt"/> as it was hashed.</summary>
    public required ReadOnlyMemory<byte> Receipt { get; init; }

    /// <summary>16 bytes.</summary>
    public required ReadOnlyMemory<byte> Nonce { get; init; }

    /// <summary>The place of its leaf among the receipts of the shard in the checkpoint, from 0.</summary>
    public required long Index { get; init; }

    /// <summary>Those receipts.</summary>
    public required long Count { get; init; }

    /// <summary>From the receipt's leaf to the shard's root.</summary>
    public required IReadOnlyList<byte[]> Path { get; init; }

    /// <summary>From the shard's leaf to the root that the checkpoint names.</summary>
    public required IReadOnlyList<byte[]> ShardPath { get; init; }

    /// <summary>The checkpoint's text.</summary>
    public required ReadOnlyMemory<byte> Checkpoint { get; init; }

    /// <summary>Checks it with nothing but the keys.</summary>
    /// <returns>What is proved.</returns>
    /// <exception cref="FormatException">It proves nothing; the message says why.</exception>
    public (TradeReceipt Receipt, Checkpoint Checkpoint) Verify(PublicKeys keys)
    {
        TradeReceipt receipt;
        try
        {
            receipt = TradeReceipt.Parser.ParseFrom(Receipt.Span);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new FormatException($"the receipt cannot be read: {e.Message}", e);
        }

        var checkpoint = SignedProof.Verify(Checkpoint, keys);
        if (Nonce.Length != ReceiptTrees.NonceSize)
        {
            throw new FormatException($"the nonce has {Nonce.Length} bytes; {ReceiptTrees.NonceSize} are needed");
        }

        if (receipt.Shard >= checkpoint.Shards.Count || receipt.Position < 1 || receipt.Position > checkpoint.Shards[(int)receipt.Shard].Size)
        {
            throw new FormatException($"the receipt is of shard {receipt.Shard}, position {receipt.Position}, which checkpoint {checkpoint.Number} does not cover");
        }

        var leaf = new byte[MerkleTree.HashSize];
        ReceiptTrees.Leaf(Nonce.Span, Receipt.Span, leaf);
        if (MerkleProof.RootOf(leaf, Index, Count, Path) is not { } shardRoot)
        {
            throw new FormatException("the path does not lead from the receipt to a root");
        }

        var shardLeaf = ReceiptTrees.ShardLeaf((int)receipt.Shard, Count, shardRoot);
        return MerkleProof.ProvesInclusion(shardLeaf, receipt.Shard, checkpoint.Shards.Count, ShardPath, checkpoint.ReceiptsRoot.Span)
            ? (receipt, checkpoint)
            : throw new FormatException($"the receipt is not among those that checkpoint {checkpoint.Number} signed");
    }
}
