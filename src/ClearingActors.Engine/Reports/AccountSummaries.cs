using ClearingActors.Domain;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Risk.Monitor;

namespace ClearingActors.Engine.Reports;

/// <summary>
/// Reads a shard's accounts for reports of the whole house, a piece at a time between turns. It takes the figures that the monitor has; only those of accounts that have traded since
/// the last mark, and those that the monitor has not made yet, are computed.
/// </summary>
internal static class AccountSummaries
{
    /// <summary>Accounts of a piece: some tens of microseconds.</summary>
    private const int LooksAtOnce = 128;

    /// <summary>Accounts of a piece whose figures are computed, which costs microseconds each.</summary>
    private const int ComputedAtOnce = 16;

    /// <summary>The next piece, from an account's place in the shard on; it is never empty while there are accounts left.</summary>
    internal static Piece Read(EngineScope scope, int from)
    {
        var accounts = scope.Accounts;
        var read = new AccountSummary[Math.Min(LooksAtOnce, Math.Max(0, accounts.Count - from))];
        List<OpenCall>? calls = null;
        var computed = 0;
        var next = from;
        while (next - from < read.Length && computed < ComputedAtOnce)
        {
            read[next - from] = Of(scope, accounts[next], ref computed);
            AddCalls(accounts[next].State, ref calls);
            next++;
        }

        return new Piece(scope, next - from == read.Length ? read : read[..(next - from)], calls ?? [], next < accounts.Count ? next : -1);
    }

    /// <summary>Members and calendar, as the shard knows them.</summary>
    internal static (IReadOnlyList<Domain.House.ListedMember> Members, HouseClock Clock) ReadHouse(EngineScope scope)
    {
        var directory = scope.Directory;
        return (directory.SortedMembers(), new HouseClock(directory.BusinessTime, directory.BusinessDate, directory.CurrentCycle, directory.Halted));
    }

    private static AccountSummary Of(EngineScope scope, AccountActor actor, ref int computed)
    {
        var account = actor.State;
        var lots = 0L;
        foreach (var position in account.Positions)
        {
            lots = checked(lots + Math.Abs(position.Quantity));
        }

        var balance = account.BalanceOf(account.MarginCurrency);
        var figures = new Figures { Stale = "" };
        if (!account.IsCcp)
        {
            if (account.Segregation == Segregation.DefaultFund || !TryIndicative(scope, actor, ref figures, ref computed))
            {
                SetOthers(account, balance.Cash, balance.Requirement, ref figures);
            }
        }

        var (open, deadline, remaining) = CallsOf(account);
        return new AccountSummary
        {
            Id = account.Id,
            Member = account.Member,
            Segregation = account.Segregation,
            Currency = account.MarginCurrency,
            Status = account.Status,
            Positions = account.PositionCount,
            GrossLots = lots,
            Cash = balance.Cash,
            Collateral = figures.Collateral,
            Official = account.Margin?.Last?.Coverage.Requirement,
            Indicative = figures.Basis == MarginBasis.Indicative ? figures.Requirement : null,
            Requirement = figures.Requirement,
            Excess = figures.Excess,
            Basis = figures.Basis,
            MarksBehind = figures.MarksBehind,
            Stale = figures.Stale,
            OpenCalls = open,
            CallDeadline = deadline,
            CallRemaining = remaining,
        };
    }

    /// <summary>The figures by which trades are checked: unlike those for who asks for the account alone they have no canonical coverage, which would cost more than all the rest.</summary>
    private static bool TryIndicative(EngineScope scope, AccountActor actor, ref Figures figures, ref int computed)
    {
        var account = actor.State;
        try
        {
            if (account.PositionCount == 0)
            {
                if (scope.Directory.Risk.Parameters.Length == 0 || scope.Monitor.Pricer.Basis is null)
                {
                    return false;
                }

                // The monitor keeps nothing for who holds nothing; most have nothing but cash, which costs a look.
                var collateral = new OtherCollateral(account, scope.Monitor.Collateral);
                computed += account.Assets is { IsEmpty: false } ? 1 : 0;
                return Set(ref figures, IndicativeMargin.Own(account, collateral, default, 0), collateral);
            }

            var had = actor.Risk;
            if (scope.Monitor.Of(actor) is not { } risk)
            {
                return false;
            }

            if (!ReferenceEquals(had, risk) || (risk.HasTradedSince && risk.Refresh()))
            {
                computed++;
            }

            (figures.MarksBehind, figures.Stale) = risk.Behind;
            return Set(ref figures, IndicativeMargin.Own(risk, risk.RequirementMinor), risk.Collateral);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            // The account has no figure that fits, and the summary says so; the others have theirs.
            figures.Stale = e.Message;
            return false;
        }
    }

    private static bool Set(ref Figures figures, in Coverage? found, OtherCollateral collateral)
    {
        if (found is not { } coverage)
        {
            figures.Stale = collateral.Failure;
            return false;
        }

        (figures.Requirement, figures.Collateral, figures.Excess) = (coverage.Requirement, coverage.Collateral, coverage.Excess);
        figures.Basis = MarginBasis.Indicative;
        return true;
    }

    /// <summary>The last run's figures or, where there was none, the amounts per lot.</summary>
    private static void SetOthers(AccountState account, long cash, long requirement, ref Figures figures)
    {
        if (account.Margin?.Last is { Coverage: var official })
        {
            (figures.Requirement, figures.Collateral, figures.Excess) = (official.Requirement, official.Collateral, official.Excess);
            figures.Basis = MarginBasis.Official;
        }
        else
        {
            (figures.Requirement, figures.Collateral, figures.Excess) = (requirement, cash, checked(cash - requirement));
            figures.Basis = MarginBasis.Configured;
        }
    }

    private static (int Open, long Deadline, long Remaining) CallsOf(AccountState account)
    {
        var (open, deadline, remaining) = (0, 0L, 0L);
        var calls = account.Margin?.Calls ?? [];
        for (var i = 0; i < calls.Count; i++)
        {
            if (calls[i].Status == MarginCallStatus.Issued)
            {
                open++;
                deadline = deadline == 0 ? calls[i].Deadline : Math.Min(deadline, calls[i].Deadline);
                remaining = checked(remaining + calls[i].RemainingMinor);
            }
        }

        return (open, deadline, remaining);
    }

    private static void AddCalls(AccountState account, ref List<OpenCall>? calls)
    {
        if (account.Margin is not { } margin)
        {
            return;
        }

        for (var i = 0; i < margin.Calls.Count; i++)
        {
            if (margin.Calls[i] is { Status: MarginCallStatus.Issued } call)
            {
                (calls ??= []).Add(new OpenCall(
                    account.Id,
                    account.Member,
                    call.Number,
                    call.Run,
                    new Money(call.AmountMinor, account.MarginCurrency),
                    new Money(call.RemainingMinor, account.MarginCurrency),
                    call.IssuedAt,
                    call.Deadline));
            }
        }
    }

    private struct Figures
    {
        internal MarginBasis Basis;
        internal long Requirement;
        internal long Collateral;
        internal long Excess;
        internal long MarksBehind;
        internal string Stale;
    }

    /// <summary>Some accounts of a shard.</summary>
    /// <param name="Scope">The shard's; another after it was loaded again, with the accounts in another order.</param>
    /// <param name="Accounts">In the shard's order.</param>
    /// <param name="Calls">Their open margin calls.</param>
    /// <param name="Next">Where the next piece begins; -1 if this is the last.</param>
    internal sealed record Piece(EngineScope Scope, AccountSummary[] Accounts, IReadOnlyList<OpenCall> Calls, int Next);
}
