using System.Text.Json;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain;

namespace ClearingActors.Audit.Export;

/// <summary>What each margin run told each account.</summary>
internal sealed class AssessmentPart(HouseReplay house, RowWriter rows) : ExportPart
{
    internal override void Event(ExportTurn turn, Step step, Event e)
    {
        if (e.MarginAssessed is not { } a)
        {
            return;
        }

        var account = house.Account(step.ActorKey)!.State;
        var digits = account.MarginCurrency.Digits;
        var parts = a.Parts.ToDictionary(p => p.Name, p => new ExactAmount(p.Amount, digits).ToString());
        rows.Integer(a.Run).Text(step.ActorKey).Text(account.Member.Value).Time(a.At).Text(account.MarginCurrency.Code).Integer(digits).Minor(a.Requirement, digits).Minor(a.Collateral, digits)
            .Minor(a.NetOptionValue, digits).Minor(a.PremiumReceivable, digits).Minor(a.PremiumPayable, digits).Minor(a.AccruedVariationMargin, digits).Minor(a.Unpaid, digits)
            .Flag(a.GearingExceeded).Text(JsonSerializer.Serialize(parts)).Text(turn.Name).End();
    }
}
