using ClearingActors.Domain.Default.Auctions;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests.Default.Auctions;

public sealed class BidCommitmentTests
{
    private static readonly MemberId Alpha = MemberId.Parse("ALPHA");
    private static readonly byte[] Nonce = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void A_commitment_is_the_same_bytes_for_ever() =>
        Convert.ToHexString(BidCommitment.Of("D1", "L1", Alpha, 3, -12345, 2, Nonce)).ShouldBe("FF73130D9FCB31A231DF0BEBDCB8EB932307378897EA2F2DA5DABABAF6444323");

    [Fact]
    public void Only_the_same_bid_opens_it()
    {
        var commitment = BidCommitment.Of("D1", "L1", Alpha, 3, -12345, 2, Nonce);
        byte[] other = [.. Nonce[..31], 99];

        BidCommitment.Verify(commitment, "D1", "L1", Alpha, 3, -12345, 2, Nonce).ShouldBeTrue();
        BidCommitment.Verify(commitment, "D2", "L1", Alpha, 3, -12345, 2, Nonce).ShouldBeFalse();
        BidCommitment.Verify(commitment, "D1L", "1", Alpha, 3, -12345, 2, Nonce).ShouldBeFalse();
        BidCommitment.Verify(commitment, "D1", "L1", MemberId.Parse("BETA"), 3, -12345, 2, Nonce).ShouldBeFalse();
        BidCommitment.Verify(commitment, "D1", "L1", Alpha, 4, -12345, 2, Nonce).ShouldBeFalse();
        BidCommitment.Verify(commitment, "D1", "L1", Alpha, 3, 12345, 2, Nonce).ShouldBeFalse();
        BidCommitment.Verify(commitment, "D1", "L1", Alpha, 3, -12345, 1, Nonce).ShouldBeFalse();
        BidCommitment.Verify(commitment, "D1", "L1", Alpha, 3, -12345, 2, other).ShouldBeFalse();
        BidCommitment.Verify(commitment.AsSpan(1), "D1", "L1", Alpha, 3, -12345, 2, Nonce).ShouldBeFalse();
    }

    [Fact]
    public void What_is_no_bid_is_not_committed_to()
    {
        Should.Throw<ArgumentException>(() => BidCommitment.Of("D1", "L1", Alpha, 3, 1, 1, Nonce.AsSpan(1))).Message.ShouldContain("31 bytes");
        Should.Throw<ArgumentException>(() => BidCommitment.Of("", "L1", Alpha, 3, 1, 1, Nonce)).Message.ShouldContain("default \"\"");
        Should.Throw<ArgumentException>(() => BidCommitment.Of("D1", "", Alpha, 3, 1, 1, Nonce)).Message.ShouldContain("lot \"\"");
        Should.Throw<ArgumentException>(() => BidCommitment.Of("D1", "L1", default, 3, 1, 1, Nonce)).Message.ShouldContain("member \"\"");
        Should.Throw<ArgumentException>(() => BidCommitment.Of("D1", "L1", Alpha, 3, 1, 0, Nonce)).Message.ShouldContain("0 units");
        Should.Throw<ArgumentException>(() => BidCommitment.Of("D\uD800", "L1", Alpha, 3, 1, 1, Nonce));
    }
}
