using System.Globalization;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Default.Auctions;

/// <summary>A member's bid for a lot (rulebook 11.3).</summary>
/// <param name="Member">The bidder.</param>
/// <param name="Lot">The lot's id.</param>
/// <param name="Amount">Minor units per unit of the lot: above 0 the bidder pays the CCP, below 0 the CCP pays the bidder.</param>
/// <param name="Units">The most units wanted, 1 to those of the lot; fewer may be won.</param>
/// <param name="Order">Earlier bids have lower numbers; no two are the same.</param>
public readonly record struct SealedBid(MemberId Member, string Lot, long Amount, int Units, long Order)
{
    /// <summary>What is wrong with the bid by itself; null if nothing is.</summary>
    public DefinitionError? Check(Lot lot)
    {
        if (Member.IsNone)
        {
            return new DefinitionError("bid, member", "", "a member is needed");
        }

        if (Lot != lot.Id)
        {
            return new DefinitionError($"bid of {Member}, lot", Lot, $"a bid for lot {lot.Id} is needed");
        }

        if (Units < 1 || Units > lot.Units)
        {
            return new DefinitionError($"bid of {Member}, units", Units.ToString(CultureInfo.InvariantCulture), $"1 to the {lot.Units} of lot {lot.Id} is needed");
        }

        var most = long.MaxValue / lot.Units;
        return Amount > most || Amount < -most
            ? new DefinitionError($"bid of {Member}, amount", Amount.ToString(CultureInfo.InvariantCulture), $"{-most} to {most} is allowed, so that the whole lot's amount fits in 64 bits")
            : null;
    }
}
