using System.Numerics;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// Liquidity under stress (rulebook 10): variation margin by currency, what members owe of it, and the cash that stands for the two that owe most. A member owes what its
/// house accounts lose together, and what each client account loses; its gains are paid out to nobody else's debt. Cash of a client pays that client's losses alone, cash of
/// the house any of the member's.
/// </summary>
internal static class LiveLiquidity
{
    /// <summary>The needs by currency code; a currency in which nobody owes anything is left out.</summary>
    /// <param name="accounts">In the scenario.</param>
    /// <param name="largest">The members of the two groups with the largest amounts, by member.</param>
    /// <param name="fund">The fund's cash.</param>
    internal static IReadOnlyList<LiquidityNeed> Of(IReadOnlyList<LiveStressedAccount> accounts, Func<SortedDictionary<string, BigInteger>, IReadOnlyList<string>> largest, Money fund)
    {
        List<LiquidityNeed> needs = [];
        foreach (var currency in accounts.SelectMany(a => a.Variation).Select(v => v.Currency).Distinct().OrderBy(c => c.Code, StringComparer.Ordinal))
        {
            var owed = new SortedDictionary<string, BigInteger>(Utf8Ordinal.Order);
            var paid = new Dictionary<string, BigInteger>(StringComparer.Ordinal);
            foreach (var member in accounts.GroupBy(a => a.Account.Member.Value, StringComparer.Ordinal))
            {
                (owed[member.Key], paid[member.Key]) = OfMember(member, currency);
            }

            var members = largest(owed);
            var payments = Sum(members, owed);
            if (payments.Sign > 0)
            {
                needs.Add(new LiquidityNeed(currency, members, payments, Sum(members, paid), fund.Currency == currency ? fund.MinorUnits : 0));
            }
        }

        return needs;
    }

    private static (BigInteger Owed, BigInteger Paid) OfMember(IEnumerable<LiveStressedAccount> accounts, Currency currency)
    {
        BigInteger loss = 0, cash = 0, clients = 0, clientsPay = 0;
        foreach (var (account, _, _, variation) in accounts)
        {
            var lost = variation.Where(v => v.Currency == currency).Aggregate(BigInteger.Zero, (sum, v) => sum - v.MinorUnits);
            var held = account.Cash.Where(c => c.Currency == currency).Aggregate(BigInteger.Zero, (sum, c) => sum + c.MinorUnits);
            if (account.Segregation == Segregation.House)
            {
                loss += lost;
                cash += held;
            }
            else
            {
                var owed = BigInteger.Max(0, lost);
                clients += owed;
                clientsPay += BigInteger.Min(owed, BigInteger.Max(0, held));
            }
        }

        var all = BigInteger.Max(0, loss) + clients;
        return (all, BigInteger.Min(all, clientsPay + BigInteger.Max(0, cash)));
    }

    private static BigInteger Sum(IEnumerable<string> members, IReadOnlyDictionary<string, BigInteger> amounts) => members.Aggregate(BigInteger.Zero, (sum, m) => sum + amounts[m]);
}
