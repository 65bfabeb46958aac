using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain.Instruments;
using ClearingActors.Engine.Backtests;

namespace ClearingActors.Audit.Export;

/// <summary>What each account holds when the last cycle of a date has settled it.</summary>
internal sealed class PositionPart(HouseReplay house, RowWriter rows) : ExportPart
{
    internal override void Event(ExportTurn turn, Step step, Event e)
    {
        if (e.EventCase != Contracts.Journal.V1.Event.EventOneofCase.VariationMarginSettled)
        {
            return;
        }

        var scope = house.Scopes[turn.Shard];
        if (!HouseSurvey.IsLastOfDate(scope))
        {
            return;
        }

        var account = house.Account(step.ActorKey)!.State;
        foreach (var position in account.SortedPositions())
        {
            if (position.SettledQuantity != 0 && scope.Directory.TryGetInstrument(position.Key.Instrument, out var listed))
            {
                var instrument = listed.Instrument;
                rows.Date(scope.Prices!.BusinessDate).Integer(scope.Prices.Cycle).Text(account.Id.Value).Text(account.Member.Value).Text(position.Key.Client.Value).Text(instrument.Id.Value)
                    .Integer(position.SettledQuantity).Decimal(instrument.ToPrice(position.ReferenceUnits)).Text(instrument.Currency.Code)
                    .Decimal(ValueOf(instrument, position.SettledQuantity, position.ReferenceUnits)).Text(turn.Name).End();
            }
        }
    }

    private static string ValueOf(Instrument instrument, long lots, long priceUnits)
    {
        var perLot = instrument.Valuation.OfTrade(priceUnits);
        return instrument.AmountOf(checked(lots * (instrument.Valuation.Style == ValuationStyle.Inverse ? -perLot : perLot))).ToString();
    }
}
