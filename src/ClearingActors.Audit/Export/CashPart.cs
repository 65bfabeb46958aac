using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain.Ledger;

namespace ClearingActors.Audit.Export;

/// <summary>Every entry in cash.</summary>
internal sealed class CashPart(RowWriter rows) : ExportPart
{
    internal override void Event(ExportTurn turn, Step step, Event e)
    {
        if (e.EventCase != Contracts.Journal.V1.Event.EventOneofCase.CashBooked)
        {
            return;
        }

        var entry = e.CashBooked;
        rows.Time(turn.RecordedTime).Time(turn.BusinessTime).Date(entry.ValueDate).Text(entry.Account).Text(entry.CounterAccount).Text(entry.Currency).Integer(entry.Digits)
            .Minor(entry.Amount, (int)entry.Digits).Text(Words.Of((CashEntryType)entry.Type)).Number(entry.CauseCycle).Text(entry.CauseRequest).Text(turn.Name).End();
    }
}
