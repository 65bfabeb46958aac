using ClearingActors.Actors.Simulation;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Journal.Actions.V1;
using ClearingActors.Engine.Actors;
using Action = ClearingActors.Contracts.Actions.V1.Action;

namespace ClearingActors.Engine.Simulation;

/// <summary>What must hold of actions, by durable events alone: they are numbered without a gap, none is approved by who handed it in, and each goes through its stages once.</summary>
internal sealed class ActionLedger(SimulationTrace trace)
{
    private readonly List<Action> _actions = [];
    private readonly HashSet<string> _requests = new(StringComparer.Ordinal);

    internal IEnumerable<Action> Open => _actions.Where(static a => IsOpen(a.Stage));

    internal Action? Find(long number) => number >= 1 && number <= _actions.Count ? _actions[(int)number - 1] : null;

    internal void Event(int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.ActionSubmitted: Submitted(ActionSubmitted.Parser.ParseFrom(body).Action); break;
            case EventTypes.ActionDecided: Decided(ActionDecided.Parser.ParseFrom(body)); break;
            case EventTypes.ActionEnded: Ended(ActionEnded.Parser.ParseFrom(body)); break;
            case EventTypes.ActionRefused: trace.Count("action requests refused on the record"); break;
            default: break;
        }
    }

    private static bool IsOpen(ActionStage stage) => stage is ActionStage.Proposed or ActionStage.Running;

    private void Submitted(Action action)
    {
        Require(action.Number == _actions.Count + 1, "actions are numbered without a gap", $"{Text(action)} follows {_actions.Count} others");
        Require(_requests.Add(action.RequestId), "a request is one action", $"{Text(action)}: its request_id {action.RequestId} was another action's");
        Require(action.Stage == (action.NeedsSecond ? ActionStage.Proposed : ActionStage.Running), "four eyes", $"{Text(action)} begins so though it {(action.NeedsSecond ? "needs" : "does not need")} a second person");
        Require(action.ExpiresAt == (action.NeedsSecond ? action.At + ActionLog.LifetimeNs : 0), "what waits has an end", $"{Text(action)} ends at {action.ExpiresAt}");
        _actions.Add(action);
        Require(Open.Count(a => a.NeedsSecond) <= ActionLog.MaxOpen && Open.Count(a => !a.NeedsSecond) <= ActionLog.MaxOpen, "open actions have a bound", $"{Open.Count()} are open");
        Require(
            !action.NeedsSecond || Open.Count(a => a.Stage == ActionStage.Proposed && a.By == action.By) <= ActionLog.MaxWaitingOfOne, "nobody fills the list alone", $"{Text(action)} is one more of {action.By} that waits than may");
        trace.Count($"actions: {action.Stage}");
    }

    private void Decided(ActionDecided e)
    {
        var action = Of(e.Number);
        Require(action.Stage == ActionStage.Proposed && e.At < action.ExpiresAt, "an action goes through its stages once", $"{Text(action)} is decided at {e.At}");
        Require(e.ProposedBy == action.By && !(e.Approved && e.By == action.By), "four eyes", $"{Text(action)} was handed in by {action.By} and decided by {e.By}");
        action.Stage = e.Approved ? ActionStage.Running : ActionStage.Declined;
        trace.Count(e.Approved ? "actions: approved" : "actions: declined");
    }

    private void Ended(ActionEnded e)
    {
        var action = Of(e.Number);
        var right = e.Stage switch
        {
            ActionStage.Expired => action.Stage == ActionStage.Proposed && e.At >= action.ExpiresAt,
            ActionStage.Done or ActionStage.Failed or ActionStage.Interrupted => action.Stage == ActionStage.Running,
            _ => false,
        };
        Require(right, "an action goes through its stages once", $"{Text(action)} ends as {e.Stage} at {e.At}");
        action.Stage = e.Stage;
        trace.Count($"actions: {e.Stage}");
    }

    private Action Of(long number) => Find(number) ?? throw new InvariantBrokenException("nothing from nowhere", $"there is no action {number}");

    private static string Text(Action action) => $"action {action.Number} ({action.Stage})";

    private static void Require(bool holds, string name, string what)
    {
        if (!holds)
        {
            throw new InvariantBrokenException(name, what);
        }
    }
}
