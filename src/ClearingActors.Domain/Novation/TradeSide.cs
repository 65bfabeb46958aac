using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Novation;

/// <summary>One side of a report (rulebook 4).</summary>
/// <param name="Account">The account; the default value makes the report malformed.</param>
/// <param name="Client">Mandatory in gross omnibus accounts, else optional.</param>
/// <param name="Effect">Open or close, recorded only.</param>
public readonly record struct TradeSide(AccountId Account, ClientId Client, PositionEffect Effect);
