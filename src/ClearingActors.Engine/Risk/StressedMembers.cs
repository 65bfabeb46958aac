using System.Numerics;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Risk.DefaultFund;

namespace ClearingActors.Engine.Risk;

/// <summary>What the accounts of a scenario come to by member, added up as they are revalued.</summary>
/// <param name="members">All that are defined.</param>
internal sealed class StressedMembers(IReadOnlyList<MemberId> members)
{
    private readonly Dictionary<MemberId, (StressedAccount House, List<StressedAccount> Clients)> _members = members.ToDictionary(m => m, _ => (new StressedAccount(0, 0, 0), new List<StressedAccount>()));

    internal LiveLiquidity Liquidity { get; } = new();

    /// <summary>Takes an account; each once.</summary>
    /// <exception cref="ArgumentException">Its member is not defined.</exception>
    /// <exception cref="OverflowException">A sum does not fit in 64 bits.</exception>
    internal void Add(in LiveStressedAccount stressed)
    {
        var (account, figures, _, _) = stressed;
        if (!_members.TryGetValue(account.Member, out var member))
        {
            throw new ArgumentException($"account {account.Account} belongs to member {account.Member}, which is not defined");
        }

        if (account.Segregation == Segregation.House)
        {
            var own = member.House;
            _members[account.Member] = member with
            {
                House = checked(new StressedAccount(own.StressLoss + figures.StressLoss, own.Requirement + figures.Requirement, own.RevaluedCollateral + figures.RevaluedCollateral)),
            };
        }
        else
        {
            member.Clients.Add(figures);
        }

        Liquidity.Add(stressed);
    }

    /// <summary>Uncovered losses by member id, minor units of the fund's currency (rulebook 10.2).</summary>
    /// <exception cref="OverflowException">A loss does not fit in 64 bits.</exception>
    internal SortedDictionary<string, BigInteger> Uncovered()
    {
        var uncovered = new SortedDictionary<string, BigInteger>(Utf8Ordinal.Order);
        foreach (var (member, (house, clients)) in _members)
        {
            uncovered.Add(member.Value, UncoveredLoss.OfMember(house, clients));
        }

        return uncovered;
    }
}
