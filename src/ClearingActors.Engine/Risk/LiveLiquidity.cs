using System.Numerics;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// Liquidity under stress (rulebook 10): variation margin by currency, what members owe of it, and the cash that stands for the two that owe most. A member owes what its
/// house accounts lose together, and what each client account loses; its gains are paid out to nobody else's debt. Cash of a client pays that client's losses alone, cash of
/// the house any of the member's. The sums are kept as the accounts come; they are exact, so the order does not matter.
/// </summary>
internal sealed class LiveLiquidity
{
    private readonly Dictionary<(Currency Currency, MemberId Member), MemberSums> _sums = [];
    private readonly SortedSet<Currency> _currencies = [];
    private readonly HashSet<MemberId> _members = [];

    /// <summary>Takes an account in the scenario; each once.</summary>
    internal void Add(in LiveStressedAccount stressed)
    {
        var (account, _, _, variation) = stressed;
        _members.Add(account.Member);
        foreach (var paid in variation)
        {
            _currencies.Add(paid.Currency);
            var sums = SumsOf(paid.Currency, account.Member);
            var lost = -(Int128)paid.MinorUnits;
            if (account.Segregation == Segregation.House)
            {
                sums.Loss += lost;
                continue;
            }

            var owed = Int128.Max(0, lost);
            sums.Clients += owed;
            sums.ClientsPay += Int128.Min(owed, Int128.Max(0, account.Cash.Where(c => c.Currency == paid.Currency).Aggregate(Int128.Zero, (sum, c) => sum + c.MinorUnits)));
        }

        if (account.Segregation == Segregation.House)
        {
            foreach (var cash in account.Cash)
            {
                SumsOf(cash.Currency, account.Member).Cash += cash.MinorUnits;
            }
        }
    }

    /// <summary>The needs by currency code; a currency in which nobody owes anything is left out.</summary>
    /// <param name="largest">The members of the two groups with the largest amounts, by member.</param>
    /// <param name="fund">The fund's cash.</param>
    internal IReadOnlyList<LiquidityNeed> Needs(Func<SortedDictionary<string, BigInteger>, IReadOnlyList<string>> largest, Money fund)
    {
        List<LiquidityNeed> needs = [];
        foreach (var currency in _currencies)
        {
            var owed = new SortedDictionary<string, BigInteger>(Utf8Ordinal.Order);
            var paid = new Dictionary<string, BigInteger>(StringComparer.Ordinal);
            foreach (var member in _members)
            {
                var sums = SumsOf(currency, member);
                var all = Int128.Max(0, sums.Loss) + sums.Clients;
                owed.Add(member.Value, all);
                paid.Add(member.Value, Int128.Min(all, sums.ClientsPay + Int128.Max(0, sums.Cash)));
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

    private MemberSums SumsOf(Currency currency, MemberId member)
    {
        if (!_sums.TryGetValue((currency, member), out var sums))
        {
            _sums.Add((currency, member), sums = new MemberSums());
        }

        return sums;
    }

    private static BigInteger Sum(IEnumerable<string> members, IReadOnlyDictionary<string, BigInteger> amounts) => members.Aggregate(BigInteger.Zero, (sum, m) => sum + amounts[m]);

    /// <summary>A member in a currency, in its minor units.</summary>
    private sealed class MemberSums
    {
        /// <summary>Of the house accounts together; below zero a gain.</summary>
        internal Int128 Loss { get; set; }

        /// <summary>Of the house accounts.</summary>
        internal Int128 Cash { get; set; }

        /// <summary>What its clients owe.</summary>
        internal Int128 Clients { get; set; }

        /// <summary>What of that their own cash pays.</summary>
        internal Int128 ClientsPay { get; set; }
    }
}
