using System.Numerics;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Default.Recovery;

/// <summary>A position in an instrument, or the lots of it that are torn up.</summary>
/// <param name="Account">The account.</param>
/// <param name="Client">The client in gross omnibus accounts, else none.</param>
/// <param name="Quantity">Lots, signed.</param>
public readonly record struct HeldLots(AccountId Account, ClientId Client, long Quantity);

/// <summary>What an account is owed for its torn-up contracts at the last settlement price.</summary>
/// <param name="Account">The account.</param>
/// <param name="Minor">Minor units; at or below 0 nothing is lowered.</param>
public readonly record struct TearUpPayment(AccountId Account, long Minor);

/// <summary>
/// Tear-up (rulebook 11.5): contracts that no auction sold are ended at the last settlement price against opposite holders, pro rata to their lots, by largest remainder, ties by
/// account then client id. What those holders are owed is lowered pro rata by what is still missing.
/// </summary>
public static class TearUp
{
    /// <summary>The lots torn up, with the sign of the holder's position, by account then client; who has none to give is not listed. They are the unsold lots with the sign changed.</summary>
    /// <param name="unsold">The CCP's lots, signed, not 0.</param>
    /// <param name="positions">All positions in the instrument but the CCP's, each account and client once; those on the CCP's side are left alone.</param>
    /// <exception cref="ArgumentException">Nothing unsold, a position twice, or fewer opposite lots than unsold: then the book is not matched.</exception>
    public static IReadOnlyList<HeldLots> Assign(long unsold, IReadOnlyCollection<HeldLots> positions)
    {
        if (unsold == 0)
        {
            throw new ArgumentException("0 lots cannot be torn up; a position of the CCP is needed", nameof(unsold));
        }

        HeldLots[] ordered = [.. positions.OrderBy(p => p.Account).ThenBy(p => p.Client)];
        for (var i = 1; i < ordered.Length; i++)
        {
            if (ordered[i].Account == ordered[i - 1].Account && ordered[i].Client == ordered[i - 1].Client)
            {
                throw new ArgumentException($"account {ordered[i].Account}, client \"{ordered[i].Client}\" is listed twice; give its lots in one", nameof(positions));
            }
        }

        HeldLots[] opposite = [.. ordered.Where(p => Math.Sign(p.Quantity) == -Math.Sign(unsold))];
        var lots = BigInteger.Abs(unsold);
        BigInteger[] weights = [.. opposite.Select(p => BigInteger.Abs(p.Quantity))];
        var open = weights.Aggregate(BigInteger.Zero, (sum, w) => sum + w);
        if (lots > open)
        {
            throw new ArgumentException($"{lots} lots cannot be torn up against opposite positions of {open} in all; every contract has two sides, so a position is missing", nameof(positions));
        }

        var torn = LargestRemainder.Share(lots, weights);
        return [.. opposite.Select((p, i) => p with { Quantity = (long)(torn[i] * Math.Sign(p.Quantity)) }).Where(p => p.Quantity != 0)];
    }

    /// <summary>The layer <c>tear_up</c>: with the loss that is still missing, <see cref="Waterfall"/> says by how much each payment is lowered.</summary>
    /// <param name="owed">Each account once, in any order; what an account owes itself it pays in full.</param>
    /// <exception cref="ArgumentException">An account twice.</exception>
    public static WaterfallLayer Layer(IReadOnlyCollection<TearUpPayment> owed) =>
        WaterfallLayer.OfMembers(LayerKind.TearUp.Id(), owed.Select(o => new LayerMember(o.Account.Value, Math.Max(0, o.Minor))));
}
