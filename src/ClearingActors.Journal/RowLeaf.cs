using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ClearingActors.Journal;

/// <summary>The Merkle leaf of a journal row (RFC 9162, 2.1.1): SHA-256 over 0x00 and all columns in a fixed encoding.</summary>
public static class RowLeaf
{
    /// <summary>The length of a leaf in bytes.</summary>
    public const int Size = 32;

    private const int HeaderSize = 1 + 4 + 8 + 8 + 8;

    /// <summary>
    /// Writes SHA-256(0x00, shard u32, position u64, epoch u64, recorded time u64, payload as stored), integers big-endian, into <paramref name="leaf"/>.
    /// </summary>
    public static void Compute(int shard, long position, long epoch, long recordedTime, ReadOnlySpan<byte> payload, IncrementalHash hash, Span<byte> leaf)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        header[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], shard);
        BinaryPrimitives.WriteInt64BigEndian(header[5..], position);
        BinaryPrimitives.WriteInt64BigEndian(header[13..], epoch);
        BinaryPrimitives.WriteInt64BigEndian(header[21..], recordedTime);
        hash.AppendData(header);
        hash.AppendData(payload);
        hash.GetHashAndReset(leaf);
    }

    /// <summary>A new hasher for <see cref="Compute"/>; one per thread, reused.</summary>
    public static IncrementalHash NewHasher() => IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
}
