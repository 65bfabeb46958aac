using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Default.Auctions;

/// <summary>A member's duty to bid for a lot.</summary>
/// <param name="Member">The member.</param>
/// <param name="Units">The fewest units its bid must be for, 1 or more.</param>
public readonly record struct BidDuty(MemberId Member, int Units);

/// <summary>
/// Who must bid for a lot (rulebook 11.3): the survivors with margin in its product group, for their share of the units by margin, rounded up so that the duties cover the lot.
/// </summary>
public static class BidDuties
{
    /// <summary>By member id; those without margin have no duty.</summary>
    /// <param name="lot">The lot.</param>
    /// <param name="margins">Each survivor's margin in the lot's product group, minor units, 0 or more; each member once.</param>
    /// <exception cref="ArgumentException">A negative margin, or a member twice.</exception>
    public static IReadOnlyList<BidDuty> Of(Lot lot, IReadOnlyCollection<MemberAmount> margins)
    {
        var total = Int128.Zero;
        var seen = new HashSet<MemberId>();
        foreach (var (member, margin) in margins)
        {
            total += margin >= 0 ? margin : throw new ArgumentException($"{member} has margin {margin} in {lot.ProductGroup}; 0 or more is needed", nameof(margins));
            if (!seen.Add(member))
            {
                throw new ArgumentException($"{member} is listed twice; give its margin in one", nameof(margins));
            }
        }

        return [.. margins.Where(m => m.Minor > 0).OrderBy(m => m.Member).Select(m => new BidDuty(m.Member, (int)((((Int128)m.Minor * lot.Units) + total - 1) / total)))];
    }

    /// <summary>Who did not bid for as many units as it had to, by member id. A low amount fails no duty; it makes a poor bid.</summary>
    /// <param name="duties">Each member once.</param>
    /// <param name="bids">Of one lot, at most one of each member.</param>
    public static IReadOnlyList<MemberId> Failed(IReadOnlyCollection<BidDuty> duties, IReadOnlyCollection<SealedBid> bids)
    {
        var units = bids.ToDictionary(b => b.Member, b => b.Units);
        return [.. duties.Where(d => units.GetValueOrDefault(d.Member) < d.Units).Select(d => d.Member).Order()];
    }
}
