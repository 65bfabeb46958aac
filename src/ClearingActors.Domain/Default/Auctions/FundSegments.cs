using System.Numerics;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Default.Auctions;

/// <summary>A lot as it ranks the survivors' contributions.</summary>
/// <param name="Lot">Its id.</param>
/// <param name="Margin">Minor units, 0 or more: what its segment is measured by.</param>
/// <param name="Tiers">Of the members with a duty; who is not listed ranks with the winners.</param>
public sealed record LotRanking(string Lot, long Margin, IReadOnlyDictionary<MemberId, BidTier> Tiers);

/// <summary>The part of a member's contribution that stands behind a lot.</summary>
/// <param name="Member">The member.</param>
/// <param name="Lot">The lot's id.</param>
/// <param name="Tier">How the member bid for it.</param>
/// <param name="Minor">Minor units, 0 or more.</param>
public readonly record struct FundSlice(MemberId Member, string Lot, BidTier Tier, long Minor);

/// <summary>
/// The survivors' fund split over the lots (rulebook 11.3): each member's contribution by the lots' margins, by largest remainder, ties by lot id ascending; each slice takes the
/// lot's tier. If no lot has margin the lots count alike.
/// </summary>
public static class FundSegments
{
    /// <summary>By member, then by lot id; a member's slices sum to its contribution.</summary>
    /// <param name="contributions">Of the survivors, 0 or more, each member once.</param>
    /// <param name="lots">Each once, one at least.</param>
    /// <exception cref="ArgumentException">No lot, a lot or a member twice, a negative number, or a tier that is none.</exception>
    public static IReadOnlyList<FundSlice> Split(IReadOnlyCollection<MemberAmount> contributions, IReadOnlyCollection<LotRanking> lots)
    {
        LotRanking[] ordered = [.. lots.OrderBy(l => l.Lot, Utf8Ordinal.Order)];
        Check(ordered);
        BigInteger[] weights = ordered.Any(l => l.Margin > 0) ? [.. ordered.Select(l => (BigInteger)l.Margin)] : [.. ordered.Select(_ => BigInteger.One)];
        var slices = new List<FundSlice>(contributions.Count * ordered.Length);
        MemberId? last = null;
        foreach (var (member, minor) in contributions.OrderBy(c => c.Member))
        {
            if (member == last || minor < 0)
            {
                throw new ArgumentException($"{member} has {minor} in the fund, or is listed twice; 0 or more is needed, once", nameof(contributions));
            }

            last = member;
            var shares = LargestRemainder.Share(minor, weights);
            for (var i = 0; i < ordered.Length; i++)
            {
                slices.Add(new FundSlice(member, ordered[i].Lot, TierOf(ordered[i], member), (long)shares[i]));
            }
        }

        return slices;
    }

    /// <summary>
    /// The layer of the survivors' fund, with a tier for each <see cref="BidTier"/> from the worst: a member's slices of one tier stand together, over all lots.
    /// Without lots everybody ranks with the winners.
    /// </summary>
    /// <exception cref="ArgumentException">See <see cref="Split"/>.</exception>
    public static WaterfallLayer Layer(IReadOnlyCollection<MemberAmount> contributions, IReadOnlyCollection<LotRanking> lots)
    {
        var tiers = new SortedDictionary<BidTier, Dictionary<MemberId, long>>
        {
            [BidTier.NoBid] = [],
            [BidTier.Poor] = [],
            [BidTier.Fair] = [],
            [BidTier.WinnerOrNear] = [],
        };
        IReadOnlyCollection<LotRanking> ranked = lots.Count > 0 ? lots : [new LotRanking("none", 0, new Dictionary<MemberId, BidTier>())];
        foreach (var slice in Split(contributions, ranked))
        {
            var members = tiers[slice.Tier];
            members[slice.Member] = members.GetValueOrDefault(slice.Member) + slice.Minor;
        }

        return WaterfallLayer.OfTiers(LayerKind.DefaultFund.Id(), tiers.Values.Select(t => t.Select(m => new LayerMember(m.Key.Value, m.Value))));
    }

    private static BidTier TierOf(LotRanking lot, MemberId member) => lot.Tiers.GetValueOrDefault(member, BidTier.WinnerOrNear);

    private static void Check(LotRanking[] ordered)
    {
        if (ordered.Length == 0)
        {
            throw new ArgumentException("the fund is split over no lots; one at least is needed", nameof(ordered));
        }

        for (var i = 0; i < ordered.Length; i++)
        {
            var lot = ordered[i];
            if (lot.Margin < 0 || (i > 0 && ordered[i - 1].Lot == lot.Lot))
            {
                throw new ArgumentException($"lot {lot.Lot} has margin {lot.Margin}, or is listed twice; 0 or more is needed, once", nameof(ordered));
            }

            foreach (var (member, tier) in lot.Tiers)
            {
                if (tier is < BidTier.NoBid or > BidTier.WinnerOrNear)
                {
                    throw new ArgumentException($"{member} has tier {tier} in lot {lot.Lot}; no bid, poor, fair, winner or near is needed", nameof(ordered));
                }
            }
        }
    }
}
