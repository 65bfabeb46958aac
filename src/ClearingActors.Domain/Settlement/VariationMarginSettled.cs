using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Settlement;

/// <summary>What an account receives or pays in a cycle: the amount of one type in one currency.</summary>
/// <param name="Currency">The currency.</param>
/// <param name="Exact">Before rounding; positive is received.</param>
/// <param name="AmountMinor">Rounded half-even, once, in minor units: what is booked (rulebook 3).</param>
/// <param name="Type">Variation margin, premium, funding or exercise.</param>
public readonly record struct VariationMarginAmount(
    Currency Currency, ExactAmount Exact, long AmountMinor, CashEntryType Type = CashEntryType.VariationMargin);

/// <summary>
/// An account was settled in a cycle (rulebook 6.1): its positions were rolled to the cycle's prices, and the amounts wait to be booked. Cash is untouched.
/// </summary>
/// <param name="Account">The account.</param>
/// <param name="Prices">The cycle, its date and its prices; shared by all accounts, written once per shard and cycle.</param>
/// <param name="Amounts">By currency code, then type; what nothing was settled of is not listed, an amount of zero is.</param>
public readonly record struct VariationMarginSettled(AccountId Account, SettlementPrices Prices, IReadOnlyList<VariationMarginAmount> Amounts);
