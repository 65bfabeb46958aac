using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain.Instruments;

namespace ClearingActors.Audit.Export;

/// <summary>Prices of instruments, exactly.</summary>
internal abstract class PricePart(HouseReplay house) : ExportPart
{
    private readonly Dictionary<string, Instrument> _known = new(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">No shard knows the instrument.</exception>
    private protected decimal PriceOf(string instrument, long units)
    {
        if (!_known.TryGetValue(instrument, out var known))
        {
            var id = InstrumentId.Parse(instrument);
            known = house.Scopes.Select(s => s.Directory.TryGetInstrument(id, out var listed) ? listed.Instrument : null).FirstOrDefault(i => i is not null)
                ?? throw new InvalidDataException($"instrument {instrument} has a price and no definition");
            _known.Add(instrument, known);
        }

        return known.ToPrice(units);
    }
}

/// <summary>The settlement prices of each cycle.</summary>
internal sealed class SettlementPricePart(HouseReplay house, RowWriter rows) : PricePart(house)
{
    internal override void Event(ExportTurn turn, Step step, Event e)
    {
        if (e.SettlementPricesFixed?.Prices is { } fixedPrices)
        {
            foreach (var price in fixedPrices.Prices)
            {
                rows.Integer(fixedPrices.Cycle).Date(fixedPrices.BusinessDate).Text(price.Instrument).Decimal(PriceOf(price.Instrument, price.PriceUnits))
                    .Flag(fixedPrices.Expiring.Contains(price.Instrument)).Time(turn.BusinessTime).Time(turn.RecordedTime).Text(turn.Name).End();
            }
        }
    }
}

/// <summary>Every accepted mark.</summary>
internal sealed class MarkPart(HouseReplay house, RowWriter rows) : PricePart(house)
{
    internal override void Event(ExportTurn turn, Step step, Event e)
    {
        if (e.MarkAccepted is { } mark)
        {
            rows.Text(step.ActorKey).Text(mark.Instrument).Integer(mark.Number).Decimal(PriceOf(mark.Instrument, mark.PriceUnits)).Time(mark.Time).Text(mark.Source).Text(mark.ConfirmedBy)
                .Time(turn.RecordedTime).Text(turn.Name).End();
        }
    }
}
