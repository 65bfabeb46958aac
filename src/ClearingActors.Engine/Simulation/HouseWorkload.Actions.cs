using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Actors.Simulation;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Engine.Commands;

namespace ClearingActors.Engine.Simulation;

/// <summary>People hand actions in and approve them; the node carries them out, or has forgotten that it did. It has a generator of its own.</summary>
internal sealed partial class HouseWorkload
{
    private const string ActionNode = "node:actions";

    /// <summary>Actions find room where all else is waiting for an answer, so that they occur in every such house.</summary>
    private const int DeedsBeyond = 4;

    /// <summary>Actions of which an answer said that they begin: it says so once.</summary>
    private readonly HashSet<long> _begun = [];
    private readonly SimulationRandom? _drawDeeds;
    private long _deeds;

    private SimulationRandom Draw => _drawDeeds ?? throw new InvalidOperationException("nobody hands actions in here");

    private ActorAddress ActionLog => _book.Of(ActorKinds.Actions, ActorKinds.House);

    /// <summary>One step with an action.</summary>
    /// <returns>False if there was nothing to do.</returns>
    private bool TakeActions()
    {
        if (_drawDeeds is null || _open.Count >= MaxOpen + DeedsBeyond || !Draw.Chance(0.05))
        {
            return false;
        }

        var by = Draw.Pick(Operators);
        switch (Draw.Next(20))
        {
            case < 8: HandIn(by); break;
            case < 12: Decide(by, PickDeed(ActionStage.Proposed), approve: true); break;
            case < 13: Decide(by, PickDeed(ActionStage.Proposed), approve: false); break;
            case < 19: EndDeed(PickDeed(ActionStage.Running)); break;
            default: RecallDeeds(); break;
        }

        return true;
    }

    /// <summary>Now and then one in another stage, or none that there is.</summary>
    private long PickDeed(ActionStage stage) => _ledger.Actions.Open.Where(a => a.Stage == stage).ToList() is { Count: > 0 } open && !Draw.Chance(0.1) ? Draw.Pick(open).Number : Draw.Next(20);

    private void Decide(string by, long number, bool approve) =>
        Deed(approve ? "approve action" : "decline action", to => new DecideAction(ActionLog, by, new DecideActionRequest { Number = number, Reason = "drawn by lot" }, approve) { ReplyTo = to });

    /// <summary>Now and then under an id that was used before, with the same content or another's.</summary>
    private void HandIn(string by)
    {
        var id = Draw.Chance(0.9) ? ++_deeds : Draw.Next((int)_deeds + 1);
        var request = new SubmitActionRequest { RequestId = string.Create(CultureInfo.InvariantCulture, $"deed-{id}"), Method = Draw.Pick(["a.b.C/Halt", "a.b.C/Resume"]), Request = "{ }", Reason = "drawn by lot" };
        var needsSecond = request.Method.EndsWith("Resume", StringComparison.Ordinal);
        Deed("submit action", to => new SubmitAction(ActionLog, by, request, needsSecond) { ReplyTo = to });
    }

    private void EndDeed(long number)
    {
        var (stage, outcome) = Draw.Chance(0.7) ? (ActionStage.Done, "{ }") : (ActionStage.Failed, "drawn by lot");
        Deed("end action", to => new EndAction(ActionLog, ActionNode, number, stage, outcome) { ReplyTo = to });
    }

    /// <summary>The node has started anew and knows of half of what it was doing.</summary>
    private void RecallDeeds()
    {
        List<long> running = [.. _ledger.Actions.Open.Where(a => a.Stage == ActionStage.Running && Draw.Chance(0.5)).Select(static a => a.Number)];
        Ask("interrupt actions", 0, to => new InterruptActions(ActionLog, ActionNode, running) { ReplyTo = to }, answer =>
        {
            foreach (var action in ((ActionsInterrupted)answer).Actions)
            {
                RequireDurable(action.Number, action.Stage);
            }

            return true;
        });
    }

    private void Deed(string name, Func<ReplyTo, Command> command) => Ask(name, 0, command, answer =>
    {
        if (answer is not ActionReply reply)
        {
            return answer is Refused;
        }

        RequireDurable(reply.Action.Number, reply.Action.Stage);
        if (reply.Begun && !_begun.Add(reply.Action.Number))
        {
            throw Broken("an action begins once", $"{name}: action {reply.Action.Number} was to be begun twice");
        }

        return true;
    });

    /// <summary>The ledger may be ahead of an answer, never behind it.</summary>
    private void RequireDurable(long number, ActionStage stage)
    {
        var known = _ledger.Actions.Find(number)?.Stage ?? ActionStage.Unspecified;
        var behind = known == ActionStage.Unspecified || (known == ActionStage.Proposed && stage != known) || (known == ActionStage.Running && stage is not (ActionStage.Proposed or ActionStage.Running));
        if (behind)
        {
            throw Broken("nothing acknowledged is lost", $"action {number} was answered as {stage}, and the durable rows have it as {known}");
        }
    }
}
