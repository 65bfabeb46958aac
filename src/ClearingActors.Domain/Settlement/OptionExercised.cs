using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Settlement;

/// <summary>Lots of an option were exercised, or assigned, in a cycle: they leave the position at a price of zero (rulebook 6.3).</summary>
/// <param name="Account">The account.</param>
/// <param name="Position">The option's position.</param>
/// <param name="Lots">Above zero exercised by the holder, below zero assigned to a short position; 0 if a notice found nothing left and is void.</param>
/// <param name="Cycle">The cycle.</param>
/// <param name="Requirement">The position's from here on, minor units.</param>
public readonly record struct OptionExercised(AccountId Account, PositionKey Position, long Lots, long Cycle, long Requirement);

/// <summary>An exercise yielded lots of a future at the strike (rulebook 6.3); the cycle that exercised settles them too.</summary>
/// <param name="Account">The account.</param>
/// <param name="Position">The future's position.</param>
/// <param name="Currency">The future's.</param>
/// <param name="Lots">Above zero bought, below zero sold.</param>
/// <param name="PriceUnits">The strike in the future's price units.</param>
/// <param name="Cycle">The cycle.</param>
/// <param name="Requirement">The position's from here on, minor units.</param>
public readonly record struct FutureDelivered(AccountId Account, PositionKey Position, Currency Currency, long Lots, long PriceUnits, long Cycle, long Requirement);

/// <summary>Lots of an option assigned to a short position.</summary>
/// <param name="Option">The option.</param>
/// <param name="Account">Whose.</param>
/// <param name="Client">In gross omnibus accounts; else none.</param>
/// <param name="Lots">Above 0.</param>
public readonly record struct AssignedLots(Instruments.InstrumentId Option, AccountId Account, ClientId Client, long Lots);
