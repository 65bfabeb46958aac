using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Default.Auctions;

/// <summary>A winning bid.</summary>
/// <param name="Member">The bidder.</param>
/// <param name="Units">Units won, 1 or more.</param>
/// <param name="AmountPerUnit">Minor units; above 0 the winner pays.</param>
/// <param name="Amount">For all units won.</param>
/// <param name="Positions">What the winner takes over, by instrument id.</param>
public sealed record AuctionWinner(MemberId Member, int Units, long AmountPerUnit, long Amount, IReadOnlyList<LotPosition> Positions);

/// <summary>A cleared lot: the units won and those unsold are the lot's.</summary>
/// <param name="Lot">The lot's id.</param>
/// <param name="Winners">Best first.</param>
/// <param name="Marginal">The lowest bid that won, per unit; null if none did.</param>
/// <param name="UnsoldUnits">0 or more.</param>
/// <param name="Unsold">Their positions, by instrument id.</param>
public sealed record AuctionResult(string Lot, IReadOnlyList<AuctionWinner> Winners, long? Marginal, int UnsoldUnits, IReadOnlyList<LotPosition> Unsold)
{
    /// <summary>What all winners pay together, minor units; below 0 the CCP pays.</summary>
    public long Proceeds => Winners.Sum(w => w.Amount);
}

/// <summary>
/// Clears a lot's auction (rulebook 11.3): the best amounts win, ties go to the earlier bid, and no bid below the reserve wins. In multi-unit formats the last winner may get
/// fewer units than it wants.
/// </summary>
public static class AuctionClearing
{
    /// <param name="lot">What is sold, and how.</param>
    /// <param name="bids">At most one of each member, in any order.</param>
    /// <param name="reserve">The lowest amount per unit that is accepted, minor units.</param>
    /// <exception cref="ArgumentException">A bid that is wrong by itself, a member with two bids, or two bids with one order number.</exception>
    public static AuctionResult Clear(Lot lot, IReadOnlyCollection<SealedBid> bids, long reserve)
    {
        Check(lot, bids);
        var won = new List<(SealedBid Bid, int Units)>();
        var left = lot.Units;
        foreach (var bid in bids.Where(b => b.Amount >= reserve).OrderByDescending(b => b.Amount).ThenBy(b => b.Order))
        {
            if (left == 0)
            {
                break;
            }

            var units = Math.Min(left, bid.Units);
            won.Add((bid, units));
            left -= units;
        }

        long? marginal = won.Count > 0 ? won[^1].Bid.Amount : null;
        return new AuctionResult(
            lot.Id,
            [.. won.Select(w => Winner(lot, w.Bid.Member, w.Units, lot.Format == AuctionFormat.MultiUnitUniformPrice ? marginal!.Value : w.Bid.Amount))],
            marginal,
            left,
            lot.PositionsOf(left));
    }

    private static AuctionWinner Winner(Lot lot, MemberId member, int units, long amount) => new(member, units, amount, amount * units, lot.PositionsOf(units));

    private static void Check(Lot lot, IReadOnlyCollection<SealedBid> bids)
    {
        var members = new HashSet<MemberId>();
        var orders = new HashSet<long>();
        foreach (var bid in bids)
        {
            if (bid.Check(lot) is { } error)
            {
                throw new ArgumentException(error.ToString(), nameof(bids));
            }

            if (!members.Add(bid.Member))
            {
                throw new ArgumentException($"{bid.Member} has two bids for lot {lot.Id}; give the live one only", nameof(bids));
            }

            if (!orders.Add(bid.Order))
            {
                throw new ArgumentException($"two bids for lot {lot.Id} have order number {bid.Order}; ties go to the earlier, so each needs its own", nameof(bids));
            }
        }
    }
}
