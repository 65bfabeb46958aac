namespace ClearingActors.Domain.Ledger;

/// <summary>An account's figures in one currency, in minor units.</summary>
/// <param name="Currency">The currency.</param>
/// <param name="Cash">Booked cash; negative only in the CCP's own accounts and for a payer that has not paid.</param>
/// <param name="Requirement">The sum of the requirements of the positions in the currency's instruments.</param>
public readonly record struct CurrencyBalance(Currency Currency, long Cash, long Requirement);
