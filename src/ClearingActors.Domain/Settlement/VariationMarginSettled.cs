using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Settlement;

/// <summary>One currency's variation margin of an account in a cycle.</summary>
/// <param name="Currency">The currency.</param>
/// <param name="Exact">Before rounding; positive is received.</param>
/// <param name="AmountMinor">Rounded half-even, once, in minor units: what is booked (rulebook 3).</param>
public readonly record struct VariationMarginAmount(Currency Currency, ExactAmount Exact, long AmountMinor);

/// <summary>
/// An account was settled in a cycle (rulebook 6.1): its positions were rolled to the cycle's prices, and the amounts wait to be booked. Cash is untouched.
/// </summary>
/// <param name="Account">The account.</param>
/// <param name="Prices">The cycle, its date and its prices; shared by all accounts, written once per shard and cycle.</param>
/// <param name="Amounts">By currency code; a currency without instruments settled is not listed, an amount of zero is.</param>
public readonly record struct VariationMarginSettled(AccountId Account, SettlementPrices Prices, IReadOnlyList<VariationMarginAmount> Amounts);
