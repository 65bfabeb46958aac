using System.Security.Cryptography;

namespace ClearingActors.Journal.Proofs;

/// <summary>The hashes of a Merkle tree by RFC 9162, 2.1.1. Leaves are hashed by who makes them (<see cref="RowLeaf"/>, <see cref="ReceiptTrees"/>).</summary>
public static class MerkleTree
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashSize = 32;

    private static readonly byte[] Empty = SHA256.HashData([]);

    /// <summary>The root of a tree without leaves: SHA-256 of nothing.</summary>
    public static ReadOnlySpan<byte> EmptyRoot => Empty;

    /// <summary>SHA-256(0x01, left, right) into <paramref name="node"/>, which may be one of the two.</summary>
    public static void HashNode(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> node)
    {
        Span<byte> content = stackalloc byte[1 + (2 * HashSize)];
        content[0] = 1;
        left.CopyTo(content[1..]);
        right.CopyTo(content[(1 + HashSize)..]);
        SHA256.HashData(content, node);
    }

    /// <summary>The largest power of two below <paramref name="size"/>: where RFC 9162 splits a tree of more than one leaf.</summary>
    internal static long SplitOf(long size) => 1L << (63 - (int)long.LeadingZeroCount(size - 1));
}
