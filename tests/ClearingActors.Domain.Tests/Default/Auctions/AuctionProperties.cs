using ClearingActors.Domain.Default.Auctions;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests.Default.Auctions;

public sealed class AuctionProperties
{
    private static readonly InstrumentId[] Instruments = [InstrumentId.Parse("I1"), InstrumentId.Parse("I2"), InstrumentId.Parse("I3")];

    [Fact]
    public void An_auction_conserves_units_and_positions_and_the_best_bids_win() => RandomCases.Run(5000, random =>
    {
        var (lot, bids, reserve) = Auction(random);

        var result = AuctionClearing.Clear(lot, bids, reserve);

        (result.Winners.Sum(w => w.Units) + result.UnsoldUnits).ShouldBe(lot.Units);
        foreach (var position in lot.Positions)
        {
            result.Winners.SelectMany(w => w.Positions).Concat(result.Unsold).Where(p => p.Instrument == position.Instrument).Sum(p => p.Quantity).ShouldBe(position.Quantity);
        }

        // Unit by unit to the best bid that wants one more.
        var wanted = bids.ToDictionary(b => b.Member, b => b.Units);
        var won = new Dictionary<MemberId, int>();
        for (var unit = 0; unit < lot.Units; unit++)
        {
            foreach (var bid in bids.Where(b => b.Amount >= reserve && won.GetValueOrDefault(b.Member) < wanted[b.Member]).OrderByDescending(b => b.Amount).ThenBy(b => b.Order).Take(1))
            {
                won[bid.Member] = won.GetValueOrDefault(bid.Member) + 1;
            }
        }

        result.Winners.ToDictionary(w => w.Member, w => w.Units).ShouldBe(won, ignoreOrder: true);
        var amounts = bids.ToDictionary(b => b.Member, b => b.Amount);
        foreach (var winner in result.Winners)
        {
            winner.Amount.ShouldBe(winner.AmountPerUnit * winner.Units);
            winner.AmountPerUnit.ShouldBe(lot.Format == AuctionFormat.MultiUnitUniformPrice ? won.Keys.Min(m => amounts[m]) : amounts[winner.Member]);
        }

        result.Marginal.ShouldBe(won.Count == 0 ? null : won.Keys.Min(m => amounts[m]));
        var again = AuctionClearing.Clear(lot, RandomCases.Shuffled(random, bids), reserve);
        again.Winners.Select(w => (w.Member, w.Units, w.Amount)).ShouldBe(result.Winners.Select(w => (w.Member, w.Units, w.Amount)));
    });

    [Fact]
    public void A_better_bid_never_ranks_below_a_worse_one_and_winners_rank_first() => RandomCases.Run(3000, random =>
    {
        var (lot, bids, reserve) = Auction(random);
        BidDuty[] duties = [.. RandomCases.Some(random).Select(id => new BidDuty(MemberId.Parse(id), 1 + random.Next(lot.Units)))];
        var near = random.Next(2000);
        JuniorisationTerms.TryCreate(near, near + random.Next(3000), out var terms, out _).ShouldBeTrue();
        var result = AuctionClearing.Clear(lot, bids, reserve);

        var tiers = Juniorisation.Tiers(lot, result, reserve, bids, duties, terms!);

        tiers.Keys.ShouldBe(duties.Select(d => d.Member).Order());
        var amounts = bids.ToDictionary(b => b.Member, b => b.Amount);
        var failed = BidDuties.Failed(duties, bids);
        tiers.Where(t => t.Value == BidTier.NoBid).Select(t => t.Key).ShouldBe(failed);
        MemberId[] ranked = [.. tiers.Keys.Except(failed).OrderBy(m => amounts[m])];
        ranked.Select(m => tiers[m]).ShouldBeInOrder();
        result.Winners.Select(w => w.Member).Intersect(ranked).All(m => tiers[m] == BidTier.WinnerOrNear).ShouldBeTrue();
    });

    [Fact]
    public void Duties_cover_the_lot_and_are_within_one_unit_of_the_share() => RandomCases.Run(2000, random =>
    {
        var lot = Auction(random).Lot;
        MemberAmount[] margins = [.. RandomCases.Some(random).Select(id => new MemberAmount(MemberId.Parse(id), random.Next(50)))];
        var total = margins.Sum(m => m.Minor);

        var duties = BidDuties.Of(lot, margins);

        duties.Count.ShouldBe(margins.Count(m => m.Minor > 0));
        foreach (var duty in duties)
        {
            ((duty.Units * total) - (margins.Single(m => m.Member == duty.Member).Minor * lot.Units)).ShouldBeInRange(0, total - 1);
        }
    });

    [Fact]
    public void A_members_slices_sum_to_its_contribution_and_the_layer_to_the_fund() => RandomCases.Run(3000, random =>
    {
        MemberAmount[] contributions = [.. RandomCases.Some(random).Select(id => new MemberAmount(MemberId.Parse(id), RandomCases.Amount(random)))];
        LotRanking[] lots = [.. Enumerable.Range(0, 1 + random.Next(5)).Select(i => new LotRanking(
            $"L{i}", RandomCases.Amount(random), RandomCases.Some(random).ToDictionary(MemberId.Parse, _ => (BidTier)(1 + random.Next(4)))))];
        var margin = lots.Aggregate(Int128.Zero, (sum, l) => sum + l.Margin);

        var slices = FundSegments.Split(contributions, lots);

        foreach (var contribution in contributions)
        {
            FundSlice[] own = [.. slices.Where(s => s.Member == contribution.Member)];
            own.Aggregate(Int128.Zero, (sum, s) => sum + s.Minor).ShouldBe(contribution.Minor);
            own.Select(s => s.Lot).ShouldBe(lots.Select(l => l.Lot));
            own.All(s => s.Tier == lots.Single(l => l.Lot == s.Lot).Tiers.GetValueOrDefault(s.Member, BidTier.WinnerOrNear)).ShouldBeTrue();
            own.All(s => s.Minor >= 0 && (margin == 0 || lots.Single(l => l.Lot == s.Lot).Margin > 0 || s.Minor == 0)).ShouldBeTrue();
        }

        var layer = FundSegments.Layer(contributions, lots);
        layer.Available.ShouldBe(contributions.Aggregate(Int128.Zero, (sum, c) => sum + c.Minor));
        for (var tier = 0; tier < 4; tier++)
        {
            layer.Tiers[tier].Aggregate(Int128.Zero, (sum, m) => sum + m.Amount)
                .ShouldBe(slices.Where(s => s.Tier == (BidTier)(tier + 1)).Aggregate(Int128.Zero, (sum, s) => sum + s.Minor));
        }

        FundSegments.Split(RandomCases.Shuffled(random, contributions), RandomCases.Shuffled(random, lots)).ShouldBe(slices);
    });

    private static (Lot Lot, SealedBid[] Bids, long Reserve) Auction(Random random)
    {
        var format = (AuctionFormat)(1 + random.Next(3));
        var units = format == AuctionFormat.SingleUnit ? 1 : 1 + random.Next(12);
        LotPosition[] positions = [.. Instruments[..(1 + random.Next(3))].Select(i => new LotPosition(i, units * (random.Next(2) == 0 ? -1 : 1) * (1 + random.Next(9))))];
        Lot.TryCreate("L", "G", format, units, random.Next(1000), positions, out var lot, out var error).ShouldBeTrue(error?.ToString());
        long[] orders = RandomCases.Shuffled(random, Enumerable.Range(0, 8).Select(i => (long)i));
        return (lot!, [.. RandomCases.Some(random).Select((id, i) => new SealedBid(MemberId.Parse(id), "L", random.Next(-20, 20), 1 + random.Next(units), orders[i]))], random.Next(-25, 15));
    }
}
