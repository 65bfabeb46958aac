using ClearingActors.Domain.Default;
using ClearingActors.Domain.Default.Auctions;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests.Default.Auctions;

public sealed class JuniorisationTests
{
    private static readonly MemberId A = MemberId.Parse("A");
    private static readonly MemberId B = MemberId.Parse("B");
    private static readonly MemberId C = MemberId.Parse("C");
    private static readonly MemberId D = MemberId.Parse("D");

    [Fact]
    public void Duties_are_shares_of_the_units_by_margin_rounded_up()
    {
        BidDuties.Of(Lot(10), [new(B, 2), new(A, 1), new(C, 0)]).ShouldBe([new BidDuty(A, 4), new BidDuty(B, 7)]);
        BidDuties.Of(Lot(1), [new(A, long.MaxValue), new(B, 1)]).ShouldBe([new BidDuty(A, 1), new BidDuty(B, 1)]);
        Should.Throw<ArgumentException>(() => BidDuties.Of(Lot(1), [new(A, -1)])).Message.ShouldContain("margin -1");
        Should.Throw<ArgumentException>(() => BidDuties.Of(Lot(1), [new(A, 1), new(A, 1)])).Message.ShouldContain("twice");
    }

    [Fact]
    public void Who_bids_for_too_few_units_or_not_at_all_fails_its_duty() =>
        BidDuties.Failed([new(C, 2), new(A, 1), new(B, 3)], [Bid(A, -1_000_000, 1), Bid(B, 0, 2)]).ShouldBe([B, C]);

    [Fact]
    public void Quality_is_the_distance_to_the_lowest_winning_bid_over_margin()
    {
        // Margin 1,000 and two units: 2 % is 10 per unit, 10 % is 50.
        var tiers = Tiers(Lot(2), 0, [Bid(A, 100, 2), Bid(B, 90), Bid(C, 50), Bid(D, 49)]);

        tiers.ShouldBe([new(A, BidTier.WinnerOrNear), new(B, BidTier.WinnerOrNear), new(C, BidTier.Fair), new(D, BidTier.Poor)]);
    }

    [Fact]
    public void Bids_of_a_lot_not_sold_whole_are_measured_against_the_reserve() =>
        Tiers(Lot(2), 80, [Bid(A, 1000), Bid(B, 70), Bid(C, 30)])
            .ShouldBe([new(A, BidTier.WinnerOrNear), new(B, BidTier.WinnerOrNear), new(C, BidTier.Fair), new(D, BidTier.NoBid)]);

    [Fact]
    public void Without_margin_every_bid_below_the_reference_is_poor() =>
        Tiers(Lot(1, margin: 0), 0, [Bid(A, 10), Bid(B, 9), Bid(C, 10)])
            .ShouldBe([new(A, BidTier.WinnerOrNear), new(B, BidTier.Poor), new(C, BidTier.WinnerOrNear), new(D, BidTier.NoBid)]);

    [Fact]
    public void Cut_offs_must_rise()
    {
        JuniorisationTerms.TryCreate(300, 200, out var terms, out var error).ShouldBeFalse();
        terms.ShouldBeNull();
        error!.ToString().ShouldContain("300 and 200");
        JuniorisationTerms.TryCreate(-1, 200, out _, out _).ShouldBeFalse();
        JuniorisationTerms.TryCreate(0, JuniorisationTerms.MaxBps + 1, out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_slice_of_the_fund_takes_the_tier_of_its_lot()
    {
        LotRanking[] lots = [Ranking("L2", 100, (A, BidTier.NoBid)), Ranking("L1", 200, (A, BidTier.Fair), (B, BidTier.Poor))];

        FundSegments.Split([new(B, 100), new(A, 31)], lots).ShouldBe(
        [
            new FundSlice(A, "L1", BidTier.Fair, 21), new FundSlice(A, "L2", BidTier.NoBid, 10),
            new FundSlice(B, "L1", BidTier.Poor, 67), new FundSlice(B, "L2", BidTier.WinnerOrNear, 33),
        ]);
        FundSegments.Layer([new(B, 100), new(A, 31)], lots).Tiers.Select(t => string.Join(' ', t.Select(m => $"{m.Member}{m.Amount}"))).ShouldBe(["A10", "B67", "A21", "B33"]);
    }

    [Fact]
    public void Slices_of_one_tier_stand_together_over_all_lots()
    {
        var layer = FundSegments.Layer([new(A, 100)], [Ranking("L1", 1, (A, BidTier.Poor)), Ranking("L2", 1, (A, BidTier.Poor)), Ranking("L3", 2)]);

        layer.Tiers[1].ShouldBe([new LayerMember("A", 50)]);
        layer.Tiers[3].ShouldBe([new LayerMember("A", 50)]);
        layer.Id.ShouldBe("default_fund");
    }

    [Fact]
    public void Lots_without_margin_count_alike_and_without_lots_all_rank_with_the_winners()
    {
        FundSegments.Split([new(A, 3)], [Ranking("L1", 0), Ranking("L2", 0)]).Select(s => s.Minor).ShouldBe([2L, 1L]);
        FundSegments.Layer([new(A, 3)], []).Tiers[3].ShouldBe([new LayerMember("A", 3)]);
    }

    [Fact]
    public void What_cannot_be_split_is_refused()
    {
        Should.Throw<ArgumentException>(() => FundSegments.Split([new(A, 3)], [])).Message.ShouldContain("no lots");
        Should.Throw<ArgumentException>(() => FundSegments.Split([new(A, -3)], [Ranking("L1", 0)])).Message.ShouldContain("A has -3");
        Should.Throw<ArgumentException>(() => FundSegments.Split([new(A, 3), new(A, 3)], [Ranking("L1", 0)])).Message.ShouldContain("twice");
        Should.Throw<ArgumentException>(() => FundSegments.Split([new(A, 3)], [Ranking("L1", -1)])).Message.ShouldContain("L1 has margin -1");
        Should.Throw<ArgumentException>(() => FundSegments.Split([new(A, 3)], [Ranking("L1", 1), Ranking("L1", 1)])).Message.ShouldContain("listed twice");
        Should.Throw<ArgumentException>(() => FundSegments.Split([new(A, 3)], [Ranking("L1", 1, (A, BidTier.None))])).Message.ShouldContain("tier None");
    }

    private static SortedDictionary<MemberId, BidTier> Tiers(Lot lot, long reserve, SealedBid[] bids)
    {
        JuniorisationTerms.TryCreate(200, 1000, out var terms, out _).ShouldBeTrue();
        var result = AuctionClearing.Clear(lot, bids, reserve);
        return Juniorisation.Tiers(lot, result, reserve, bids, [new(A, 1), new(B, 1), new(C, 1), new(D, 1)], terms!);
    }

    private static Lot Lot(int units, long margin = 1000)
    {
        Domain.Default.Auctions.Lot.TryCreate("L1", "ES", AuctionFormat.MultiUnitPayAsBid, units, margin, [new(InstrumentId.Parse("ES-H6"), 20)], out var lot, out _).ShouldBeTrue();
        return lot!;
    }

    private static SealedBid Bid(MemberId member, long amount, int units = 1) => new(member, "L1", amount, units, member.Value[0]);

    private static LotRanking Ranking(string lot, long margin, params (MemberId Member, BidTier Tier)[] tiers) => new(lot, margin, tiers.ToDictionary(t => t.Member, t => t.Tier));
}
