using System.Numerics;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Default;

/// <summary>What a defaulter's account owes and has, in minor units of one currency.</summary>
/// <param name="Account">Its id.</param>
/// <param name="Segregation">House, or one of the kinds of client accounts.</param>
/// <param name="Unpaid">Obligations that it did not pay, 0 or more.</param>
/// <param name="PaidOnPositions">Variation margin, premium and funding paid on its positions since; below 0 received.</param>
/// <param name="HedgeCost">Result of hedges, as a cost; below 0 a gain.</param>
/// <param name="Costs">Of the close-out, 0 or more.</param>
/// <param name="BidsReceived">What winners of its lots paid; below 0 the CCP paid them.</param>
/// <param name="Collateral">What its own collateral is worth, 0 or more.</param>
public readonly record struct AccountFigures(
    AccountId Account, Segregation Segregation, long Unpaid, long PaidOnPositions, long HedgeCost, long Costs, long BidsReceived, long Collateral);

/// <summary>What became of an account. Loss above 0 = paid by own collateral + paid by house + uncovered.</summary>
/// <param name="Account">Its id.</param>
/// <param name="Segregation">Its kind.</param>
/// <param name="Loss">Minor units; below 0 a gain, which is the account's.</param>
/// <param name="PaidByOwn">By its own collateral.</param>
/// <param name="PaidByHouse">By the surplus of the member's house accounts.</param>
/// <param name="Uncovered">What is left for the next layers.</param>
/// <param name="SurplusUsed">What it gave as a house account; 0 for clients always.</param>
/// <param name="Returned">What goes back to it: collateral and gain, less what it paid and gave.</param>
public readonly record struct AccountLoss(
    AccountId Account, Segregation Segregation, long Loss, long PaidByOwn, long PaidByHouse, long Uncovered, long SurplusUsed, long Returned);

/// <summary>
/// What a member's default costs. The waterfall takes <see cref="Loss"/> with the layer <c>defaulter_margin</c> of <see cref="HouseMargin"/>, or <see cref="Remaining"/>
/// without that layer; both come to the same.
/// </summary>
/// <param name="Accounts">By account id.</param>
/// <param name="Loss">Losses of house accounts, and of client accounts beyond their own collateral; minor units, 0 or more.</param>
/// <param name="HouseMargin">Collateral and gains of house accounts.</param>
/// <param name="HouseMarginUsed">The lower of the two.</param>
/// <param name="Remaining">Loss beyond the house margin; the sum of what is uncovered.</param>
public sealed record MemberLoss(IReadOnlyList<AccountLoss> Accounts, long Loss, long HouseMargin, long HouseMarginUsed, long Remaining);

/// <summary>
/// Loss per account (rulebook 11.4): its own collateral pays first; the surplus of house accounts then covers other house accounts, then clients' shortfalls, pro rata by largest
/// remainder, ties by id ascending. A client's surplus goes back to it whole: no client's collateral pays for another account.
/// </summary>
public static class LossOfAccount
{
    /// <summary>The loss of one account; below 0 a gain.</summary>
    /// <exception cref="OverflowException">It does not fit in 64 bits.</exception>
    public static long Of(in AccountFigures a) => checked((long)((Int128)a.Unpaid + a.PaidOnPositions + a.HedgeCost + a.Costs - a.BidsReceived));

    /// <summary>The losses of all accounts of a member that were not ported.</summary>
    /// <param name="figures">Each account once, in any order.</param>
    /// <exception cref="ArgumentException">An account twice, of another kind, or a negative amount where none is allowed.</exception>
    /// <exception cref="OverflowException">A sum does not fit in 64 bits.</exception>
    public static MemberLoss OfMember(IReadOnlyCollection<AccountFigures> figures)
    {
        AccountFigures[] ordered = [.. figures.OrderBy(f => f.Account)];
        Check(ordered);
        var losses = new long[ordered.Length];
        var own = new long[ordered.Length];
        var shortfalls = new long[ordered.Length];
        var surpluses = new long[ordered.Length];
        for (var i = 0; i < ordered.Length; i++)
        {
            losses[i] = Of(ordered[i]);
            own[i] = Math.Clamp(losses[i], 0, ordered[i].Collateral);
            shortfalls[i] = Math.Max(0, losses[i]) - own[i];
            surpluses[i] = checked(ordered[i].Collateral - own[i] - Math.Min(0, losses[i]));
        }

        int[] house = [.. Enumerable.Range(0, ordered.Length).Where(i => ordered[i].Segregation == Segregation.House)];
        int[] clients = [.. Enumerable.Range(0, ordered.Length).Except(house)];
        var houseSurplus = Sum(house, surpluses);
        var forHouse = Math.Min(houseSurplus, Sum(house, shortfalls));
        var forClients = Math.Min(houseSurplus - forHouse, Sum(clients, shortfalls));
        var received = new long[ordered.Length];
        var given = new long[ordered.Length];
        Share(forHouse, house, shortfalls, received);
        Share(forClients, clients, shortfalls, received);
        Share(forHouse + forClients, house, surpluses, given);
        var accounts = ordered.Select((a, i) => new AccountLoss(
            a.Account, a.Segregation, losses[i], own[i], received[i], shortfalls[i] - received[i], given[i], surpluses[i] - given[i])).ToList();
        var loss = checked(house.Aggregate(0L, (sum, i) => sum + own[i] + shortfalls[i]) + Sum(clients, shortfalls));
        var margin = checked(house.Aggregate(0L, (sum, i) => sum + own[i] + surpluses[i]));
        return new MemberLoss(accounts, loss, margin, Math.Min(loss, margin), Math.Max(0, loss - margin));
    }

    private static void Share(long amount, int[] places, long[] weights, long[] shares)
    {
        if (amount == 0)
        {
            return;
        }

        var parts = LargestRemainder.Share(amount, [.. places.Select(i => (BigInteger)weights[i])]);
        for (var j = 0; j < places.Length; j++)
        {
            shares[places[j]] = (long)parts[j];
        }
    }

    private static long Sum(int[] places, long[] amounts) => places.Aggregate(0L, (sum, i) => checked(sum + amounts[i]));

    private static void Check(AccountFigures[] ordered)
    {
        for (var i = 0; i < ordered.Length; i++)
        {
            var a = ordered[i];
            if (i > 0 && ordered[i - 1].Account == a.Account)
            {
                throw new ArgumentException($"account {a.Account} is listed twice; give its figures in one", nameof(ordered));
            }

            if (a.Segregation is not (Segregation.House or Segregation.ClientOmnibusNet or Segregation.ClientOmnibusGross or Segregation.ClientIndividual))
            {
                throw new ArgumentException($"account {a.Account} is {a.Segregation}; a house or client account is needed, the contribution to the fund is a layer of its own", nameof(ordered));
            }

            if (a.Unpaid < 0 || a.Costs < 0 || a.Collateral < 0)
            {
                throw new ArgumentException($"account {a.Account} has {a.Unpaid} unpaid, costs {a.Costs} and collateral {a.Collateral}; 0 or more is needed, cash below 0 is unpaid", nameof(ordered));
            }
        }
    }
}
