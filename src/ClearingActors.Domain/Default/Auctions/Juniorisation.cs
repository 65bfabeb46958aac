using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Default.Auctions;

/// <summary>How a member bid for a lot (rulebook 11.3), the worst first. The numbers are journaled and never change.</summary>
public enum BidTier
{
    None = 0,

    /// <summary>It had to bid and did not, or for too few units.</summary>
    NoBid = 1,

    Poor = 2,

    Fair = 3,

    /// <summary>It won, came near, or had no duty.</summary>
    WinnerOrNear = 4,
}

/// <summary>The cut-offs of bid quality, in basis points of the lot's margin; a bid at a cut-off is within it.</summary>
public sealed class JuniorisationTerms
{
    /// <summary>The largest cut-off: ten times the margin.</summary>
    public const int MaxBps = 100_000;

    private JuniorisationTerms(int nearBps, int fairBps)
    {
        NearBps = nearBps;
        FairBps = fairBps;
    }

    /// <summary>Up to here a bid ranks with the winners; 0 or more.</summary>
    public int NearBps { get; }

    /// <summary>Up to here a bid is fair; at least <see cref="NearBps"/>.</summary>
    public int FairBps { get; }

    public static bool TryCreate(int nearBps, int fairBps, out JuniorisationTerms? terms, out DefinitionError? error)
    {
        error = nearBps >= 0 && fairBps >= nearBps && fairBps <= MaxBps
            ? null
            : new DefinitionError("juniorisation cut-offs", $"{nearBps} and {fairBps}", $"basis points with 0 <= near <= fair <= {MaxBps} are needed");
        terms = error is null ? new JuniorisationTerms(nearBps, fairBps) : null;
        return error is null;
    }
}

/// <summary>
/// Ranks members by their bids for a lot (rulebook 11.3): quality = (reference - bid) / margin, both per unit. The reference is the lowest winning bid if the whole lot is sold;
/// else the reserve, since any bid at it would have won. Without margin every bid below the reference is poor.
/// </summary>
public static class Juniorisation
{
    /// <summary>The tier of each member with a duty; who is not listed has none and ranks with the winners.</summary>
    /// <param name="lot">The lot.</param>
    /// <param name="result">How it was cleared.</param>
    /// <param name="reserve">Per unit, as at the clearing.</param>
    /// <param name="bids">As at the clearing.</param>
    /// <param name="duties">Each member once.</param>
    /// <param name="terms">The cut-offs.</param>
    public static SortedDictionary<MemberId, BidTier> Tiers(
        Lot lot, AuctionResult result, long reserve, IReadOnlyCollection<SealedBid> bids, IReadOnlyCollection<BidDuty> duties, JuniorisationTerms terms)
    {
        var reference = Reference(result, reserve);
        var amounts = bids.ToDictionary(b => b.Member, b => b.Amount);
        HashSet<MemberId> failed = [.. BidDuties.Failed(duties, bids)];
        var tiers = new SortedDictionary<MemberId, BidTier>();
        foreach (var duty in duties)
        {
            tiers.Add(duty.Member, failed.Contains(duty.Member) ? BidTier.NoBid : TierOf(lot, reference, amounts[duty.Member], terms));
        }

        return tiers;
    }

    /// <summary>What bids are measured against, per unit.</summary>
    public static long Reference(AuctionResult result, long reserve) => result is { UnsoldUnits: 0, Marginal: { } marginal } ? marginal : reserve;

    private static BidTier TierOf(Lot lot, long reference, long bid, JuniorisationTerms terms)
    {
        // Multiplied out by units and basis points, so that nothing is rounded.
        var shortfall = ((Int128)reference - bid) * lot.Units * 10_000;
        return shortfall <= (Int128)terms.NearBps * lot.Margin ? BidTier.WinnerOrNear
            : shortfall <= (Int128)terms.FairBps * lot.Margin ? BidTier.Fair
            : BidTier.Poor;
    }
}
