using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Journal.Actions.V1;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;
using Action = ClearingActors.Contracts.Actions.V1.Action;

namespace ClearingActors.Audit.Rulebook;

/// <summary>
/// Actions: numbered without a gap, each through its stages once, decided by who gave the command, and none that needs a second person carried out without one. Rare, so it keeps what
/// is open.
/// </summary>
internal sealed class ActionCheck(StepAt at, Channels channels)
{
    /// <summary>Of principals that are no person.</summary>
    private const string Node = "node:";

    private readonly Dictionary<long, Action> _open = [];
    private long _last;

    internal void Event(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.ActionSubmitted:
                Submitted(ActionSubmitted.Parser.ParseFrom(body).Action);
                break;
            case EventTypes.ActionDecided:
                Decided(ActionDecided.Parser.ParseFrom(body));
                break;
            case EventTypes.ActionEnded:
                Ended(ActionEnded.Parser.ParseFrom(body));
                break;
            case EventTypes.ActionRefused:
                var refused = ActionRefused.Parser.ParseFrom(body);
                Commanded($"action {refused.Number}", refused.Refusal.By, refused.Refusal.At);
                break;
            default:
                break;
        }
    }

    private void Submitted(Action action)
    {
        var expires = action.NeedsSecond ? action.At + ActionLog.LifetimeNs : 0;
        if (action.Number != _last + 1 || action.Stage != (action.NeedsSecond ? ActionStage.Proposed : ActionStage.Running) || action.ExpiresAt != expires)
        {
            at.Find("action-stages", $"action {action.Number} follows number {_last}; it begins as {action.Stage} until {action.ExpiresAt}, and {(action.NeedsSecond ? "needs" : "does not need")} a second person");
        }

        Commanded($"action {action.Number}", action.By, action.At);
        _last = action.Number;
        _open[action.Number] = action;
    }

    private void Decided(ActionDecided e)
    {
        var action = Of(e.Number);
        if (action.Stage != ActionStage.Proposed)
        {
            at.Find("action-stages", $"action {e.Number} is {action.Stage}, and {e.By} decides about it");
        }

        if (e.ProposedBy != action.By || (e.Approved && e.By == action.By))
        {
            at.Find("two-people", $"action {e.Number}, handed in by {action.By}, is {(e.Approved ? "approved" : "declined")} by {e.By} as a proposal of {e.ProposedBy}");
        }

        Commanded($"the decision about action {e.Number}", e.By, e.At);
        action.Stage = ActionStage.Running;
        if (!e.Approved)
        {
            _open.Remove(e.Number);
        }
    }

    private void Ended(ActionEnded e)
    {
        var action = Of(e.Number);
        var right = e.Stage switch
        {
            ActionStage.Expired => action.Stage == ActionStage.Proposed && at.Timer.Length > 0 && e.At >= action.ExpiresAt,
            ActionStage.Done or ActionStage.Failed or ActionStage.Interrupted => action.Stage == ActionStage.Running && at.Principal.StartsWith(Node, StringComparison.Ordinal),
            _ => false,
        };
        if (!right || e.At != channels.BusinessTimeOf(at.Shard))
        {
            at.Find("action-stages", $"action {e.Number} is {action.Stage}, and {(at.Timer.Length > 0 ? $"timer {at.Timer}" : at.Principal)} ends it at {e.At} as {e.Stage}");
        }

        _open.Remove(e.Number);
    }

    private Action Of(long number) => _open.GetValueOrDefault(number) ?? throw new InvalidDataException($"action {number} neither waits nor runs");

    /// <summary>Who is said to have done it gave the command, and at the time of the step.</summary>
    private void Commanded(string what, string by, long time)
    {
        if (by != at.Principal || time != channels.BusinessTimeOf(at.Shard))
        {
            at.Find("two-people", $"{what} is said to be of {by} at {time}; the command was {at.Principal}'s at {channels.BusinessTimeOf(at.Shard)}");
        }
    }
}
