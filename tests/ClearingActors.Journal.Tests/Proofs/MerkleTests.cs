using System.Security.Cryptography;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Journal.Tests.Proofs;

/// <summary>Trees and proofs against the published test values of Certificate Transparency, and against the definition written out.</summary>
public sealed class MerkleTests
{
    private static readonly string[] Leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void The_published_leaves_have_the_published_roots(int size, string root)
    {
        var tree = new MerkleFrontier();
        foreach (var leaf in Leaves.Take(size))
        {
            tree.Append(SHA256.HashData([0, .. Convert.FromHexString(leaf)]));
        }

        Convert.ToHexStringLower(tree.Root()).ShouldBe(root);
    }

    [Fact]
    public void Every_size_has_the_root_of_the_definition_and_goes_on_from_what_was_kept_of_it()
    {
        var tree = new MerkleFrontier();
        for (var size = 0; size <= 600; size++)
        {
            tree.Size.ShouldBe(size);
            tree.Root().ShouldBe(HashOf(0, size));
            tree = MerkleFrontier.FromArray(tree.Size, tree.ToArray());
            tree.Append(Leaf(size));
        }
    }

    [Fact]
    public void A_frontier_with_a_hash_too_few_or_too_many_is_refused()
    {
        Should.Throw<ArgumentException>(() => MerkleFrontier.FromArray(3, new byte[32]));
        Should.Throw<ArgumentException>(() => MerkleFrontier.FromArray(4, new byte[64]));
        Should.Throw<ArgumentException>(() => MerkleFrontier.FromArray(-1, []));
    }

    [Fact]
    public void Subtrees_that_become_complete_are_told_with_their_roots()
    {
        var told = new List<(int Height, long Index, byte[] Root)>();
        var tree = new MerkleFrontier { Completed = (height, index, root) => told.Add((height, index, root.ToArray())) };
        for (var i = 0; i < 65_536 + 300; i++)
        {
            tree.Append(Leaf(i));
        }

        told.Count.ShouldBe(257 + 1);
        told.Where(t => t.Height == 8).Select(t => t.Index).ShouldBe(Enumerable.Range(0, 257).Select(i => (long)i));
        told.Single(t => t.Height == 16).Index.ShouldBe(0);
        told[3].Root.ShouldBe(HashOf(3 * 256, 4 * 256));
        told[^1].Root.ShouldBe(HashOf(65_536, 65_536 + 256));
    }

    [Fact]
    public void Every_leaf_of_every_small_tree_is_proved_and_no_other()
    {
        for (var size = 1; size <= 40; size++)
        {
            var root = HashOf(0, size);
            for (var index = 0; index < size; index++)
            {
                var path = MerkleProof.Inclusion(index, size, HashOf);
                MerkleProof.ProvesInclusion(Leaf(index), index, size, path, root).ShouldBeTrue();
                MerkleProof.ProvesInclusion(Leaf(index + 1), index, size, path, root).ShouldBeFalse();
                MerkleProof.ProvesInclusion(Leaf(index), index + 1, size, path, root).ShouldBeFalse();
                MerkleProof.ProvesInclusion(Leaf(index), index, size, [.. path, Leaf(0)], root).ShouldBeFalse();
                if (path.Count > 0)
                {
                    MerkleProof.ProvesInclusion(Leaf(index), index, size, [.. path.Skip(1)], root).ShouldBeFalse();
                    path[0][7] ^= 4;
                    MerkleProof.ProvesInclusion(Leaf(index), index, size, path, root).ShouldBeFalse();
                }
            }
        }

        Should.Throw<ArgumentOutOfRangeException>(() => MerkleProof.Inclusion(5, 5, HashOf));
    }

    [Fact]
    public void Every_tree_is_proved_to_begin_every_larger_one_and_no_changed_one()
    {
        for (var newer = 1; newer <= 33; newer++)
        {
            for (var older = 1; older <= newer; older++)
            {
                var proof = MerkleProof.Consistency(older, newer, HashOf);
                MerkleProof.ProvesConsistency(older, HashOf(0, older), newer, HashOf(0, newer), proof).ShouldBeTrue($"{older} in {newer}");
                MerkleProof.ProvesConsistency(older, Leaf(99), newer, HashOf(0, newer), proof).ShouldBeFalse();
                MerkleProof.ProvesConsistency(older, HashOf(0, older), newer, Leaf(99), proof).ShouldBeFalse();
                MerkleProof.ProvesConsistency(older, HashOf(0, older), newer, HashOf(0, newer), [.. proof, Leaf(1)]).ShouldBeFalse();
                for (var i = 0; i < proof.Count; i++)
                {
                    MerkleProof.ProvesConsistency(older, HashOf(0, older), newer, HashOf(0, newer), [.. proof.Take(i), .. proof.Skip(i + 1)]).ShouldBeFalse();
                }
            }
        }

        MerkleProof.ProvesConsistency(0, HashOf(0, 0), 7, HashOf(0, 7), []).ShouldBeTrue();
        MerkleProof.ProvesConsistency(0, Leaf(1), 7, HashOf(0, 7), []).ShouldBeFalse();
        MerkleProof.ProvesConsistency(8, HashOf(0, 8), 7, HashOf(0, 7), []).ShouldBeFalse();
    }

    private static byte[] Leaf(int index) => SHA256.HashData([0, .. BitConverter.GetBytes(index)]);

    /// <summary>MTH of RFC 9162, 2.1.1, as it is written there.</summary>
    private static byte[] HashOf(long from, long to)
    {
        if (from == to)
        {
            return SHA256.HashData([]);
        }

        if (to - from == 1)
        {
            return Leaf((int)from);
        }

        var k = 1L;
        while (k * 2 < to - from)
        {
            k *= 2;
        }

        return SHA256.HashData([1, .. HashOf(from, from + k), .. HashOf(from + k, to)]);
    }
}
