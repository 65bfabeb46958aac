using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Journal.Actions.V1;
using ClearingActors.Contracts.Journal.V1;
using static ClearingActors.Audit.TimeTravel.AuditText;
using Action = ClearingActors.Contracts.Actions.V1.Action;

namespace ClearingActors.Audit.TimeTravel;

/// <content>Actions on the record.</content>
internal sealed partial class EventWords
{
    private static string? OfActions(Event e) => e.EventCase switch
    {
        Event.EventOneofCase.ActionSubmitted => Submitted(e.ActionSubmitted.Action),
        Event.EventOneofCase.ActionDecided => Decided(e.ActionDecided),
        Event.EventOneofCase.ActionRefused => $"{(e.ActionRefused.Number > 0 ? $"action {e.ActionRefused.Number}: " : "")}refused to {e.ActionRefused.Refusal.By}: {e.ActionRefused.What}: {e.ActionRefused.Refusal.Why}",
        Event.EventOneofCase.ActionEnded => $"action {e.ActionEnded.Number} {Words(e.ActionEnded.Stage)}{By("", e.ActionEnded.Outcome)}",
        _ => null,
    };

    private static string Submitted(Action a) =>
        $"action {a.Number}: {a.Method} {a.Request} handed in{By(a.By, a.Reason)}; {(a.Stage == ActionStage.Proposed ? $"somebody else must approve it by {Time(a.ExpiresAt)}" : "it is carried out at once")}";

    private static string Decided(ActionDecided e) => $"action {e.Number} of {e.ProposedBy} {(e.Approved ? "approved" : "declined")}{By(e.By, e.Reason)}{(e.Approved ? "; it is carried out" : "")}";
}
