using System.Text;
using ClearingActors.Actors;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Engine;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>Which events an auditor asks for.</summary>
internal abstract class EventQuery
{
    /// <summary>Cheap, and may be true too often: only then is the turn read event by event.</summary>
    /// <param name="payload">Of a turn.</param>
    internal virtual bool MayBeIn(ReadOnlySpan<byte> payload) => true;

    /// <summary>Cheap as well, of a step.</summary>
    internal virtual bool MayBeOf(ActorAddress actor) => true;

    /// <summary>True if the event of a step is asked for.</summary>
    /// <param name="actor">Whose step.</param>
    /// <param name="events">Of the step.</param>
    /// <param name="index">Of the event.</param>
    internal abstract bool Wants(ActorAddress actor, IReadOnlyList<Event> events, int index);

    /// <summary>True if what happens to an actor besides events (set aside, released) is asked for.</summary>
    internal virtual bool WantsActor(ActorAddress actor) => false;

    /// <summary>Cheap as well, of an event's type: a step without such an event is not read.</summary>
    internal virtual bool MayBe(int type) => true;

    /// <summary>True if the start of a margin run is shown before an assessment by it.</summary>
    internal virtual bool ShowsRuns => false;

    /// <summary>Every event of an actor.</summary>
    internal static EventQuery OfActor(int kind, string key) => new ByActor(kind, key);

    /// <summary>Every event of an account, and those of other actors but accounts that name it.</summary>
    internal static EventQuery OfAccount(string account) => new ByAccount(account);

    /// <summary>The life of a trade at its source, its seller and its buyer.</summary>
    internal static EventQuery OfTrade(string source, string id) => new ByTrade(source, id);

    /// <summary>A margin call: the run, the assessment, and what became of it.</summary>
    internal static EventQuery OfCall(string account, long number) => new ByCall(account, number);

    /// <summary>A default, wherever an event names its number.</summary>
    internal static EventQuery OfDefault(long number) => new ByDefault(number);

    /// <summary>The message that stands in an event.</summary>
    internal static IMessage? BodyOf(Event e) => Event.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(e)?.Accessor.GetValue(e) as IMessage;

    /// <summary>True if a text field of the message, however deep, is just this.</summary>
    internal static bool Names(IMessage message, string text)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var value = field.Accessor.GetValue(message);
            var named = field.FieldType switch
            {
                FieldType.String when field.IsRepeated => ((IEnumerable<string>)value).Contains(text),
                FieldType.String => (string)value == text,
                FieldType.Message when field.IsRepeated => ((System.Collections.IEnumerable)value).Cast<IMessage>().Any(inner => Names(inner, text)),
                FieldType.Message => value is IMessage inner && Names(inner, text),
                _ => false,
            };
            if (named)
            {
                return true;
            }
        }

        return false;
    }

    private sealed class ByActor(int kind, string key) : EventQuery
    {
        private readonly byte[] _key = Encoding.UTF8.GetBytes(key);

        internal override bool MayBeIn(ReadOnlySpan<byte> payload) => payload.IndexOf(_key) >= 0;

        internal override bool MayBeOf(ActorAddress actor) => actor.Kind == kind && actor.Key == key;

        internal override bool Wants(ActorAddress actor, IReadOnlyList<Event> events, int index) => true;

        internal override bool WantsActor(ActorAddress actor) => MayBeOf(actor);
    }

    private sealed class ByAccount(string account) : EventQuery
    {
        private readonly byte[] _account = Encoding.UTF8.GetBytes(account);

        internal override bool MayBeIn(ReadOnlySpan<byte> payload) => payload.IndexOf(_account) >= 0;

        internal override bool MayBeOf(ActorAddress actor) => actor.Kind != ActorKinds.Account || actor.Key == account;

        internal override bool Wants(ActorAddress actor, IReadOnlyList<Event> events, int index) => actor.Kind == ActorKinds.Account || (BodyOf(events[index]) is { } body && Names(body, account));

        internal override bool WantsActor(ActorAddress actor) => actor.Kind == ActorKinds.Account && actor.Key == account;
    }

    private sealed class ByTrade(string source, string id) : EventQuery
    {
        private readonly byte[] _id = Encoding.UTF8.GetBytes(id);
        private readonly string _lanes = source + "/";

        internal override bool MayBeIn(ReadOnlySpan<byte> payload) => payload.IndexOf(_id) >= 0;

        internal override bool MayBeOf(ActorAddress actor) => actor.Kind == ActorKinds.Account || (actor.Kind == ActorKinds.TradeSource && actor.Key.StartsWith(_lanes, StringComparison.Ordinal));

        internal override bool Wants(ActorAddress actor, IReadOnlyList<Event> events, int index) =>
            IsOf(actor, events[index]) || (events[index].EventCase == Event.EventOneofCase.IndicativeMarginUsed && index + 1 < events.Count && IsOf(actor, events[index + 1]));

        private bool IsOf(ActorAddress actor, Event e)
        {
            if (actor.Kind == ActorKinds.TradeSource)
            {
                return id == e.EventCase switch
                {
                    Event.EventOneofCase.TradeReceived => e.TradeReceived.TradeId,
                    Event.EventOneofCase.TradeAnswered => e.TradeAnswered.TradeId,
                    Event.EventOneofCase.CancelReceived => e.CancelReceived.TradeId,
                    Event.EventOneofCase.CancelAnswered => e.CancelAnswered.TradeId,
                    _ => null,
                };
            }

            return (source, id) == (BodyOf(e) switch
            {
                TradeLegEvent leg => (leg.Source, leg.TradeId),
                ReservationEnded ended => (ended.Source, ended.TradeId),
                _ => ("", ""),
            });
        }
    }

    private sealed class ByCall(string account, long number) : EventQuery
    {
        private readonly string _missed = $"account {account} has not met call {number}:";

        internal override bool MayBeOf(ActorAddress actor) => actor.Kind is ActorKinds.Margin or ActorKinds.Default || (actor.Kind == ActorKinds.Account && actor.Key == account);

        internal override bool Wants(ActorAddress actor, IReadOnlyList<Event> events, int index)
        {
            var e = events[index];
            return e.EventCase switch
            {
                Event.EventOneofCase.MarginAssessed => events.Any(other => other.EventCase == Event.EventOneofCase.MarginCallIssued && other.MarginCallIssued.Number == number),
                Event.EventOneofCase.MarginCallIssued => e.MarginCallIssued.Number == number,
                Event.EventOneofCase.MarginCallCredited => e.MarginCallCredited.Number == number,
                Event.EventOneofCase.MarginCallMissed => e.MarginCallMissed.Number == number,
                Event.EventOneofCase.MarginCallWithdrawn => e.MarginCallWithdrawn.Number == number,
                Event.EventOneofCase.CallMissedReported => e.CallMissedReported.Account == account && e.CallMissedReported.Call == number,
                Event.EventOneofCase.DefaultTriggered => e.DefaultTriggered.Detail.StartsWith(_missed, StringComparison.Ordinal),
                _ => false,
            };
        }

        internal override bool MayBe(int type) =>
            type is (>= EventTypes.MarginAssessed and <= EventTypes.MarginCallWithdrawn) or EventTypes.CallMissedReported or EventTypes.DefaultTriggered or EventTypes.MarginRunStarted;

        internal override bool ShowsRuns => true;
    }

    private sealed class ByDefault(long number) : EventQuery
    {
        /// <summary>The first of the event types of default management.</summary>
        private const int FirstType = EventTypes.DefaultTriggered;

        private string _member = "";

        internal override bool MayBe(int type) => type is >= FirstType or EventTypes.CashBooked or EventTypes.AssetBooked;

        internal override bool Wants(ActorAddress actor, IReadOnlyList<Event> events, int index)
        {
            var e = events[index];
            if (e.EventCase == Event.EventOneofCase.ClaimReported)
            {
                return e.ClaimReported.Member == _member;
            }

            if (e.EventCase == Event.EventOneofCase.CashBooked)
            {
                return e.CashBooked.CauseRequest.StartsWith(Request, StringComparison.Ordinal);
            }

            if (e.EventCase == Event.EventOneofCase.AssetBooked)
            {
                return e.AssetBooked.Request.StartsWith(Request, StringComparison.Ordinal);
            }

            if ((int)e.EventCase < FirstType || BodyOf(e) is not { } body || body.Descriptor.FindFieldByName("number") is not { } field || (long)field.Accessor.GetValue(body) != number)
            {
                return false;
            }

            _member = e.EventCase == Event.EventOneofCase.DefaultTriggered ? e.DefaultTriggered.Member : _member;
            return true;
        }

        private string Request => $"DEFAULT.{number}.";
    }
}
