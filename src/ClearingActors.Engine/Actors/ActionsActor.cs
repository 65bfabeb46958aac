using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Journal.Actions.V1;
using ClearingActors.Engine.Commands;
using Google.Protobuf;
using Action = ClearingActors.Contracts.Actions.V1.Action;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// What people decide, on the record: who asked for it, why, who approved, and what came of it. It has nothing done itself: the node calls the method when this has said, durably, that
/// the action runs, and tells what came of it.
/// </summary>
internal sealed class ActionsActor : Actor
{
    private const string Expiry = "expire-";

    private ActionLog _log = new();

    public override bool Exists => _log.Last > 0;

    public override void Receive(Message message, Turn turn)
    {
        switch (message)
        {
            case SubmitAction command:
                Submit(command, turn);
                break;
            case DecideAction command:
                Decide(command, turn);
                break;
            case EndAction command:
                End(command, turn);
                break;
            case InterruptActions command:
                Interrupt(command, turn);
                break;
            case ReadActions query:
                turn.Reply(query.ReplyTo, _log.View(query.Before, query.Limit));
                break;
            case FindAction query:
                turn.Reply(query.ReplyTo, _log.Find(query.Number) is { } found ? ReplyOf(found, false) : new Refused(_log.Unknown(query.Number)));
                break;
            default:
                throw new InvalidOperationException($"the log of actions takes no {message.GetType().Name}");
        }
    }

    public override void TimerFired(string timer, Turn turn)
    {
        var number = long.Parse(timer.AsSpan(Expiry.Length), CultureInfo.InvariantCulture);
        if (_log.Find(number) is { Stage: ActionStage.Proposed })
        {
            Emit(turn, EventTypes.ActionEnded, new ActionEnded { Number = number, Stage = ActionStage.Expired, Outcome = "nobody approved it in time", At = turn.BusinessTime });
        }
    }

    public override void Apply(int type, ReadOnlySpan<byte> body) =>
        _log.Apply((ParserOf(type) ?? throw new InvalidDataException($"event type {type} of the log of actions is unknown to this program")).ParseFrom(body.ToArray()));

    public override void Save(WireWriter writer, SnapshotParts parts) => writer.Raw(_log.Save().ToByteArray());

    public override void Load(ReadOnlySpan<byte> body, SnapshotParts parts) => _log = ActionLog.Of(ActionsSnapshot.Parser.ParseFrom(body.ToArray()));

    private static MessageParser? ParserOf(int type) => type switch
    {
        EventTypes.ActionSubmitted => ActionSubmitted.Parser,
        EventTypes.ActionDecided => ActionDecided.Parser,
        EventTypes.ActionRefused => ActionRefused.Parser,
        EventTypes.ActionEnded => ActionEnded.Parser,
        _ => null,
    };

    private static ActionReply ReplyOf(Action action, bool begun) => new(action.Clone(), begun);

    private static string TimerOf(long number) => string.Create(CultureInfo.InvariantCulture, $"{Expiry}{number}");

    /// <summary>The state takes what the journal has, not the object, which is the caller's.</summary>
    private void Emit(Turn turn, int type, IMessage e)
    {
        var body = e.ToByteArray();
        turn.BeginEvent(type).Raw(body);
        turn.EndEvent();
        Apply(type, body);
    }

    private void Submit(SubmitAction command, Turn turn)
    {
        var request = command.Request;
        if (_log.Find(request.RequestId) is { } known)
        {
            if ((known.Method, known.Request, known.Reason, known.By) == (request.Method, request.Request, request.Reason, turn.Principal))
            {
                turn.Reply(command.ReplyTo, ReplyOf(known, false));
                return;
            }

            Refuse(turn, command, 0, $"hand in {request.Method}", $"request {request.RequestId} was another action, number {known.Number} of {known.By}: {known.Method}; take another request_id");
            return;
        }

        if (_log.RefuseSubmit(request, command.NeedsSecond, turn.Principal) is { } refused)
        {
            Refuse(turn, command, 0, $"hand in {ActionLog.Cut(request.Method, ActionLog.MaxMethod)}", refused);
            return;
        }

        var number = _log.Last + 1;
        var expires = command.NeedsSecond ? checked(turn.BusinessTime + ActionLog.LifetimeNs) : 0;
        var action = new Action
        {
            Number = number,
            RequestId = request.RequestId,
            Method = request.Method,
            Request = request.Request,
            Reason = request.Reason,
            By = turn.Principal,
            At = turn.BusinessTime,
            Stage = command.NeedsSecond ? ActionStage.Proposed : ActionStage.Running,
            NeedsSecond = command.NeedsSecond,
            ExpiresAt = expires,
        };
        Emit(turn, EventTypes.ActionSubmitted, new ActionSubmitted { Action = action });
        if (command.NeedsSecond)
        {
            turn.SetTimer(TimerOf(number), expires);
        }

        turn.Reply(command.ReplyTo, new ActionReply(action, !command.NeedsSecond));
    }

    private void Decide(DecideAction command, Turn turn)
    {
        var request = command.Request;
        if (_log.RefuseDecision(request, command.Approve, turn.Principal) is { } refused)
        {
            Refuse(turn, command, request.Number, $"{(command.Approve ? "approve" : "decline")} action {request.Number}", refused);
            return;
        }

        var action = _log.Find(request.Number)!;
        Emit(turn, EventTypes.ActionDecided, new ActionDecided
        {
            Number = request.Number,
            Approved = command.Approve,
            By = turn.Principal,
            Reason = request.Reason,
            At = turn.BusinessTime,
            ProposedBy = action.By,
        });
        turn.CancelTimer(TimerOf(request.Number));
        turn.Reply(command.ReplyTo, ReplyOf(action, command.Approve));
    }

    /// <summary>The end that it has already may be told again: an answer may have been lost.</summary>
    private void End(EndAction command, Turn turn)
    {
        var outcome = ActionLog.Cut(command.Outcome, ActionLog.MaxOutcome);
        if (_log.Find(command.Number) is { } known && (known.Stage, known.Outcome) == (command.Stage, outcome))
        {
            turn.Reply(command.ReplyTo, ReplyOf(known, false));
            return;
        }

        if (_log.RefuseEnd(command.Number) is { } refused)
        {
            Refuse(turn, command, command.Number, $"end action {command.Number}: {command.Stage}: {outcome}", refused);
            return;
        }

        Emit(turn, EventTypes.ActionEnded, new ActionEnded { Number = command.Number, Stage = command.Stage, Outcome = outcome, At = turn.BusinessTime });
        turn.Reply(command.ReplyTo, ReplyOf(_log.Find(command.Number)!, false));
    }

    private void Interrupt(InterruptActions command, Turn turn)
    {
        List<Action> interrupted = [];
        foreach (var action in _log.Running.Where(a => !command.Running.Contains(a.Number)))
        {
            Emit(turn, EventTypes.ActionEnded, new ActionEnded
            {
                Number = action.Number,
                Stage = ActionStage.Interrupted,
                Outcome = "the node ended while it was carried out: look whether it took effect",
                At = turn.BusinessTime,
            });
            interrupted.Add(action.Clone());
        }

        turn.Reply(command.ReplyTo, new ActionsInterrupted(interrupted));
    }

    private void Refuse(Turn turn, Command command, long number, string what, string why)
    {
        Emit(turn, EventTypes.ActionRefused, new ActionRefused
        {
            Number = _log.Find(number)?.Number ?? 0,
            What = what,
            Refusal = new ActionRefusal { By = turn.Principal, Why = why, At = turn.BusinessTime },
        });
        turn.Reply(command.ReplyTo, new Refused(why));
    }
}
