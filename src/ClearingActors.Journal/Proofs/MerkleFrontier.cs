namespace ClearingActors.Journal.Proofs;

/// <summary>
/// A growing Merkle tree of which only the roots of its complete subtrees are kept: one for each bit of the size that is set. Appending costs one hash on average and
/// allocates nothing.
/// </summary>
public sealed class MerkleFrontier
{
    /// <summary>Every so many levels the root of a complete subtree is worth keeping for proofs: one hash of 32 bytes for 256 leaves, and so on upwards.</summary>
    public const int LevelsPerTile = 8;

    private const int Levels = 63;

    private readonly byte[] _roots = new byte[Levels * MerkleTree.HashSize];

    /// <summary>An empty tree.</summary>
    public MerkleFrontier()
    {
    }

    /// <summary>A copy.</summary>
    public MerkleFrontier(MerkleFrontier other)
    {
        Size = other.Size;
        other._roots.CopyTo(_roots, 0);
    }

    /// <summary>Leaves.</summary>
    public long Size { get; private set; }

    /// <summary>Is told of each subtree that becomes complete at a height that is a multiple of <see cref="LevelsPerTile"/>; null for nobody.</summary>
    public Action<int, long, ReadOnlyMemory<byte>>? Completed { get; set; }

    /// <summary>A tree as <see cref="ToArray"/> kept it.</summary>
    /// <exception cref="ArgumentException">There are not as many hashes as the size has bits.</exception>
    public static MerkleFrontier FromArray(long size, ReadOnlySpan<byte> roots)
    {
        if (size < 0 || roots.Length != long.PopCount(size) * MerkleTree.HashSize)
        {
            throw new ArgumentException($"A frontier of {size} leaves has {long.PopCount(size)} hashes of {MerkleTree.HashSize} bytes; {roots.Length} bytes are given.", nameof(roots));
        }

        var frontier = new MerkleFrontier { Size = size };
        for (var level = 0; level < Levels; level++)
        {
            if ((size >> level & 1) != 0)
            {
                roots[..MerkleTree.HashSize].CopyTo(frontier.At(level));
                roots = roots[MerkleTree.HashSize..];
            }
        }

        return frontier;
    }

    /// <summary>The roots of the complete subtrees, smallest first, 32 bytes each.</summary>
    public byte[] ToArray()
    {
        var roots = new byte[long.PopCount(Size) * MerkleTree.HashSize];
        var rest = roots.AsSpan();
        for (var level = 0; level < Levels; level++)
        {
            if ((Size >> level & 1) != 0)
            {
                At(level).CopyTo(rest);
                rest = rest[MerkleTree.HashSize..];
            }
        }

        return roots;
    }

    /// <summary>Adds the next leaf.</summary>
    public void Append(ReadOnlySpan<byte> leaf)
    {
        Span<byte> node = stackalloc byte[MerkleTree.HashSize];
        leaf.CopyTo(node);
        var level = 0;
        for (; (Size >> level & 1) != 0; level++)
        {
            MerkleTree.HashNode(At(level), node, node);
            if ((level + 1) % LevelsPerTile == 0)
            {
                Completed?.Invoke(level + 1, Size >> (level + 1), node.ToArray());
            }
        }

        node.CopyTo(At(level));
        Size++;
    }

    /// <summary>The root of all leaves, into 32 bytes.</summary>
    public void Root(Span<byte> root)
    {
        if (Size == 0)
        {
            MerkleTree.EmptyRoot.CopyTo(root);
            return;
        }

        var level = (int)long.TrailingZeroCount(Size);
        At(level).CopyTo(root);
        for (level++; level < Levels; level++)
        {
            if ((Size >> level & 1) != 0)
            {
                MerkleTree.HashNode(At(level), root, root);
            }
        }
    }

    /// <summary>The root of all leaves.</summary>
    public byte[] Root()
    {
        var root = new byte[MerkleTree.HashSize];
        Root(root);
        return root;
    }

    private Span<byte> At(int level) => _roots.AsSpan(level * MerkleTree.HashSize, MerkleTree.HashSize);
}
