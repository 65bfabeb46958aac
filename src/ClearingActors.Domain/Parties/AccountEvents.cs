namespace ClearingActors.Domain.Parties;

/// <summary>An account was defined, active and empty.</summary>
/// <param name="Account">Its id.</param>
/// <param name="Member">Its member.</param>
/// <param name="Segregation">Its segregation type.</param>
/// <param name="MarginCurrency">The currency of its intraday limit.</param>
/// <param name="Cycle">The open cycle, 0 before the first: the account takes trades stamped with it or later.</param>
public readonly record struct AccountDefined(AccountId Account, MemberId Member, Segregation Segregation, Currency MarginCurrency, long Cycle);

/// <summary>A client account went over to another member, with its positions and its collateral (rulebook 11.1).</summary>
public readonly record struct AccountPorted(AccountId Account, MemberId Member);

/// <summary>An account without positions and cash was closed, for good.</summary>
public readonly record struct AccountClosed(AccountId Account);

/// <summary>An account's intraday limit was set.</summary>
/// <param name="Account">The account.</param>
/// <param name="Limit">0 or more, in the margin currency: it counts as collateral in the headroom check, and only there.</param>
public readonly record struct IntradayLimitSet(AccountId Account, Money Limit);
