using System.Runtime.CompilerServices;
using ClearingActors.Engine.Messages;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Rulebook;

/// <summary>
/// What must hold of rows and messages whatever they say: positions without gaps, epochs that never fall, recorded times that rise and are above every cause's, and that each message
/// is sent once, consumed once, in order, and done once. Holds what is under way and nothing else.
/// </summary>
internal sealed class Channels
{
    private readonly Channel?[][] _channels;
    private readonly ShardLog[] _logs;
    private readonly Dictionary<(int Shard, int From, long Sequence), ParkedFlight> _parked = [];
    private readonly List<(int From, long Sequence)> _causes = [];
    private readonly List<(int Shard, int From, long Sequence)> _released = [];
    private readonly StepAt _at;
    private readonly Ledger _ledger;

    internal Channels(int shards, StepAt at, Ledger ledger)
    {
        _channels = [.. Enumerable.Range(0, shards).Select(_ => new Channel?[shards])];
        _logs = new ShardLog[shards];
        _at = at;
        _ledger = ledger;
    }

    /// <summary>Messages sent so far.</summary>
    internal long Messages { get; private set; }

    /// <summary>The last message of the channel that a turn has consumed.</summary>
    internal long Consumed(int from, int to) => _channels[to][from]?.Consumed ?? 0;

    /// <summary>All messages under way, the parked ones too, with the shard that they are under way to.</summary>
    internal IEnumerable<(int To, Flight Flight)> UnderWay()
    {
        for (var to = 0; to < _channels.Length; to++)
        {
            foreach (var channel in _channels[to])
            {
                for (var sequence = (channel?.Consumed ?? 0) + 1; sequence <= (channel?.Sent ?? 0); sequence++)
                {
                    yield return (to, channel!.Find(sequence));
                }
            }
        }

        foreach (var (key, parked) in _parked)
        {
            yield return (key.Shard, parked.Flight);
        }
    }

    /// <summary>A row begins.</summary>
    internal void Begin(in JournalRow row)
    {
        ref var log = ref _logs[row.Shard];
        if (row.Position != log.Position + 1)
        {
            _at.Find("position", $"turn {row.Position} follows turn {log.Position}");
        }

        if (row.Epoch < Math.Max(1, log.Epoch))
        {
            _at.Find("epoch", $"epoch {row.Epoch} follows epoch {log.Epoch}");
        }

        if (row.RecordedTime <= log.RecordedTime)
        {
            _at.Find("recorded-time", $"recorded at {row.RecordedTime} after {log.RecordedTime} of the turn before");
        }

        (log.Position, log.Epoch, log.RecordedTime) = (row.Position, row.Epoch, row.RecordedTime);
        _causes.Clear();
    }

    /// <summary>The turn's business time, which is that of the turn before until a step moves it.</summary>
    internal void BusinessTime(long instant, bool moved)
    {
        ref var log = ref _logs[_at.Shard];
        if (moved ? instant < log.BusinessTime : instant != log.BusinessTime)
        {
            _at.Find("business-time", $"business time {instant} follows {log.BusinessTime}");
        }

        log.BusinessTime = instant;
    }

    /// <summary>Business time of a shard, UTC nanoseconds.</summary>
    internal long BusinessTimeOf(int shard) => _logs[shard].BusinessTime;

    /// <summary>The step's cause has been read.</summary>
    internal void BeginStep()
    {
        if (_at.CauseShard == 0 && _at.CauseSequence == 0)
        {
            return;
        }

        if (_at.CauseShard < 1 || _at.CauseShard > _logs.Length)
        {
            _at.Find("cause", $"the step of {_at.Key} is caused by shard {_at.CauseShard - 1}; there are {_logs.Length}");
            return;
        }

        var from = _at.CauseShard - 1;
        if (Unsafe.IsNullRef(ref Cause()))
        {
            _at.Find("cause", $"the step of {_at.Key} is caused by message {_at.CauseSequence} of shard {from}, which is not under way");
            return;
        }

        if (_parked.ContainsKey((_at.Shard, from, _at.CauseSequence)))
        {
            return;
        }

        for (var i = 0; i < _causes.Count; i++)
        {
            if (_causes[i].From == from)
            {
                if (_at.CauseSequence < _causes[i].Sequence)
                {
                    _at.Find("cause", $"the step of message {_at.CauseSequence} of shard {from} follows that of message {_causes[i].Sequence}");
                }

                _causes[i] = (from, _at.CauseSequence);
                return;
            }
        }

        _causes.Add((from, _at.CauseSequence));
    }

    /// <summary>The message that caused the step; a null reference if none did.</summary>
    internal ref Flight Cause()
    {
        var from = _at.CauseShard - 1;
        if (from < 0 || from >= _logs.Length)
        {
            return ref Unsafe.NullRef<Flight>();
        }

        if (_channels[_at.Shard][from] is { } channel)
        {
            ref var flight = ref channel.Find(_at.CauseSequence);
            if (!Unsafe.IsNullRef(ref flight))
            {
                return ref flight;
            }
        }

        if (_parked.TryGetValue((_at.Shard, from, _at.CauseSequence), out var parked) && parked.Released)
        {
            return ref parked.Flight;
        }

        return ref Unsafe.NullRef<Flight>();
    }

    /// <summary>The step sends a message.</summary>
    internal void Sent(int to, long sequence, in Flight flight)
    {
        if (to < 0 || to >= _logs.Length)
        {
            _at.Find("sent", $"a message goes to shard {to}; there are {_logs.Length}");
            return;
        }

        var channel = _channels[to][_at.Shard] ??= new Channel();
        if (sequence != channel.Sent + 1)
        {
            _at.Find("sent", $"message {sequence} to shard {to} follows message {channel.Sent}");
        }

        channel.Add(flight);
        Messages++;
        _ledger.UnderWay(flight, 1);
    }

    /// <summary>An actor of the step has done something that a message may ask for.</summary>
    internal void Act(int eventType)
    {
        ref var cause = ref Cause();
        if (!Unsafe.IsNullRef(ref cause) && MessageActs.Does(cause.Type, eventType) && cause.ToKind == _at.Kind && cause.Key.SequenceEqual(_at.Payload.Span.Slice(_at.KeyBytes.At, _at.KeyBytes.Length)))
        {
            cause.Acts++;
            if (cause.Acts > 1)
            {
                _at.Find("message-done-once", $"message {_at.CauseSequence} of shard {_at.CauseShard - 1}, of type {cause.Type}, is done by {_at.Key} {cause.Acts} times");
            }
        }
    }

    /// <summary>The step's actor is quarantined and the message that caused the step waits with it.</summary>
    internal void Parked()
    {
        ref var cause = ref Cause();
        if (!Unsafe.IsNullRef(ref cause))
        {
            cause.Parked = true;
        }
    }

    /// <summary>The step's actor works again; its messages are done in this turn.</summary>
    internal void Released()
    {
        foreach (var (key, parked) in _parked)
        {
            if (key.Shard == _at.Shard && parked.Flight.ToKind == _at.Kind && parked.Flight.Key.SequenceEqual(_at.Payload.Span.Slice(_at.KeyBytes.At, _at.KeyBytes.Length)))
            {
                parked.Released = true;
                parked.Flight.Parked = false;
                _released.Add(key);
            }
        }
    }

    /// <summary>The turn has consumed the messages of a shard up to this one.</summary>
    internal void Consume(int from, long upTo)
    {
        if (from < 0 || from >= _logs.Length)
        {
            _at.Find("consumed", $"messages of shard {from} were consumed; there are {_logs.Length}");
            return;
        }

        var channel = _channels[_at.Shard][from];
        if (channel is null || upTo > channel.Sent || upTo <= channel.Consumed)
        {
            _at.Find("consumed", $"message {upTo} of shard {from} was consumed; the last sent is {channel?.Sent ?? 0}, the last consumed {channel?.Consumed ?? 0}");
            return;
        }

        foreach (var (cause, sequence) in _causes)
        {
            if (cause == from && sequence > upTo)
            {
                _at.Find("cause", $"a step is caused by message {sequence} of shard {from}, and the turn consumed up to {upTo}");
            }
        }

        _causes.RemoveAll(cause => cause.From == from);
        while (channel.Consumed < upTo)
        {
            var flight = channel.Take();
            if (flight.RecordedTime >= _at.RecordedTime)
            {
                _at.Find("recorded-time", $"recorded at {_at.RecordedTime}, and it consumed message {channel.Consumed} of shard {from}, recorded at {flight.RecordedTime}");
            }

            if (flight.Parked)
            {
                _parked.Add((_at.Shard, from, channel.Consumed), new ParkedFlight { Flight = flight });
            }
            else
            {
                Done(flight, from, channel.Consumed);
            }
        }
    }

    /// <summary>The row ends.</summary>
    internal void End()
    {
        foreach (var (from, sequence) in _causes)
        {
            _at.Find("cause", $"a step is caused by message {sequence} of shard {from}, which the turn did not consume");
        }

        foreach (var key in _released)
        {
            if (_parked[key] is { Flight.Parked: false } parked)
            {
                _parked.Remove(key);
                Done(parked.Flight, key.From, key.Sequence);
            }
            else
            {
                _parked[key].Released = false;
            }
        }

        _released.Clear();
    }

    private void Done(in Flight flight, int from, long sequence)
    {
        _ledger.UnderWay(flight, -1);
        if (flight.Acts == 0 && MessageActs.MustBeDone(flight.Type, flight.ToKind))
        {
            _at.Find("message-done", $"message {sequence} of shard {from}, of type {flight.Type}, was consumed by {System.Text.Encoding.UTF8.GetString(flight.Key)} and nothing came of it");
        }
    }

    private struct ShardLog
    {
        internal long Position;
        internal long Epoch;
        internal long RecordedTime;
        internal long BusinessTime;
    }

    private sealed class ParkedFlight
    {
        internal Flight Flight;
        internal bool Released;
    }
}
