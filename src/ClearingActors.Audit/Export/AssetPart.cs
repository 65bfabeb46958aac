using ClearingActors.Contracts.Journal.V1;

namespace ClearingActors.Audit.Export;

/// <summary>Every entry in a security or coin.</summary>
internal sealed class AssetPart(RowWriter rows) : ExportPart
{
    internal override void Event(ExportTurn turn, Step step, Event e)
    {
        if (e.AssetBooked is { } entry)
        {
            rows.Time(turn.RecordedTime).Time(turn.BusinessTime).Date(entry.ValueDate).Text(entry.Account).Text(entry.CounterAccount).Text(entry.Asset).Integer(entry.UnitDigits)
                .Minor(entry.Units, (int)entry.UnitDigits).Text(entry.Request).Text(turn.Name).End();
        }
    }
}
