using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>What events only count in: price units, and minor units of a currency that stands elsewhere.</summary>
internal interface IEventUnits
{
    /// <summary>Null if the house has never known it; figures are then told in price units.</summary>
    Instrument? Find(string instrument);

    /// <summary>Null if it is not known; figures are then told in minor units, as for the two that follow.</summary>
    Currency? MarginCurrencyOf(string account);

    /// <summary>What a default is managed in.</summary>
    Currency? CurrencyOfDefault(long number);

    /// <summary>What the default fund is sized in.</summary>
    Currency? FundCurrency { get; }
}
