using System.Text;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Journal.Tests.Proofs;

/// <summary>The text of a checkpoint, its signature, and the chain.</summary>
public sealed class CheckpointTests : IDisposable
{
    private static readonly Guid Id = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");
    private readonly CheckpointKey _key = CheckpointKey.Create();

    [Fact]
    public void A_checkpoint_reads_back_as_it_was_written()
    {
        var made = Make(1, null);
        var read = Checkpoint.Parse(made.Text);

        read.Checkpoint.ToSignedBytes().ShouldBe(made.Signed.ToArray());
        read.Checkpoint.Shards.Select(s => s.Size).ShouldBe([3, 0, 12]);
        Encoding.ASCII.GetString(made.Text.Span).ShouldStartWith($"clearing checkpoint 1\njournal {Id:D}\ngeneration 1\nnumber 1\ntime 1700000000000000001\nprevious 0000");
    }

    [Fact]
    public void No_bit_of_a_checkpoint_can_be_changed()
    {
        var text = Make(1, null).Text.ToArray();
        for (var bit = 0; bit < text.Length * 8; bit++)
        {
            var forged = text.ToArray();
            forged[bit / 8] ^= (byte)(1 << (bit % 8));
            Refused(forged).ShouldBeTrue($"bit {bit} of {Encoding.Latin1.GetString(forged)}");
        }
    }

    [Theory]
    [InlineData("number 1\n", "number 01\n", "leading zeros")]
    [InlineData("generation 1\n", "generation 0\n", "a number from 1")]
    [InlineData("number 1\n", "number -1\n", "a number from 1")]
    [InlineData("shards 3\n", "shards 4\n", "3 ")]
    [InlineData("shards 3\n", "shards 5000\n", "from 1 to 4096")]
    [InlineData("clearing checkpoint 1", "clearing checkpoint 2", "clearing checkpoint 1")]
    [InlineData("time 1", "time\t1", "time ")]
    [InlineData("signature ", "signatur ", "signature ")]
    public void What_is_not_written_by_the_format_is_refused_with_what_was_expected(string from, string to, string expected)
    {
        var text = Encoding.ASCII.GetString(Make(1, null).Text.Span).Replace(from, to, StringComparison.Ordinal);

        Should.Throw<FormatException>(() => Checkpoint.Parse(Encoding.ASCII.GetBytes(text))).Message.ShouldContain(expected);
    }

    [Fact]
    public void A_chain_goes_on_only_where_it_ended()
    {
        var first = Make(1, null);
        var second = Make(2, first);
        using var keys = Trusted(_key);
        Chain(keys, first, second, Make(3, second)).ShouldBeNull();
        Chain(keys, first, Make(3, first)).ShouldBe("it has number 3 after 1");
        Chain(keys, first, Make(2, second)).ShouldBe("it does not name checkpoint 1 as the one before");
        Chain(keys, first, Make(2, first, c => c with { Generation = 2 }))!.ShouldContain("generation 2; the one before");
        Chain(keys, first, Make(2, first, c => c with { Time = 5 }))!.ShouldContain("is not after");
        Chain(keys, first, Make(2, first, c => c with { Shards = [.. c.Shards.Take(2)] })).ShouldBe("it has 2 shards after 3");
        Chain(keys, first, Make(2, first, c => c with { Shards = [new ShardTree(2, c.Shards[0].Root), .. c.Shards.Skip(1)] })).ShouldBe("shard 0 has 2 turns after 3");
        Chain(keys, first, Make(2, first, c => c with { Shards = [new ShardTree(3, new byte[32]), .. c.Shards.Skip(1)] })).ShouldBe("shard 0 has another root at the same 3 turns");
        Chain(keys, Make(1, null, c => c with { Previous = Checkpoint.Hash([1]) })).ShouldBe("it is the first and names one before it");
        using var other = CheckpointKey.Create();
        Chain(keys, Make(1, null, c => c, other))!.ShouldContain("not among the trusted keys");
        Chain(keys, first with { Signature = Make(1, null, c => c with { Time = 99 }).Signature }).ShouldBe("its signature is not that of the key it names");
    }

    [Fact]
    public void A_key_hands_over_to_the_next_which_is_trusted_from_then_on_and_the_old_one_no_more()
    {
        using var next = CheckpointKey.Create();
        var first = Make(1, null, c => c with { NextKey = next.PublicKey });
        using var keys = Trusted(_key);
        Chain(keys, first, Make(2, first, c => c, next)).ShouldBeNull();
        Chain(keys, first, Make(2, first))!.ShouldContain("in force is");
        using var stranger = CheckpointKey.Create();
        using var fresh = Trusted(_key);
        Chain(fresh, first, Make(2, first, c => c, stranger))!.ShouldContain("in force is");
        Chain(fresh, Make(1, null, c => c with { NextKey = new byte[] { 1, 2, 3 } }))!.ShouldContain("the next key is none");
    }

    [Fact]
    public void Public_keys_are_read_from_PEM_and_others_refused()
    {
        using var second = CheckpointKey.Create();
        using var keys = PublicKeys.FromPem(_key.ToPublicPem() + "\n" + second.ToPublicPem());
        keys.Count.ShouldBe(2);
        keys.Knows(second.Id.Span).ShouldBeTrue();
        Should.Throw<FormatException>(() => PublicKeys.FromPem("")).Message.ShouldContain("no \"PUBLIC KEY\"");
        Should.Throw<FormatException>(() => PublicKeys.FromPem(_key.ToPrivatePem())).Message.ShouldContain("PRIVATE KEY");
        using var p384 = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP384);
        Should.Throw<FormatException>(() => PublicKeys.FromPem(p384.ExportSubjectPublicKeyInfoPem())).Message.ShouldContain("P-256");
        Should.Throw<FormatException>(() => CheckpointKey.FromPem(p384.ExportPkcs8PrivateKeyPem())).Message.ShouldContain("P-256");
    }

    public void Dispose() => _key.Dispose();

    private static PublicKeys Trusted(CheckpointKey key) => PublicKeys.FromPem(key.ToPublicPem());

    private static string? Chain(PublicKeys keys, params SignedCheckpoint[] checkpoints)
    {
        var chain = new CheckpointChain(keys);
        return checkpoints.Select(chain.Add).FirstOrDefault(wrong => wrong is not null);
    }

    private bool Refused(byte[] text)
    {
        try
        {
            using var keys = Trusted(_key);
            return Chain(keys, Checkpoint.Parse(text)) is not null;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return true;
        }
    }

    private SignedCheckpoint Make(long number, SignedCheckpoint? before, Func<Checkpoint, Checkpoint>? change = null, CheckpointKey? by = null)
    {
        var key = by ?? _key;
        var checkpoint = new Checkpoint
        {
            Journal = Id,
            Generation = 1,
            Number = number,
            Time = 1_700_000_000_000_000_000 + number,
            Previous = before?.Hash() ?? Checkpoint.None,
            Key = key.Id,
            Receipts = 0,
            ReceiptsRoot = new ReceiptTrees(3).Root(),
            Shards = [new ShardTree(3, Checkpoint.Hash([7])), new ShardTree(0, MerkleTree.EmptyRoot.ToArray()), new ShardTree(12, Checkpoint.Hash([8]))],
        };
        checkpoint = change?.Invoke(checkpoint) ?? checkpoint;
        var signed = checkpoint.ToSignedBytes();
        return Checkpoint.Parse(Checkpoint.WithSignature(signed, key.Sign(signed)));
    }
}
