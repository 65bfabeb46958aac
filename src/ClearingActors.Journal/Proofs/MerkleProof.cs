namespace ClearingActors.Journal.Proofs;

/// <summary>Makes and checks the proofs of RFC 9162: that a leaf is in a tree (2.1.3), and that a tree is the beginning of a larger one (2.1.4).</summary>
public static class MerkleProof
{
    /// <summary>The audit path of a leaf, from the leaf up (RFC 9162, 2.1.3.1).</summary>
    /// <param name="index">From 0.</param>
    /// <param name="size">Leaves of the tree.</param>
    /// <param name="hashOf">The hash over the leaves from the first up to, not including, the second.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf.</exception>
    public static IReadOnlyList<byte[]> Inclusion(long index, long size, Func<long, long, byte[]> hashOf)
    {
        if (index < 0 || index >= size)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The tree has the leaves 0 to {size - 1}.");
        }

        var path = new List<byte[]>();
        var (from, to) = (0L, size);
        while (to - from > 1)
        {
            var split = from + MerkleTree.SplitOf(to - from);
            if (index < split)
            {
                path.Add(hashOf(split, to));
                to = split;
            }
            else
            {
                path.Add(hashOf(from, split));
                from = split;
            }
        }

        path.Reverse();
        return path;
    }

    /// <summary>True if the path leads from the leaf to the root (RFC 9162, 2.1.3.2).</summary>
    public static bool ProvesInclusion(ReadOnlySpan<byte> leaf, long index, long size, IReadOnlyList<byte[]> path, ReadOnlySpan<byte> root) =>
        RootOf(leaf, index, size, path) is { } found && found.AsSpan().SequenceEqual(root);

    /// <summary>The root that a path leads to from a leaf (RFC 9162, 2.1.3.2); null if it is no path of that place in a tree of that size.</summary>
    public static byte[]? RootOf(ReadOnlySpan<byte> leaf, long index, long size, IReadOnlyList<byte[]> path)
    {
        if (index < 0 || index >= size || leaf.Length != MerkleTree.HashSize || path.Any(p => p.Length != MerkleTree.HashSize))
        {
            return null;
        }

        var (node, last) = (index, size - 1);
        var hash = leaf.ToArray();
        foreach (var step in path)
        {
            if (last == 0)
            {
                return null;
            }

            if ((node & 1) != 0 || node == last)
            {
                MerkleTree.HashNode(step, hash, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                MerkleTree.HashNode(hash, step, hash);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 ? hash : null;
    }

    /// <summary>The proof that the tree of the first <paramref name="older"/> leaves is the beginning of that of <paramref name="newer"/> (RFC 9162, 2.1.4.1).</summary>
    /// <param name="older">From 1.</param>
    /// <param name="newer">At least <paramref name="older"/>.</param>
    /// <param name="hashOf">The hash over the leaves from the first up to, not including, the second.</param>
    /// <exception cref="ArgumentOutOfRangeException">The older tree is empty or larger than the newer.</exception>
    public static IReadOnlyList<byte[]> Consistency(long older, long newer, Func<long, long, byte[]> hashOf)
    {
        if (older < 1 || older > newer)
        {
            throw new ArgumentOutOfRangeException(nameof(older), older, $"The older tree has 1 to {newer} leaves.");
        }

        var proof = new List<byte[]>();
        var (from, to) = (0L, newer);
        var whole = true;
        while (older != to)
        {
            var split = from + MerkleTree.SplitOf(to - from);
            if (older <= split)
            {
                proof.Add(hashOf(split, to));
                to = split;
            }
            else
            {
                proof.Add(hashOf(from, split));
                from = split;
                whole = false;
            }
        }

        if (!whole)
        {
            proof.Add(hashOf(from, to));
        }

        proof.Reverse();
        return proof;
    }

    /// <summary>True if the proof leads to both roots (RFC 9162, 2.1.4.2). Every tree continues the empty one.</summary>
    public static bool ProvesConsistency(long older, ReadOnlySpan<byte> olderRoot, long newer, ReadOnlySpan<byte> newerRoot, IReadOnlyList<byte[]> proof)
    {
        if (older == newer)
        {
            return proof.Count == 0 && olderRoot.SequenceEqual(newerRoot);
        }

        if (older == 0)
        {
            return proof.Count == 0 && olderRoot.SequenceEqual(MerkleTree.EmptyRoot);
        }

        if (older < 0 || older > newer || proof.Any(p => p.Length != MerkleTree.HashSize))
        {
            return false;
        }

        // A complete older tree is a subtree of the newer; its root is not repeated in the proof.
        var (node, last) = (older - 1, newer - 1);
        while ((node & 1) != 0)
        {
            node >>= 1;
            last >>= 1;
        }

        Span<byte> first = stackalloc byte[MerkleTree.HashSize];
        Span<byte> second = stackalloc byte[MerkleTree.HashSize];
        var next = 0;
        if (long.IsPow2(older))
        {
            olderRoot.CopyTo(first);
        }
        else if (proof.Count > 0)
        {
            proof[next++].CopyTo(first);
        }
        else
        {
            return false;
        }

        first.CopyTo(second);
        for (; next < proof.Count; next++)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) != 0 || node == last)
            {
                MerkleTree.HashNode(proof[next], first, first);
                MerkleTree.HashNode(proof[next], second, second);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                MerkleTree.HashNode(second, proof[next], second);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && first.SequenceEqual(olderRoot) && second.SequenceEqual(newerRoot);
    }
}
