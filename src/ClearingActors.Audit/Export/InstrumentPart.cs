using System.Globalization;
using ClearingActors.Domain.Instruments;

namespace ClearingActors.Audit.Export;

/// <summary>The instruments of the house, as they are at the cut.</summary>
internal sealed class InstrumentPart(HouseReplay house, RowWriter rows) : ExportPart
{
    internal override void End()
    {
        // A change reaches the shards one by one. What positions are counted in never changes, so any shard's definition reads the tables.
        var instruments = new SortedDictionary<InstrumentId, Instrument>();
        foreach (var listed in house.Scopes.SelectMany(s => s.Directory.SortedInstruments()))
        {
            instruments[listed.Instrument.Id] = listed.Instrument;
        }

        foreach (var instrument in instruments.Values)
        {
            var definition = instrument.Definition;
            rows.Text(instrument.Id.Value).Text(Words.Of(instrument.Kind)).Text(instrument.Underlying.Value).Text(instrument.Currency.Code).Integer(instrument.Currency.Digits)
                .Decimal((definition.Perpetual is { Inverse: true } inverse ? inverse.FaceValue : definition.Multiplier).ToString(CultureInfo.InvariantCulture))
                .Integer(instrument.PriceScale).Decimal(instrument.ToPrice(instrument.TickUnits)).Time(definition.Expiry ?? 0).End();
        }
    }
}
