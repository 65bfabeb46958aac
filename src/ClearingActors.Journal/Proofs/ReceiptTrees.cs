using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ClearingActors.Journal.Proofs;

/// <summary>
/// The trade receipts in the turns between two checkpoints: a Merkle tree per shard, in the order of its turns, and one over the shards' roots. What a member is given to
/// prove its trade by shows nothing of other trades, where a turn would show all that stand in it.
/// </summary>
public sealed class ReceiptTrees
{
    /// <summary>Bytes of a receipt's nonce.</summary>
    public const int NonceSize = 16;

    private readonly MerkleFrontier?[] _shards;

    /// <summary>No receipts yet.</summary>
    public ReceiptTrees(int shards) => _shards = new MerkleFrontier?[shards];

    /// <summary>Receipts.</summary>
    public long Count { get; private set; }

    /// <summary>
    /// What hides a receipt from those who have its neighbour: the first 16 bytes of SHA-256(0x02, the row's leaf, the receipt's number in the row from 0 as 32 bits). Who has
    /// the row can make it, nobody else.
    /// </summary>
    public static void Nonce(ReadOnlySpan<byte> rowLeaf, int index, Span<byte> nonce)
    {
        Span<byte> content = stackalloc byte[1 + RowLeaf.Size + 4];
        content[0] = 2;
        rowLeaf.CopyTo(content[1..]);
        BinaryPrimitives.WriteInt32BigEndian(content[(1 + RowLeaf.Size)..], index);
        Span<byte> hash = stackalloc byte[MerkleTree.HashSize];
        SHA256.HashData(content, hash);
        hash[..NonceSize].CopyTo(nonce);
    }

    /// <summary>SHA-256(0x00, nonce, receipt).</summary>
    public static void Leaf(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> receipt, Span<byte> leaf)
    {
        Span<byte> content = receipt.Length <= 512 ? stackalloc byte[1 + NonceSize + receipt.Length] : new byte[1 + NonceSize + receipt.Length];
        content[0] = 0;
        nonce.CopyTo(content[1..]);
        receipt.CopyTo(content[(1 + NonceSize)..]);
        SHA256.HashData(content, leaf);
    }

    /// <summary>The leaf of a shard in the tree over the shards: SHA-256(0x00, shard u32, receipts u64, root of its receipts), big-endian.</summary>
    public static byte[] ShardLeaf(int shard, long count, ReadOnlySpan<byte> root)
    {
        Span<byte> content = stackalloc byte[1 + 4 + 8 + MerkleTree.HashSize];
        content[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(content[1..], shard);
        BinaryPrimitives.WriteInt64BigEndian(content[5..], count);
        root.CopyTo(content[13..]);
        return SHA256.HashData(content);
    }

    /// <summary>Adds the next receipt of a shard.</summary>
    public void Add(int shard, ReadOnlySpan<byte> leaf)
    {
        (_shards[shard] ??= new MerkleFrontier()).Append(leaf);
        Count++;
    }

    /// <summary>The leaves of the tree over the shards, one for each shard, with or without receipts.</summary>
    public IReadOnlyList<byte[]> ShardLeaves() => [.. _shards.Select((tree, shard) => tree is null ? ShardLeaf(shard, 0, MerkleTree.EmptyRoot) : ShardLeaf(shard, tree.Size, tree.Root()))];

    /// <summary>The root over all shards.</summary>
    public byte[] Root()
    {
        var all = new MerkleFrontier();
        foreach (var leaf in ShardLeaves())
        {
            all.Append(leaf);
        }

        return all.Root();
    }
}
