using ClearingActors.Domain.House;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Settlement;

/// <summary>What the house does with a shard's report.</summary>
public enum ShardReportDecision
{
    None = 0,

    /// <summary>Journal and apply the event.</summary>
    Record = 1,

    /// <summary>The shard has reported this before: nothing to do.</summary>
    Duplicate = 2,
}

/// <summary>What the house does when all shards have computed.</summary>
public enum BalanceDecisionKind
{
    None = 0,

    /// <summary>Some shards have not computed yet.</summary>
    Incomplete = 1,

    /// <summary>Journal and apply <see cref="BalanceDecision.Balanced"/>.</summary>
    Balanced = 2,

    /// <summary>Journal and apply <see cref="BalanceDecision.Unbalanced"/>, and alarm operators.</summary>
    Unbalanced = 3,
}

/// <summary>What the house does when all shards have computed.</summary>
public readonly record struct BalanceDecision(BalanceDecisionKind Kind, CycleBalanced Balanced, CycleUnbalanced Unbalanced);

/// <summary>The decisions of the settlement process (rulebook 6.5). Pure.</summary>
public static class SettlementCycleDecisions
{
    /// <summary>Whether the open cycle may be frozen. Null if so, otherwise a sentence with the values.</summary>
    /// <param name="state">The process.</param>
    /// <param name="e">The event wanted; its cycle and date must be the directory's open ones. The next date may be the same (an intraday cycle), never earlier.</param>
    /// <param name="directory">The house's.</param>
    public static string? RefuseFreeze(SettlementCycleState state, in CycleFrozen e, HouseDirectory directory) =>
        !state.IsIdle ? $"cycle {state.Cycle} is {state.Stage}: one cycle is settled at a time"
        : e.Cycle != state.Cycle + 1 || e.Cycle != directory.CurrentCycle
            ? $"cycle {e.Cycle} cannot be frozen: the last settled is {state.Cycle}, the open one is {directory.CurrentCycle}"
        : e.BusinessDate != directory.BusinessDate ? $"cycle {e.Cycle} is of {directory.BusinessDate:O}, not of {e.BusinessDate:O}"
        : e.NextDate < e.BusinessDate ? $"the next business date {e.NextDate:O} is before {e.BusinessDate:O}"
        : null;

    /// <summary>A shard reports its cut.</summary>
    /// <exception cref="InvalidOperationException">The report is of a cycle that was not frozen, or of no shard of the house.</exception>
    public static ShardReportDecision OnCut(SettlementCycleState state, in ShardCut e) => Decide(state, e.Cycle, e.Shard, SettlementStage.Freezing);

    /// <summary>
    /// Whether prices may be fixed. Null if so, otherwise a sentence with the values: all shards must be cut, and prices are fixed once.
    /// </summary>
    public static string? RefusePrices(SettlementCycleState state, SettlementPrices prices)
    {
        if (state.Stage != SettlementStage.Computing || prices.Cycle != state.Cycle || prices.BusinessDate != state.BusinessDate)
        {
            return $"prices of cycle {prices.Cycle}, {prices.BusinessDate:O}, cannot be fixed: cycle {state.Cycle}, {state.BusinessDate:O}, is {state.Stage}";
        }

        if (state.Prices is not null)
        {
            return $"the prices of cycle {state.Cycle} are fixed; a corrected price is a reversing entry in a later cycle";
        }

        foreach (var price in prices.Sorted())
        {
            // In its last cycle an option is settled at zero, and what it pays is exercised beside that.
            if (price.Instrument.Option is not null && prices.IsExpiring(price.Instrument.Id))
            {
                continue;
            }

            if (price.PriceUnits < price.Instrument.PriceLowUnits || price.PriceUnits > price.Instrument.PriceHighUnits)
            {
                return $"the settlement price {price.Instrument.ToPrice(price.PriceUnits)} of {price.Instrument.Id} is outside {price.Instrument.ToPrice(price.Instrument.PriceLowUnits)} to {price.Instrument.ToPrice(price.Instrument.PriceHighUnits)}";
            }
        }

        return null;
    }

    /// <summary>A shard reports what it computed.</summary>
    /// <exception cref="InvalidOperationException">The report is of a cycle without prices, or of no shard of the house.</exception>
    public static ShardReportDecision OnComputed(SettlementCycleState state, in ShardComputed e)
    {
        var decision = Decide(state, e.Cycle, e.Shard, SettlementStage.Computing);
        return decision == ShardReportDecision.Record && state.Prices is null
            ? throw new InvalidOperationException($"shard {e.Shard} computed cycle {e.Cycle} before its prices were fixed")
            : decision;
    }

    /// <summary>After each <see cref="ShardComputed"/>: whether the cycle is complete, and whether every type sums to exactly zero in every currency.</summary>
    public static BalanceDecision DecideBalance(SettlementCycleState state)
    {
        if (state.Stage != SettlementStage.Computing || !state.Reported.IsComplete || state.Prices is null)
        {
            return new BalanceDecision(BalanceDecisionKind.Incomplete, default, default);
        }

        foreach (var total in state.Totals)
        {
            if (!total.Exact.IsZero)
            {
                return new BalanceDecision(BalanceDecisionKind.Unbalanced, default, new CycleUnbalanced(state.Cycle, state.Totals));
            }
        }

        return new BalanceDecision(BalanceDecisionKind.Balanced, new CycleBalanced(state.Cycle, state.Totals), default);
    }

    /// <summary>
    /// The entries of the CCP's own accounts for a balanced cycle, per currency and type, in that order: what <see cref="CcpAccounts.Settlement"/> paid out or took in
    /// total; then, if rounding left something, that amount between <see cref="CcpAccounts.Rounding"/> and the settlement account, both halves. With the accounts'
    /// own entries every currency sums to exactly zero, and the settlement account ends where it began.
    /// </summary>
    public static IReadOnlyList<CashEntry> HouseEntries(in CycleBalanced e, DateOnly valueDate)
    {
        var entries = new List<CashEntry>();
        var cause = CashCause.OfCycle(e.Cycle);
        foreach (var total in e.Totals)
        {
            if (total.RoundedMinor == 0)
            {
                continue;
            }

            var amount = new Money(checked(-total.RoundedMinor), total.Currency);
            entries.Add(new CashEntry(total.Type, valueDate, CcpAccounts.Settlement, default, amount, cause));
            var rounding = new CashEntry(CashEntryType.Rounding, valueDate, CcpAccounts.Rounding, CcpAccounts.Settlement, amount, cause);
            entries.Add(rounding);
            entries.Add(rounding.Mirrored());
        }

        return entries;
    }

    /// <summary>A shard reports that it booked.</summary>
    /// <exception cref="InvalidOperationException">The report is of a cycle that was not instructed, or of no shard of the house.</exception>
    public static ShardReportDecision OnConfirmed(SettlementCycleState state, in ShardConfirmed e) =>
        Decide(state, e.Cycle, e.Shard, SettlementStage.Confirming);

    /// <summary>After each <see cref="ShardConfirmed"/>: true if the cycle may close now.</summary>
    public static bool TryDecideClose(SettlementCycleState state, out CycleClosed closed)
    {
        closed = new CycleClosed(state.Cycle);
        return state.Stage == SettlementStage.Confirming && state.Reported.IsComplete;
    }

    /// <summary>Adds two lists of totals by currency and type; the result is by currency code, then type.</summary>
    /// <exception cref="OverflowException">A sum does not fit.</exception>
    public static ShardTotal[] Sum(IReadOnlyList<ShardTotal> left, IReadOnlyList<ShardTotal> right)
    {
        var sums = new SortedDictionary<(Currency, CashEntryType), ShardTotal>();
        foreach (var total in left.Concat(right))
        {
            var key = (total.Currency, total.Type);
            sums[key] = sums.TryGetValue(key, out var sum)
                ? sum with { Exact = sum.Exact + total.Exact, RoundedMinor = checked(sum.RoundedMinor + total.RoundedMinor) }
                : total;
        }

        return [.. sums.Values];
    }

    /// <summary>Adds one account's amounts to a shard's totals.</summary>
    public static ShardTotal[] Sum(IReadOnlyList<ShardTotal> totals, in VariationMarginSettled account) =>
        Sum(totals, [.. account.Amounts.Select(a => new ShardTotal(a.Currency, a.Exact, a.AmountMinor, a.Type))]);

    private static ShardReportDecision Decide(SettlementCycleState state, long cycle, int shard, SettlementStage stage)
    {
        // A report of a stage that is over, or of an earlier cycle, was counted then: it comes again after a crash on either end.
        if (cycle < state.Cycle || (cycle == state.Cycle && Order(state.Stage) > Order(stage)))
        {
            return ShardReportDecision.Duplicate;
        }

        if (cycle != state.Cycle || state.Stage != stage)
        {
            throw new InvalidOperationException($"shard {shard} reported {stage} of cycle {cycle} while cycle {state.Cycle} is {state.Stage}");
        }

        return state.Reported.Contains(shard) ? ShardReportDecision.Duplicate : ShardReportDecision.Record;
    }

    private static int Order(SettlementStage stage) => stage == SettlementStage.Unbalanced ? (int)SettlementStage.Instructing : (int)stage;
}
