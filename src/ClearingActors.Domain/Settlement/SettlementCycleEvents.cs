using ClearingActors.Domain.Ledger;

namespace ClearingActors.Domain.Settlement;

/// <summary>Where a settlement cycle stands (rulebook 6.5). The numbers are journaled and never change.</summary>
public enum SettlementStage
{
    /// <summary>Trades are stamped with it; nothing is being settled.</summary>
    Open = 0,

    /// <summary>New trades are stamped with the next cycle; shards report when none of this one is in flight.</summary>
    Freezing = 1,

    /// <summary>All shards are cut; prices are fixed, or about to be, and shards compute.</summary>
    Computing = 2,

    /// <summary>The exact sums are zero; the entries are about to go out.</summary>
    Instructing = 3,

    /// <summary>Shards book and confirm.</summary>
    Confirming = 4,

    /// <summary>Everything is booked; the next cycle may be frozen.</summary>
    Closed = 5,

    /// <summary>The exact sums are not zero: the cycle stands still, visibly, and cannot close.</summary>
    Unbalanced = 6,
}

/// <summary>What a shard's accounts come to in a cycle: one type in one currency.</summary>
/// <param name="Currency">The currency.</param>
/// <param name="Exact">The sum of the accounts' exact amounts.</param>
/// <param name="RoundedMinor">The sum of the accounts' rounded amounts, in minor units.</param>
/// <param name="Type">Variation margin, premium, funding or exercise.</param>
public readonly record struct ShardTotal(
    Currency Currency, ExactAmount Exact, long RoundedMinor, CashEntryType Type = CashEntryType.VariationMargin);

/// <summary>The freeze of a cycle began; the next one opens with its date.</summary>
/// <param name="Cycle">The cycle to settle.</param>
/// <param name="BusinessDate">Its date.</param>
/// <param name="NextDate">The date of the next cycle, which shards open now.</param>
public readonly record struct CycleFrozen(long Cycle, DateOnly BusinessDate, DateOnly NextDate);

/// <summary>A shard has no trade of the cycle in flight and will have none.</summary>
public readonly record struct ShardCut(long Cycle, int Shard);

/// <summary>The cycle's settlement prices are fixed; shards compute with them.</summary>
public readonly record struct SettlementPricesFixed(SettlementPrices Prices);

/// <summary>A shard has settled its accounts.</summary>
/// <param name="Cycle">The cycle.</param>
/// <param name="Shard">The shard.</param>
/// <param name="Totals">By currency code, then type; possibly empty.</param>
public readonly record struct ShardComputed(long Cycle, int Shard, IReadOnlyList<ShardTotal> Totals);

/// <summary>All shards have computed and every type sums to exactly zero in every currency.</summary>
/// <param name="Cycle">The cycle.</param>
/// <param name="Totals">The house's totals: exact sums zero, rounded sums what the rounding account gives or takes.</param>
public readonly record struct CycleBalanced(long Cycle, IReadOnlyList<ShardTotal> Totals);

/// <summary>All shards have computed and a sum is not zero: positions are not matched, or a computation is wrong.</summary>
/// <param name="Cycle">The cycle.</param>
/// <param name="Totals">The house's totals.</param>
public readonly record struct CycleUnbalanced(long Cycle, IReadOnlyList<ShardTotal> Totals);

/// <summary>The shards were told to book.</summary>
public readonly record struct CycleInstructed(long Cycle);

/// <summary>A shard has booked its accounts' amounts.</summary>
public readonly record struct ShardConfirmed(long Cycle, int Shard);

/// <summary>Everything of the cycle is booked.</summary>
public readonly record struct CycleClosed(long Cycle);
