using System.Security.Cryptography;

namespace ClearingActors.Journal;

/// <summary>The rules for snapshot parts that every store shares.</summary>
internal static class SnapshotParts
{
    /// <summary>The snapshots that a shard keeps.</summary>
    public const int Kept = 2;

    /// <summary>The hashes of a snapshot's parts as they are stored: 32 bytes each, one after the other.</summary>
    public static byte[] Join(IReadOnlyList<ReadOnlyMemory<byte>> hashes)
    {
        var joined = new byte[hashes.Count * SHA256.HashSizeInBytes];
        for (var i = 0; i < hashes.Count; i++)
        {
            hashes[i].Span.CopyTo(joined.AsSpan(i * SHA256.HashSizeInBytes));
        }

        return joined;
    }

    /// <summary>The inverse of <see cref="Join"/>.</summary>
    public static ReadOnlyMemory<byte>[] Split(byte[] joined)
    {
        if (joined.Length % SHA256.HashSizeInBytes != 0)
        {
            throw new JournalException($"A snapshot's list of parts has {joined.Length} bytes, which is not a multiple of {SHA256.HashSizeInBytes}. The snapshot is damaged; load from the other one or from the log.");
        }

        var hashes = new ReadOnlyMemory<byte>[joined.Length / SHA256.HashSizeInBytes];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = joined.AsMemory(i * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes);
        }

        return hashes;
    }

    /// <summary>Refuses a snapshot that could not be read back: checked before the write, as <see cref="Check"/> does after the read.</summary>
    /// <exception cref="ArgumentException">A hash is not 32 bytes long, or a new part's content has another hash.</exception>
    public static void CheckNew(SnapshotRecord snapshot, IReadOnlyList<SnapshotPart> newParts)
    {
        foreach (var hash in snapshot.Parts)
        {
            if (hash.Length != SHA256.HashSizeInBytes)
            {
                throw new ArgumentException($"The snapshot of shard {snapshot.Shard} at {snapshot.Position} names a part by {hash.Length} bytes; a SHA-256 has {SHA256.HashSizeInBytes}.", nameof(snapshot));
            }
        }

        if (snapshot.Leaf.Length != RowLeaf.Size)
        {
            throw new ArgumentException($"The snapshot of shard {snapshot.Shard} at {snapshot.Position} has a leaf of {snapshot.Leaf.Length} bytes; it must have {RowLeaf.Size}.", nameof(snapshot));
        }

        foreach (var part in newParts)
        {
            if (!HasHash(part.Content.Span, part.Hash.Span))
            {
                throw new ArgumentException($"A part of the snapshot of shard {snapshot.Shard} at {snapshot.Position} is named {Convert.ToHexString(part.Hash.Span)}, which is not the SHA-256 of its content.", nameof(newParts));
            }
        }
    }

    /// <summary>Refuses content that does not have its hash.</summary>
    /// <exception cref="JournalException">It does not.</exception>
    public static void Check(int shard, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> content)
    {
        if (!HasHash(content, hash))
        {
            throw new JournalException($"The snapshot part {Convert.ToHexString(hash)} of shard {shard} is damaged: its {content.Length} bytes have another hash. Load from the other snapshot or from the log.");
        }
    }

    /// <summary>A part is named, but not stored.</summary>
    public static JournalException Missing(int shard, ReadOnlySpan<byte> hash) =>
        new($"There is no snapshot part {Convert.ToHexString(hash)} of shard {shard}. Load from the other snapshot or from the log.");

    /// <summary>The snapshot's owner has lost the shard, so its snapshot must not push out a newer one.</summary>
    public static JournalException Fenced(SnapshotRecord snapshot, long epoch) =>
        new($"The snapshot of shard {snapshot.Shard} at {snapshot.Position} was taken under epoch {snapshot.Epoch}, but the shard's epoch is {epoch}. It is not stored; its new owner takes its own.");

    private static bool HasHash(ReadOnlySpan<byte> content, ReadOnlySpan<byte> hash)
    {
        Span<byte> actual = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, actual);
        return actual.SequenceEqual(hash);
    }
}
