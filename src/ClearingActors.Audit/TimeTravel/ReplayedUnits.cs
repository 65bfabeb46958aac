using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>The units of a replayed house.</summary>
internal sealed class ReplayedUnits(HouseReplay house) : IEventUnits
{
    public Currency? FundCurrency => house.Find<StressActor>(ActorKinds.Stress)?.FundView().Sized?.Currency;

    public Instrument? Find(string instrument)
    {
        foreach (var scope in house.Scopes)
        {
            if (InstrumentId.TryParse(instrument, out var id) && scope.Directory.TryGetInstrument(id, out var listed))
            {
                return listed.Instrument;
            }
        }

        return null;
    }

    public Currency? MarginCurrencyOf(string account) => house.Account(account) is { State.MarginCurrency: { IsNone: false } currency } ? currency : null;

    public Currency? CurrencyOfDefault(long number) => HousePictures.DefaultsOf(house).FirstOrDefault(d => d.Number == number) is { } found ? new Currency(found.Currency, found.Digits) : null;
}
