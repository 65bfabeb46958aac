using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Audit.Export;

/// <summary>Every margin call with the figures that it came of and what became of it. Holds the open ones.</summary>
internal sealed class MarginCallPart(HouseReplay house, RowWriter rows) : ExportPart
{
    private readonly SortedDictionary<(string Account, long Number), Call> _open = [];

    internal override void Step(ExportTurn turn, Step step)
    {
        MarginAssessed? assessed = null;
        foreach (var e in step.Events)
        {
            assessed = e.MarginAssessed ?? assessed;
            if (e.MarginCallIssued is { } issued)
            {
                _open.Add((step.ActorKey, issued.Number), new Call(issued, assessed!, house.Account(step.ActorKey)!.State, turn.Name));
            }
            else if (e.MarginCallCredited is { } credited)
            {
                var call = _open[(step.ActorKey, credited.Number)];
                call.Credited = checked(call.Credited + credited.Amount);
                if (call.Credited == call.Issued.Amount)
                {
                    End(step.ActorKey, credited.Number, "met", "", turn);
                }
            }
            else if (e.MarginCallMissed is { } missed)
            {
                End(step.ActorKey, missed.Number, "missed", "", turn);
            }
            else if (e.MarginCallWithdrawn is { } withdrawn)
            {
                End(step.ActorKey, withdrawn.Number, "withdrawn", withdrawn.Reason, turn);
            }
        }
    }

    internal override void End()
    {
        foreach (var ((account, _), call) in _open)
        {
            Write(account, call, "open", "", null);
        }
    }

    private void End(string account, long number, string outcome, string reason, ExportTurn turn)
    {
        _open.Remove((account, number), out var call);
        Write(account, call!, outcome, reason, turn);
    }

    private void Write(string account, Call call, string outcome, string reason, ExportTurn? ended)
    {
        var digits = call.Currency.Digits;
        rows.Text(account).Text(call.Member).Integer(call.Issued.Number).Integer(call.Issued.Run).Text(call.Currency.Code).Integer(digits)
            .Minor(call.Assessed.Requirement, digits).Minor(call.Assessed.Collateral, digits).Minor(call.Issued.Amount, digits).Minor(call.Credited, digits)
            .Minor(outcome == "missed" ? call.Issued.Amount - call.Credited : 0, digits).Time(call.Issued.IssuedAt).Time(call.Issued.Deadline).Text(outcome).Text(reason)
            .Time(ended?.BusinessTime ?? 0).Time(ended?.RecordedTime ?? 0).Text(call.Turn).Text(ended?.Name).End();
    }

    private sealed class Call(MarginCallIssued issued, MarginAssessed assessed, AccountState account, string turn)
    {
        internal MarginCallIssued Issued { get; } = issued;

        internal MarginAssessed Assessed { get; } = assessed;

        internal Currency Currency { get; } = account.MarginCurrency;

        internal string Member { get; } = account.Member.Value;

        internal string Turn { get; } = turn;

        internal long Credited { get; set; }
    }
}
