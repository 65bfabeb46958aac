using System.Collections.Concurrent;
using ClearingActors.Actors.Fabric;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>
/// Runs its shards, one turn per shard at a time, and goes on without waiting for the journal. One thread at a time calls <see cref="Step"/>: a thread of its
/// own in production, the simulator's in a simulation.
/// </summary>
internal sealed class Worker
{
    private const int CommandsPerStep = 8192;

    /// <summary>How long readers may keep trades waiting in one round, beside the last that was begun.</summary>
    private static readonly TimeSpan ControlSlice = TimeSpan.FromMilliseconds(1);

    /// <summary>Used lists of packets that are kept to be used again.</summary>
    private const int SparePackets = 256;

    private readonly ConcurrentQueue<List<Packet>> _packets = new();
    private readonly ConcurrentQueue<List<Packet>> _sparePackets = new();
    private readonly ConcurrentQueue<Command> _commands = new();
    private readonly ConcurrentQueue<HandedBatch> _answered = new();
    private readonly ConcurrentQueue<Action> _control = new();
    private readonly Dictionary<int, Shard> _shards = [];
    private readonly List<Shard> _order = [];
    private readonly Queue<Shard> _ready = new();
    private readonly HashSet<Shard> _isReady = [];
    private readonly HashSet<Shard> _snapshotting = [];
    private readonly List<Packet> _outgoing = [];
    private readonly Stack<HandedBatch> _spareBatches = new();
    private readonly RuntimeOptions _options;
    private readonly TimeProvider _time;
    private readonly IRuntimeObserver _observer;
    private readonly JournalWriter _writer;
    private readonly IClusterFabric _fabric;
    private int _unansweredHandOvers;
    private long _unansweredBytes;
    private long _probedAt;
    private long _queuedCommands;
    private long _heldUntilMs;
    private bool _owesCommand;

    internal Worker(int number, RuntimeOptions options, TimeProvider time, IRuntimeObserver observer, JournalWriter writer, IClusterFabric fabric)
    {
        Number = number;
        _options = options;
        _time = time;
        _observer = observer;
        _writer = writer;
        _fabric = fabric;
    }

    internal int Number { get; }

    /// <summary>Called when something was put into one of the queues; wakes the thread.</summary>
    internal Action Wake { get; set; } = static () => { };

    internal IReadOnlyCollection<Shard> Shards => _order;

    internal long QueuedCommands => Volatile.Read(ref _queuedCommands);

    /// <summary>True when nothing is to be done here and nothing is under way to the journal.</summary>
    internal bool Idle => _packets.IsEmpty && (_commands.IsEmpty || Holds(MonotonicMs())) && _answered.IsEmpty && _control.IsEmpty && _unansweredHandOvers == 0 && _ready.Count == 0;

    /// <summary>True while the own work of one of its shards will hand in a command.</summary>
    internal bool OwesCommand => Volatile.Read(ref _owesCommand);

    /// <summary>Leaves new commands in their queue for a while, and finishes what it has. It ends by itself: whoever held it may be gone. Any thread.</summary>
    /// <param name="atMost">How long; 0 ends it.</param>
    internal void Hold(TimeSpan atMost)
    {
        Volatile.Write(ref _heldUntilMs, atMost > TimeSpan.Zero ? MonotonicMs() + (long)Math.Ceiling(atMost.TotalMilliseconds) + 1 : 0);
        Wake();
    }

    internal Shard? Find(int shard) => _shards.GetValueOrDefault(shard);

    /// <summary>Takes copies of the packets. Any thread.</summary>
    internal void Post(ReadOnlySpan<Packet> packets)
    {
        if (!_sparePackets.TryDequeue(out var list))
        {
            list = [];
        }

        list.AddRange(packets);
        _packets.Enqueue(list);
        Wake();
    }

    internal void Post(Command command)
    {
        Interlocked.Increment(ref _queuedCommands);
        _commands.Enqueue(command);
        Wake();
    }

    internal void Post(ReadOnlySpan<Command> commands)
    {
        Interlocked.Add(ref _queuedCommands, commands.Length);
        foreach (var command in commands)
        {
            _commands.Enqueue(command);
        }

        Wake();
    }

    internal void Post(Action control)
    {
        _control.Enqueue(control);
        Wake();
    }

    internal void Answer(HandedBatch batch)
    {
        _answered.Enqueue(batch);
        Wake();
    }

    /// <summary>Takes a loaded shard into this worker's care.</summary>
    internal void Adopt(Shard shard)
    {
        if (_shards.TryGetValue(shard.Number, out var held))
        {
            // Another node may have had the shard meanwhile without this one noticing; what it holds is of an older epoch and void.
            Drop(held, $"shard {shard.Number} was taken again under epoch {shard.Epoch}; send the same id again");
        }

        _shards.Add(shard.Number, shard);
        _order.Add(shard);
        shard.Synchronise(_outgoing);
        MarkReady(shard);
        Wake();
    }

    /// <summary>Forgets a shard; what waited in it is answered "outcome unknown".</summary>
    internal void Drop(Shard shard, string reason)
    {
        _shards.Remove(shard.Number);
        _order.Remove(shard);
        _snapshotting.Remove(shard);
        shard.FailWaiting(reason);
    }

    /// <summary>One round; true when anything was done.</summary>
    internal bool Step()
    {
        var nowMs = MonotonicMs();
        var worked = false;
        while (_answered.TryDequeue(out var batch))
        {
            worked = true;
            TakeAnswer(batch, nowMs);
        }

        while (_packets.TryDequeue(out var packets))
        {
            worked = true;
            foreach (var packet in packets)
            {
                if (_shards.TryGetValue(packet.To, out var shard))
                {
                    if (!shard.Accept(packet, _outgoing, nowMs))
                    {
                        Lose(shard, ShardLoss.Fenced, null);
                    }
                    else if (shard.QueuedPackets > 0)
                    {
                        MarkReady(shard);
                    }
                }
            }

            packets.Clear();
            if (_sparePackets.Count < SparePackets)
            {
                _sparePackets.Enqueue(packets);
            }
        }

        worked |= RunControls();

        if (_unansweredHandOvers < _options.UnansweredHandOvers && _unansweredBytes < _options.UnansweredBytes)
        {
            worked |= !Holds(nowMs) && TakeCommands();
            worked |= RunTurns();
        }

        var owes = false;
        foreach (var shard in _order)
        {
            worked |= shard.Scope.Work();
            if (shard.Scope.TakeCommand() is { } command)
            {
                shard.Admit(command);
                MarkReady(shard);
                worked |= shard.QueuedCommands > 0;
            }

            owes |= shard.Scope.OwesCommand;
        }

        Volatile.Write(ref _owesCommand, owes);

        if (nowMs - _probedAt >= 200)
        {
            _probedAt = nowMs;
            foreach (var shard in _order)
            {
                shard.ProbeStalledChannels(_outgoing, nowMs);
            }
        }

        if (_outgoing.Count > 0)
        {
            _fabric.Post(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_outgoing));
            _outgoing.Clear();
            worked = true;
        }

        return worked;
    }

    /// <summary>Readers have their work done here, and ask again as soon as they have it: they take turns with the trades.</summary>
    private bool RunControls()
    {
        if (_control.IsEmpty)
        {
            return false;
        }

        var began = _time.GetTimestamp();
        while (_control.TryDequeue(out var control))
        {
            control();
            if (_time.GetElapsedTime(began) >= ControlSlice)
            {
                break;
            }
        }

        return true;
    }

    private bool TakeCommands()
    {
        var taken = 0;
        while (taken < CommandsPerStep && _commands.TryDequeue(out var command))
        {
            taken++;
            if (_shards.TryGetValue(command.To.Shard, out var shard))
            {
                shard.Admit(command);
                MarkReady(shard);
            }
            else
            {
                command.ReplyTo.Sink?.Reply(command.ReplyTo.Token, new CommandFailure(CommandFailureKind.Unavailable, $"shard {command.To.Shard} is not owned here just now; send the same id again"));
            }
        }

        if (taken > 0)
        {
            Interlocked.Add(ref _queuedCommands, -taken);
        }

        return taken > 0;
    }

    private bool RunTurns()
    {
        if (_ready.Count == 0)
        {
            return false;
        }

        HandedBatch? batch = null;
        var utcNow = UtcNow();
        for (var left = _ready.Count; left > 0; left--)
        {
            var shard = _ready.Dequeue();
            _isReady.Remove(shard);
            if (!_shards.TryGetValue(shard.Number, out var current) || !ReferenceEquals(current, shard) || _snapshotting.Contains(shard))
            {
                continue;
            }

            if (shard.SnapshotDue)
            {
                _snapshotting.Add(shard);
                SnapshotIfDrained(shard);
                continue;
            }

            HandedTurn? turn;
            try
            {
                turn = shard.RunTurn(utcNow);
            }
            catch (StepFailedException failure)
            {
                Lose(shard, ShardLoss.StepFailed, failure);
                continue;
            }

            if (turn is not null)
            {
                batch ??= _spareBatches.Count > 0 ? _spareBatches.Pop() : new HandedBatch(this);
                batch.Add(turn);
            }

            if (shard.HasWork)
            {
                MarkReady(shard);
            }
        }

        if (batch is not null)
        {
            _unansweredHandOvers++;
            _unansweredBytes += batch.Bytes;
            _writer.Submit(batch);
        }

        return true;
    }

    private void TakeAnswer(HandedBatch batch, long nowMs)
    {
        _unansweredHandOvers--;
        _unansweredBytes -= batch.Bytes;
        foreach (var turn in batch.Turns)
        {
            // A shard that was dropped meanwhile, or taken again under a newer epoch, has nothing to do with this turn.
            if (_shards.TryGetValue(turn.Shard, out var shard) && shard.Epoch == turn.Epoch)
            {
                if (turn.Status == AppendStatus.Appended)
                {
                    shard.TurnDurable(turn, _outgoing, nowMs);
                    _observer.TurnDurable(turn.Shard, turn.Position, turn.RecordedTime, turn.Payload, turn.Events);
                    if (shard.HasWork)
                    {
                        MarkReady(shard);
                    }

                    if (_snapshotting.Contains(shard))
                    {
                        SnapshotIfDrained(shard);
                    }
                }
                else
                {
                    Lose(shard, turn.Status == AppendStatus.Fenced ? ShardLoss.Fenced : ShardLoss.AppendFailed, null);
                }

                shard.Recycle(turn);
            }
            else
            {
                turn.Recycle();
            }
        }

        batch.Clear();
        _spareBatches.Push(batch);
    }

    private void SnapshotIfDrained(Shard shard)
    {
        if (shard.UnansweredTurns > 0)
        {
            return;
        }

        _snapshotting.Remove(shard);
        var (record, parts) = shard.Snapshot();
        _writer.Submit(record, parts, failed => Post(() =>
        {
            shard.SnapshotFailed();
            _observer.SnapshotRefused(record.Shard, record.Position, failed.Message);
        }));
        MarkReady(shard);
    }

    /// <summary>Takes snapshots of all shards that are drained; for an orderly stop.</summary>
    internal void SnapshotAll(Action<SnapshotRecord, IReadOnlyList<SnapshotPart>> store)
    {
        foreach (var shard in _order)
        {
            if (shard.UnansweredTurns == 0 && shard.Position > 0 && shard.BytesSinceSnapshot > 0)
            {
                var (record, parts) = shard.Snapshot();
                store(record, parts);
            }
        }
    }

    private void Lose(Shard shard, ShardLoss reason, StepFailedException? failure)
    {
        if (failure is not null && shard.Culprit.Command is { } command)
        {
            _observer.CommandFailed(command.To, command.GetType().Name, failure);
            command.ReplyTo.Sink?.Reply(command.ReplyTo.Token, new CommandFailure(CommandFailureKind.Internal, $"the command failed and changed nothing: {failure.Message}"));
        }
        else if (failure is not null && shard.Culprit.Sequence > 0)
        {
            _poison[shard.Number].Messages.Add((shard.Culprit.From, shard.Culprit.Sequence));
        }

        Drop(shard, $"shard {shard.Number} is being taken again after {reason}; send the same id again");
        _observer.ShardLost(shard.Number, shard.Epoch, reason, failure);
        _fabric.ShardLost(shard.Number, shard.Epoch, reason);
    }

    private readonly Dictionary<int, (long Epoch, HashSet<(int From, long Sequence)> Messages)> _poison = [];

    /// <summary>
    /// Messages that left a shard half changed; they are set aside with their actor when they come again. Forgotten when another epoch lies between: then what a message
    /// met here was perhaps the state of an owner of old, and it is not the message that was wrong.
    /// </summary>
    /// <param name="shard">The shard that is taken.</param>
    /// <param name="epoch">The epoch under which it is taken now.</param>
    internal HashSet<(int From, long Sequence)> Poison(int shard, long epoch)
    {
        var messages = _poison.TryGetValue(shard, out var known) && known.Epoch == epoch - 1 ? known.Messages : [];
        _poison[shard] = (epoch, messages);
        return messages;
    }

    private void MarkReady(Shard shard)
    {
        if (_isReady.Add(shard))
        {
            _ready.Enqueue(shard);
        }
    }

    private long UtcNow() => (_time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100;

    private bool Holds(long nowMs) => nowMs < Volatile.Read(ref _heldUntilMs);

    private long MonotonicMs() => _time.GetTimestamp() / (_time.TimestampFrequency / 1000);
}
