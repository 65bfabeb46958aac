using System.Runtime.InteropServices;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Engine.Reports;

/// <summary>
/// Sums over the accounts of a summary, by currency and by member. Currencies are never added to each other. Accounts of the house itself are left out, and the default fund is
/// summed apart: its cash is no margin.
/// </summary>
public sealed class HouseTotals
{
    private HouseTotals(IReadOnlyList<MarginSum> currencies, IReadOnlyList<MemberSums> members, IReadOnlyList<FundSum> fund)
    {
        Currencies = currencies;
        Members = members;
        Fund = fund;
    }

    /// <summary>By currency.</summary>
    public IReadOnlyList<MarginSum> Currencies { get; }

    /// <summary>By member, those without accounts too.</summary>
    public IReadOnlyList<MemberSums> Members { get; }

    /// <summary>The default fund's accounts by currency.</summary>
    public IReadOnlyList<FundSum> Fund { get; }

    /// <summary>Sums a summary up.</summary>
    public static HouseTotals Of(HouseSummary summary)
    {
        var members = new Dictionary<(MemberId Member, Currency Currency), Sum>();
        var fund = new SortedDictionary<Currency, FundSum>();
        foreach (var piece in summary.Pieces)
        {
            foreach (ref readonly var account in piece.AsSpan())
            {
                if (account.Member == CcpAccounts.Member)
                {
                    continue;
                }

                if (account.Segregation == Segregation.DefaultFund)
                {
                    var held = fund.GetValueOrDefault(account.Currency);
                    fund[account.Currency] = new FundSum(account.Currency, held.Accounts + 1, held.Required + account.Requirement, held.Held + account.Collateral, held.Missing + account.Shortfall);
                    continue;
                }

                ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(members, (account.Member, account.Currency), out _);
                (sum ??= new Sum()).Add(account);
            }
        }

        var currencies = new SortedDictionary<Currency, Sum>();
        var byMember = new Dictionary<MemberId, List<MarginSum>>();
        foreach (var ((member, currency), sum) in members)
        {
            (currencies.TryGetValue(currency, out var all) ? all : currencies[currency] = new Sum()).Add(sum);
            (byMember.TryGetValue(member, out var sums) ? sums : byMember[member] = []).Add(sum.Of(currency));
        }

        return new HouseTotals(
            [.. currencies.Select(c => c.Value.Of(c.Key))],
            [.. summary.Members.Select(m => new MemberSums(m.Member, m.Status, byMember.TryGetValue(m.Member, out var sums) ? [.. sums.OrderBy(s => s.Currency)] : []))],
            [.. fund.Values]);
    }

    /// <summary>Adds up in place: tens of thousands of accounts are summed every second.</summary>
    private sealed class Sum
    {
        private int _accounts;
        private Int128 _requirement;
        private Int128 _collateral;
        private Int128 _excess;
        private Int128 _shortfall;
        private int _short;
        private int _stale;
        private int _openCalls;
        private Int128 _callRemaining;
        private long _callDeadline;

        internal void Add(in AccountSummary account)
        {
            _accounts += account.Status == AccountStatus.Active ? 1 : 0;
            _requirement += account.Requirement;
            _collateral += account.Collateral;
            _excess += account.Excess;
            _shortfall += account.Shortfall;
            _short += account.Excess < 0 ? 1 : 0;
            _stale += account.Stale.Length > 0 ? 1 : 0;
            _openCalls += account.OpenCalls;
            _callRemaining += account.CallRemaining;
            AddDeadline(account.CallDeadline);
        }

        internal void Add(Sum other)
        {
            _accounts += other._accounts;
            _requirement += other._requirement;
            _collateral += other._collateral;
            _excess += other._excess;
            _shortfall += other._shortfall;
            _short += other._short;
            _stale += other._stale;
            _openCalls += other._openCalls;
            _callRemaining += other._callRemaining;
            AddDeadline(other._callDeadline);
        }

        internal MarginSum Of(Currency currency) => new()
        {
            Currency = currency,
            Accounts = _accounts,
            Requirement = _requirement,
            Collateral = _collateral,
            Excess = _excess,
            Shortfall = _shortfall,
            Short = _short,
            Stale = _stale,
            OpenCalls = _openCalls,
            CallRemaining = _callRemaining,
            CallDeadline = _callDeadline,
        };

        private void AddDeadline(long deadline)
        {
            if (deadline != 0)
            {
                _callDeadline = _callDeadline == 0 ? deadline : Math.Min(_callDeadline, deadline);
            }
        }
    }
}

/// <summary>Accounts of one margin currency together; amounts in its minor units.</summary>
public readonly record struct MarginSum
{
    /// <summary>The margin currency.</summary>
    public Currency Currency { get; init; }

    /// <summary>Active accounts.</summary>
    public int Accounts { get; init; }

    /// <summary>Requirements.</summary>
    public Int128 Requirement { get; init; }

    /// <summary>What counts as collateral.</summary>
    public Int128 Collateral { get; init; }

    /// <summary>Excesses, those below zero taken off: one account's excess does not help another, so see <see cref="Shortfall"/> too.</summary>
    public Int128 Excess { get; init; }

    /// <summary>What is missing in the accounts that are short.</summary>
    public Int128 Shortfall { get; init; }

    /// <summary>Accounts that are short.</summary>
    public int Short { get; init; }

    /// <summary>Accounts that have no figure at the newest marks.</summary>
    public int Stale { get; init; }

    /// <summary>Open margin calls.</summary>
    public int OpenCalls { get; init; }

    /// <summary>What they still ask for.</summary>
    public Int128 CallRemaining { get; init; }

    /// <summary>UTC ns of business time: the earliest deadline of an open call; 0 if there is none.</summary>
    public long CallDeadline { get; init; }
}

/// <summary>A member's accounts, by currency.</summary>
/// <param name="Member">The member.</param>
/// <param name="Status">Active, suspended or in default.</param>
/// <param name="Sums">By currency; empty if it has no accounts.</param>
public sealed record MemberSums(MemberId Member, MemberStatus Status, IReadOnlyList<MarginSum> Sums);

/// <summary>The default fund's accounts of one currency, in minor units.</summary>
/// <param name="Currency">The currency.</param>
/// <param name="Accounts">How many.</param>
/// <param name="Required">What the last sizing asks for.</param>
/// <param name="Held">What was paid in.</param>
/// <param name="Missing">What is missing in those that hold less than asked for.</param>
public readonly record struct FundSum(Currency Currency, int Accounts, Int128 Required, Int128 Held, Int128 Missing);
