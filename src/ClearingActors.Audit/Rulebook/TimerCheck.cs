using ClearingActors.Actors;
using ClearingActors.Actors.Wire;

namespace ClearingActors.Audit.Rulebook;

/// <summary>Deadlines: a timer fires when business time has reached it and not before, in the order of what is due, and what is due at a turn's beginning fires first in it.</summary>
internal sealed class TimerCheck(StepAt at, Channels channels, AddressBook book, int shards)
{
    private readonly Timers[] _timers = [.. Enumerable.Range(0, shards).Select(static _ => new Timers())];
    private bool _first;

    /// <summary>Timers that fired.</summary>
    internal long Fired { get; private set; }

    internal void Begin() => _first = true;

    /// <summary>The step's timer, if it has one, has been read.</summary>
    internal void BeginStep()
    {
        var timers = _timers[at.Shard];
        var now = channels.BusinessTimeOf(at.Shard);
        if (at.Timer.Length > 0)
        {
            Fired++;
            var address = Address();
            if (!timers.TryDue(now, out var actor, out var name) || !actor.Equals(address) || name != at.Timer)
            {
                at.Find("timer", $"timer {at.Timer} of {at.Key} fires at {now}, when {(name is { Length: > 0 } ? $"timer {name} of {actor.Key} is due" : "none is due")}");
            }

            timers.Cancel(address, at.Timer);
        }
        else if (_first && timers.TryDue(now, out var actor, out var name))
        {
            at.Find("timer", $"timer {name} of {actor.Key} was due when the turn began at {now}, and {at.Key} was first");
        }

        _first = false;
    }

    /// <summary>The step sets a timer, or takes one back.</summary>
    internal void Changed(ReadOnlySpan<byte> body)
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
            _timers[at.Shard].Cancel(Address(), name);
        }
        else
        {
            _timers[at.Shard].Set(Address(), name, due);
        }
    }

    private ActorAddress Address() => book.Of(at.Kind, at.Payload.Span.Slice(at.KeyBytes.At, at.KeyBytes.Length), at.Shard);
}
