using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Journal;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>A turn that something began, as far as the chain of causes goes.</summary>
/// <param name="Shard">Where it is.</param>
/// <param name="Position">Its number there.</param>
/// <param name="Actor">Whose step.</param>
/// <param name="Root">The principal at the root of the chain; empty if there is none, as for what the house does by itself.</param>
internal sealed record Origin(int Shard, long Position, ActorAddress Actor, string Root);

/// <summary>A step of a turn, read without its events.</summary>
internal sealed class StepReading
{
    internal required ActorAddress Actor { get; init; }

    /// <summary>Of the message that caused it; -1 for a command or a timer.</summary>
    internal int CauseShard { get; set; } = -1;

    internal long CauseSequence { get; set; }

    /// <summary>When it ran, UTC nanoseconds of business time.</summary>
    internal long BusinessTime { get; set; }

    internal string Principal { get; set; } = "";

    internal string Timer { get; set; } = "";

    /// <summary>The step that sent the message or set the timer; null for a command, and where none is known.</summary>
    internal Origin? Source { get; set; }

    /// <summary>The step itself.</summary>
    internal Origin Self { get; set; } = null!;

    /// <summary>Where its events begin in the payload, and how long they are.</summary>
    internal List<(int Offset, int Length)> Events { get; } = [];

    internal string Quarantined { get; set; } = "";

    internal bool Released { get; set; }

    internal int Parked { get; set; }

    /// <summary>The cause in words.</summary>
    internal string Cause => (Principal, Timer, CauseShard, Source) switch
    {
        ({ Length: > 0 }, _, _, _) => $"command of {Principal}",
        (_, { Length: > 0 }, _, null) => $"timer {Timer}",
        (_, { Length: > 0 }, _, { } set) => $"timer {Timer}, set in turn {set.Shard}:{set.Position}",
        (_, _, >= 0, null) => $"message {CauseSequence} of shard {CauseShard}",
        (_, _, >= 0, { } sent) => $"message {CauseShard}:{CauseSequence} from {AuditNames.Of(sent.Actor)} in turn {sent.Shard}:{sent.Position}",
        _ => "-",
    };
}

/// <summary>Names of actors as auditors write them.</summary>
internal static class AuditNames
{
    /// <summary>kind/key.</summary>
    internal static string Of(ActorAddress actor) => $"{Engine.ActorKinds.NameOf(actor.Kind)}/{actor.Key}";
}

/// <summary>
/// Reads the turns of all shards in the order of recorded time and knows, of every message under way and every timer that is set, which step began it. Holds nothing else, so
/// that its memory does not grow with the journal.
/// </summary>
internal sealed class TurnReadings(AddressBook book)
{
    private readonly Dictionary<(int From, int To), Queue<(long Sequence, Origin Origin)>> _underWay = [];
    private readonly Dictionary<(int From, int To, long Sequence), Origin> _parked = [];
    private readonly Dictionary<(ActorAddress Actor, string Timer), Origin> _timers = [];

    /// <summary>Reads the turn that comes next.</summary>
    /// <param name="row">In the order of recorded time.</param>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    internal List<StepReading> Read(in JournalRow row)
    {
        var businessTime = 0L;
        List<StepReading> steps = [];
        var reader = new WireReader(row.Payload.Span);
        while (reader.Next())
        {
            if (reader.Number == TurnFields.BusinessTime)
            {
                businessTime = reader.Int64;
            }
            else if (reader.Number == TurnFields.Step && ReadStep(row, reader.Bytes, reader.BytesOffset) is { } step)
            {
                // A step may move business time, for itself and those after it.
                step.BusinessTime = businessTime = Math.Max(businessTime, step.BusinessTime);
                steps.Add(step);
            }
            else if (reader.Number == TurnFields.Consumed)
            {
                Consume(row.Shard, reader.Bytes);
            }
        }

        return steps;
    }

    private StepReading? ReadStep(in JournalRow row, ReadOnlySpan<byte> body, int offset)
    {
        var kind = 0;
        StepReading? step = null;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.StepActorKind:
                    kind = reader.Int32;
                    break;
                case TurnFields.StepActorKey:
                    step = new StepReading { Actor = book.Of(kind, reader.Bytes, row.Shard) };
                    break;
                case TurnFields.StepCauseShard:
                    step!.CauseShard = reader.Int32 - 1;
                    break;
                case TurnFields.StepCauseSequence:
                    step!.CauseSequence = reader.Int64;
                    break;
                case TurnFields.StepPrincipal:
                    step!.Principal = IdPool.Intern(reader.Bytes);
                    break;
                case TurnFields.StepTimer:
                    step!.Timer = reader.String;
                    break;
                case TurnFields.StepEvent:
                    step!.Events.Add((offset + reader.BytesOffset, reader.Bytes.Length));
                    break;
                case TurnFields.StepSent:
                    Send(SelfOf(row, step!), reader.Bytes);
                    break;
                case TurnFields.StepTimerChange:
                    Change(SelfOf(row, step!), reader.Bytes);
                    break;
                case TurnFields.StepBusinessTime:
                    step!.BusinessTime = reader.Int64;
                    break;
                case TurnFields.StepQuarantined:
                    step!.Quarantined = reader.String;
                    break;
                case TurnFields.StepParked:
                    Park(SelfOf(row, step!), row.Shard, reader.Bytes, step!);
                    break;
                case TurnFields.StepReleased:
                    step!.Released = reader.Bool;
                    break;
                default:
                    break;
            }
        }

        if (step is not null)
        {
            SelfOf(row, step);
        }

        return step;
    }

    /// <summary>The step as the origin of what it sends; its cause stands before that in the row.</summary>
    private Origin SelfOf(in JournalRow row, StepReading step)
    {
        if (step.Self is null)
        {
            step.Source = step.CauseShard >= 0 ? SenderOf(step.CauseShard, row.Shard, step.CauseSequence) : step.Timer.Length > 0 && _timers.Remove((step.Actor, step.Timer), out var set) ? set : null;
            step.Self = new Origin(row.Shard, row.Position, step.Actor, step.Principal.Length > 0 ? step.Principal : step.Source?.Root ?? "");
        }

        return step.Self;
    }

    private Origin? SenderOf(int from, int to, long sequence)
    {
        if (_underWay.TryGetValue((from, to), out var queue))
        {
            foreach (var (sent, origin) in queue)
            {
                if (sent == sequence)
                {
                    return origin;
                }
            }
        }

        return _parked.GetValueOrDefault((from, to, sequence));
    }

    private void Send(Origin self, ReadOnlySpan<byte> body)
    {
        int to = 0;
        long sequence = 0;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.SentToShard: to = reader.Int32; break;
                case TurnFields.SentSequence: sequence = reader.Int64; break;
                default: break;
            }
        }

        if (!_underWay.TryGetValue((self.Shard, to), out var queue))
        {
            _underWay.Add((self.Shard, to), queue = new());
        }

        queue.Enqueue((sequence, self));
    }

    private void Change(Origin self, ReadOnlySpan<byte> body)
    {
        var name = "";
        long due = 0;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.TimerName: name = reader.String; break;
                case TurnFields.TimerDue: due = reader.Int64; break;
                default: break;
            }
        }

        if (due == 0)
        {
            _timers.Remove((self.Actor, name));
        }
        else
        {
            _timers[(self.Actor, name)] = self;
        }
    }

    private void Park(Origin self, int shard, ReadOnlySpan<byte> body, StepReading step)
    {
        var from = 0;
        long sequence = 0;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.ParkedFromShard: from = reader.Int32; break;
                case TurnFields.ParkedSequence: sequence = reader.Int64; break;
                default: break;
            }
        }

        step.Parked++;
        _parked[(from, shard, sequence)] = SenderOf(from, shard, sequence) ?? self;
    }

    private void Consume(int shard, ReadOnlySpan<byte> body)
    {
        var from = 0;
        long sequence = 0;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.ConsumedFromShard: from = reader.Int32; break;
                case TurnFields.ConsumedSequence: sequence = reader.Int64; break;
                default: break;
            }
        }

        if (_underWay.TryGetValue((from, shard), out var queue))
        {
            while (queue.TryPeek(out var oldest) && oldest.Sequence <= sequence)
            {
                queue.Dequeue();
            }
        }
    }
}
