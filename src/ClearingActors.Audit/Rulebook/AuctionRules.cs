using System.Globalization;
using System.Numerics;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain.Default.Auctions;
using ClearingActors.Domain.Parties;
using Lot = ClearingActors.Contracts.Defaults.V1.Lot;

namespace ClearingActors.Audit.Rulebook;

/// <summary>A default's auctions (rulebook 11.3): every bid placed is opened, to what it committed to; the best win, ties to the earlier, none below the reserve; winners pay for what they got.</summary>
internal static class AuctionRules
{
    /// <summary>An auction closes.</summary>
    /// <param name="at">Where.</param>
    /// <param name="chosen">The default.</param>
    /// <param name="auction">The auction.</param>
    /// <param name="closed">What was told.</param>
    /// <param name="isOut">True for members whose bids do not count: not active, or in default.</param>
    internal static void CheckClose(StepAt at, AuditedDefault chosen, Auction auction, AuctionClosed closed, Func<string, bool> isOut)
    {
        foreach (var lot in auction.Lots)
        {
            var told = closed.Lots.FirstOrDefault(l => l.Id == lot.Id);
            if (closed.Failure.Length > 0 || told is null)
            {
                if (told is null || told.UnsoldUnits != lot.Units || told.Awards.Count > 0)
                {
                    at.Find("auction-winners", $"{chosen}: lot {lot.Id} was awarded although no bid could be opened");
                }

                continue;
            }

            var placed = chosen.Bids.Where(b => b.Lot == lot.Id).ToList();
            var opened = closed.Bids.Where(b => b.Lot == lot.Id).ToList();
            if (!placed.Select(static b => (b.Sequence, b.Member, b.At)).SequenceEqual(opened.Select(static b => (b.Sequence, b.Member, b.At))))
            {
                at.Find("auction-bids", $"{chosen}: of lot {lot.Id} the bids {string.Join(", ", placed.Select(static b => b.Sequence))} were placed, and {string.Join(", ", opened.Select(static b => b.Sequence))} opened");
                continue;
            }

            foreach (var (sealedBid, bid) in placed.Zip(opened))
            {
                CheckBid(at, chosen, lot, sealedBid, bid, placed.Last(p => p.Member == bid.Member) == sealedBid, isOut);
            }

            CheckWinners(at, chosen, lot, told, [.. opened.Where(static b => !b.Dead)]);
        }
    }

    /// <summary>What a winner pays when its last trade has ended: for the lots that moved, of what it has won, to the nearest minor unit, a half up. Null before.</summary>
    internal static long? PaidFor(AuditedDefault chosen, Leg ended, out string cause, out string holder)
    {
        holder = chosen.Find(ended.Account)?.DefaultAccount ?? "";
        var winner = ended.Buyer == holder ? ended.Seller : ended.Buyer;
        var legs = chosen.Legs.Where(l => l.Purpose == Leg.Types.Purpose.Award && l.Lot == ended.Lot && (l.Buyer == winner || l.Seller == winner)).ToList();
        cause = "";
        if (legs.Exists(IsOpen))
        {
            return null;
        }

        var lot = chosen.LotOf(ended.Lot);
        var index = lot.Awards.ToList().FindIndex(a => a.Account == winner);
        cause = string.Create(CultureInfo.InvariantCulture, $"DEFAULT.{chosen.Number}.BID.{lot.Id}.{index}");
        var award = lot.Awards[index];
        var won = lot.Positions.Aggregate(BigInteger.Zero, static (sum, p) => sum + Math.Abs(p.Lots)) / lot.Units * award.Units;
        var moved = legs.Where(static l => l.Outcome == 1).Aggregate(BigInteger.Zero, static (sum, l) => sum + l.Lots);
        return Math.Sign(award.Amount) * (long)(((2 * BigInteger.Abs(award.Amount) * moved) + won) / (2 * won));
    }

    /// <summary>On its way, or the trade of an award that met a cycle and is to be made again at the price that it brings.</summary>
    private static bool IsOpen(Leg leg) =>
        leg.Outcome == 0 || leg is { Outcome: 2, ReplacedBy: 0, Reason: (uint)Domain.Novation.RejectReason.PriceOutsideBands };

    private static void CheckBid(StepAt at, AuditedDefault chosen, Lot lot, Contracts.Defaults.V1.SealedBid placed, OpenedBid bid, bool isLast, Func<string, bool> isOut)
    {
        if (placed.Withdrawn != bid.Content is null)
        {
            at.Find("auction-bids", $"{chosen}: bid {bid.Sequence} for lot {lot.Id} was {(placed.Withdrawn ? "taken back" : "placed")}, and is opened {(bid.Content is null ? "empty" : "as a bid")}");
            return;
        }

        if (bid.Content is { } content
            && (content.Nonce.Length != BidCommitment.NonceLength || content.Units is < 1 or > int.MaxValue
                || !BidCommitment.Verify(placed.Commitment.Span, chosen.Number.ToString(CultureInfo.InvariantCulture), lot.Id, MemberId.Parse(bid.Member), bid.Sequence, content.Amount, (int)content.Units, content.Nonce.Span)))
        {
            at.Find("auction-commitment", $"{chosen}: bid {bid.Sequence} of {bid.Member} for lot {lot.Id} opens to {content.Units} units at {content.Amount}, which is not what it committed to");
        }

        if (bid.Dead != (bid.Content is null || !isLast || isOut(bid.Member)))
        {
            at.Find("auction-bids", $"{chosen}: bid {bid.Sequence} of {bid.Member} for lot {lot.Id} {(bid.Dead ? "does not count and is the member's last" : "counts and is replaced, or its member is out")}");
        }
    }

    private static void CheckWinners(StepAt at, AuditedDefault chosen, Lot lot, Lot told, List<OpenedBid> live)
    {
        var left = lot.Units;
        List<(OpenedBid Bid, long Units)> won = [];
        foreach (var bid in live.Where(b => (Int128)b.Content.Amount * lot.Units >= lot.Reserve).OrderByDescending(static b => b.Content.Amount).ThenBy(static b => b.Sequence))
        {
            if (left > 0)
            {
                var units = Math.Min(left, bid.Content.Units);
                won.Add((bid, units));
                left -= units;
            }
        }

        var marginal = won.Count > 0 ? won[^1].Bid.Content.Amount : 0;
        List<(string, string, long, long)> expected =
            [.. won.Select(w => (w.Bid.Member, w.Bid.Content.Account, w.Units, checked(w.Units * (lot.Format == LotFormat.Uniform ? marginal : w.Bid.Content.Amount))))];
        if (told.UnsoldUnits != left || !told.Awards.Select(static a => (a.Member, a.Account, a.Units, a.Amount)).SequenceEqual(expected))
        {
            at.Find("auction-winners", $"{chosen}: lot {lot.Id} was awarded {told}; the bids give {string.Join(", ", expected)} and leave {left} units");
        }
    }
}
