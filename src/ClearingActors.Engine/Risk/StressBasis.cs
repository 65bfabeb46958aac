using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Risk;

/// <summary>Copies of what the accounts of a stress run are revalued with, which no shard changes: what is computed from them takes its time while the shard goes on.</summary>
/// <param name="Terms">The fund's.</param>
/// <param name="Held">What members have paid into the fund.</param>
/// <param name="Directory">Instruments and members.</param>
/// <param name="Calculator">With the run's prices, over the directory.</param>
internal sealed record StressBasis(FundTerms Terms, IReadOnlyDictionary<MemberId, FundCashReported> Held, HouseDirectory Directory, MarginCalculator Calculator)
{
    /// <summary>These accounts in scenarios.</summary>
    /// <exception cref="ArgumentException">See <see cref="StressedCollateral"/>.</exception>
    internal LiveStress Of(IEnumerable<FrozenAccount> accounts) => new(accounts, Held, Terms, Calculator, Directory);
}
