using ClearingActors.Domain.Default.Auctions;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests.Default.Auctions;

public sealed class AuctionClearingTests
{
    private static readonly InstrumentId Future = InstrumentId.Parse("ES-H6");
    private static readonly InstrumentId Option = InstrumentId.Parse("ES-H6-C5000");

    [Fact]
    public void The_best_amount_wins_the_whole_lot()
    {
        var result = AuctionClearing.Clear(Lot(AuctionFormat.SingleUnit, 1), [Bid("A", -500), Bid("B", -300), Bid("C", -400)], -1000);

        var winner = result.Winners.ShouldHaveSingleItem();
        (winner.Member.Value, winner.Amount).ShouldBe(("B", -300L));
        winner.Positions.ShouldBe([new LotPosition(Future, 40), new LotPosition(Option, -20)]);
        result.Marginal.ShouldBe(-300);
        result.UnsoldUnits.ShouldBe(0);
        result.Unsold.ShouldBeEmpty();
    }

    [Fact]
    public void Ties_go_to_the_earlier_bid_whatever_the_order_of_the_list() =>
        AuctionClearing.Clear(Lot(AuctionFormat.SingleUnit, 1), [Bid("A", 5, order: 9), Bid("Z", 5, order: 8)], 0).Winners[0].Member.Value.ShouldBe("Z");

    [Fact]
    public void A_bid_below_the_reserve_does_not_win_and_one_at_it_does()
    {
        var lot = Lot(AuctionFormat.SingleUnit, 1);

        AuctionClearing.Clear(lot, [Bid("A", -101)], -100).ShouldSatisfyAllConditions(
            r => r.Winners.ShouldBeEmpty(), r => r.Marginal.ShouldBeNull(), r => r.UnsoldUnits.ShouldBe(1), r => r.Unsold.ShouldBe(lot.Positions), r => r.Proceeds.ShouldBe(0));
        AuctionClearing.Clear(lot, [Bid("A", -100)], -100).UnsoldUnits.ShouldBe(0);
    }

    [Fact]
    public void Units_go_to_the_best_bids_each_at_its_own_amount()
    {
        var result = AuctionClearing.Clear(Lot(AuctionFormat.MultiUnitPayAsBid, 20), [Bid("A", 10, 12), Bid("B", 30, 5), Bid("C", 20, 6)], 0);

        result.Winners.Select(w => (w.Member.Value, w.Units, w.AmountPerUnit, w.Amount)).ShouldBe([("B", 5, 30L, 150L), ("C", 6, 20L, 120L), ("A", 9, 10L, 90L)]);
        result.Winners[2].Positions.ShouldBe([new LotPosition(Future, 18), new LotPosition(Option, -9)]);
        result.Marginal.ShouldBe(10);
        result.Proceeds.ShouldBe(360);
    }

    [Fact]
    public void At_the_uniform_price_all_pay_the_lowest_that_won()
    {
        var result = AuctionClearing.Clear(Lot(AuctionFormat.MultiUnitUniformPrice, 20), [Bid("A", 10, 9), Bid("B", 30, 5), Bid("C", -20, 20)], 0);

        result.Winners.Select(w => w.Amount).ShouldBe([50L, 90L]);
        result.UnsoldUnits.ShouldBe(6);
        result.Unsold.ShouldBe([new LotPosition(Future, 12), new LotPosition(Option, -6)]);
    }

    [Fact]
    public void A_lot_that_its_units_do_not_divide_is_refused() =>
        Refusal(AuctionFormat.MultiUnitPayAsBid, 3, 0, [new(Future, 6), new(Option, -20)])
            .ShouldBe("lot L1, position in ES-H6-C5000 is \"-20\": a multiple of the lot's 3 units other than 0 is needed; choose units that divide every position, or put the rest into another lot");

    [Fact]
    public void What_is_no_lot_is_refused()
    {
        Refusal(AuctionFormat.SingleUnit, 2, 0, [new(Future, 2)]).ShouldContain("units is \"2\": 1 to 1 is allowed");
        Refusal(AuctionFormat.MultiUnitPayAsBid, 0, 0, [new(Future, 2)]).ShouldContain("units is \"0\"");
        Refusal(AuctionFormat.None, 1, 0, [new(Future, 2)]).ShouldContain("format");
        Refusal(AuctionFormat.SingleUnit, 1, -1, [new(Future, 2)]).ShouldContain("margin is \"-1\"");
        Refusal(AuctionFormat.SingleUnit, 1, 0, []).ShouldContain("one at least");
        Refusal(AuctionFormat.SingleUnit, 1, 0, [new(Future, 2), new(Future, 1)]).ShouldContain("each instrument");
        Refusal(AuctionFormat.SingleUnit, 1, 0, [new(Future, 0)]).ShouldContain("position in ES-H6 is \"0\"");
        Refusal(AuctionFormat.SingleUnit, 1, 0, [new(default, 1)]).ShouldContain("with its id");
        Domain.Default.Auctions.Lot.TryCreate("bad id", "ES", AuctionFormat.SingleUnit, 1, 0, [new(Future, 1)], out _, out var error).ShouldBeFalse();
        error!.Field.ShouldBe("lot");
        Domain.Default.Auctions.Lot.TryCreate("L1", "", AuctionFormat.SingleUnit, 1, 0, [new(Future, 1)], out _, out error).ShouldBeFalse();
        error!.Field.ShouldContain("product group");
    }

    [Fact]
    public void What_is_no_bid_is_refused()
    {
        var lot = Lot(AuctionFormat.MultiUnitPayAsBid, 20);

        Throws([Bid("A", 1, 21)]).ShouldContain("units is \"21\": 1 to the 20");
        Throws([Bid("A", 1, 0)]).ShouldContain("units is \"0\"");
        Throws([Bid("A", 1) with { Lot = "L2" }]).ShouldContain("a bid for lot L1 is needed");
        Throws([Bid("A", (long.MaxValue / 20) + 1)]).ShouldContain("fits in 64 bits");
        Throws([Bid("A", long.MinValue)]).ShouldContain("fits in 64 bits");
        Throws([Bid("A", 1) with { Member = default }]).ShouldContain("a member is needed");
        Throws([Bid("A", 1, order: 1), Bid("A", 2, order: 2)]).ShouldContain("A has two bids");
        Throws([Bid("A", 1, order: 1), Bid("B", 2, order: 1)]).ShouldContain("order number 1");

        string Throws(SealedBid[] bids) => Should.Throw<ArgumentException>(() => AuctionClearing.Clear(lot, bids, 0)).Message;
    }

    private static Lot Lot(AuctionFormat format, int units)
    {
        Domain.Default.Auctions.Lot.TryCreate("L1", "ES", format, units, 1000, [new(Option, -20), new(Future, 40)], out var lot, out var error).ShouldBeTrue(error?.ToString());
        return lot!;
    }

    private static string Refusal(AuctionFormat format, int units, long margin, LotPosition[] positions)
    {
        Domain.Default.Auctions.Lot.TryCreate("L1", "ES", format, units, margin, positions, out var lot, out var error).ShouldBeFalse();
        lot.ShouldBeNull();
        return error!.ToString();
    }

    private static SealedBid Bid(string member, long amount, int units = 1, long? order = null) => new(MemberId.Parse(member), "L1", amount, units, order ?? member[0]);
}
