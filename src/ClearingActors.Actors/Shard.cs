using System.Security.Cryptography;
using ClearingActors.Actors.Channels;
using ClearingActors.Actors.Fabric;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>
/// A shard in memory: its actors, channels and timers. Single-threaded. Its state may be ahead of the journal by the turns handed over; nothing leaves it before
/// the turn that it tells of is durable.
/// </summary>
internal sealed partial class Shard
{
    /// <summary>Stands for the shard's timers where a poisoned message names the shard that sent it.</summary>
    private const int TimerPoison = -1;

    private readonly IShardProgram _program;
    private readonly AddressBook _book;
    private readonly RuntimeOptions _options;
    private readonly IRuntimeObserver _observer;
    private readonly Dictionary<ActorAddress, Actor> _actors = [];
    private readonly Dictionary<ActorAddress, Quarantine> _quarantined = [];
    private readonly Outbox?[] _outboxes;
    private readonly Inbound[] _inbound;
    private readonly Queue<Packet> _packets = new();
    private readonly Queue<Command> _commands = new();
    private readonly Queue<HandedTurn> _unanswered = new();
    private readonly List<int> _consumedFrom = [];
    private readonly List<int> _sentTo = [];
    private readonly bool[] _sentToSeen;
    private readonly Turn _turn;
    private readonly IncrementalHash _hash = RowLeaf.NewHasher();
    private HashSet<string> _storedParts = new(StringComparer.Ordinal);
    private readonly HashSet<(int From, long Sequence)> _poison;
    private List<(ActorAddress Actor, Exception Error, string Reason)>? _setAside;
    private long _turnTimeFloor;
    private readonly Stack<HandedTurn> _spare = new();
    private HandedTurn? _lastHanded;
    private int _outboxCount;
    private readonly byte[] _durableLeaf = new byte[RowLeaf.Size];

    internal Shard(int number, IShardProgram program, AddressBook book, RuntimeOptions options, IRuntimeObserver observer, HashSet<(int From, long Sequence)> poison)
    {
        Number = number;
        _program = program;
        _book = book;
        _options = options;
        _observer = observer;
        _poison = poison;
        _outboxes = new Outbox?[book.ShardCount];
        _inbound = new Inbound[book.ShardCount];
        _sentToSeen = new bool[book.ShardCount];
        Scope = program.CreateScope(number);
        _turn = new Turn(this);
        if (program.ShardActorKind != 0)
        {
            FindOrCreate(AddressBook.OfShard(program.ShardActorKind, number));
        }
    }

    internal int Number { get; }

    internal long Epoch { get; set; }

    /// <summary>The last turn handed over.</summary>
    internal long Position { get; private set; }

    /// <summary>The last durable turn.</summary>
    internal long DurablePosition { get; private set; }

    internal long RecordedTime { get; private set; }

    internal long BusinessTime { get; set; }

    internal ShardScope Scope { get; }

    internal Timers Timers { get; } = new();

    internal int UnansweredTurns => _unanswered.Count;

    internal int OutboxCount => _outboxCount;

    internal int QueuedCommands => _commands.Count;

    internal int QueuedPackets => _packets.Count;

    internal long BytesSinceSnapshot { get; private set; }

    internal IEnumerable<Actor> Actors => _actors.Values;

    internal int QuarantinedActors => _quarantined.Count;

    /// <summary>
    /// True when the log has grown enough since the last snapshot. Not while the outbox is long: after the replay of a long log it holds what its receivers have had
    /// for long and are about to say so, and a snapshot would write it all.
    /// </summary>
    internal bool SnapshotDue => BytesSinceSnapshot >= _options.SnapshotEveryBytes && _outboxCount < _options.OutboxPerShard / 4;

    internal bool HasWork => _packets.Count > 0 || _commands.Count > 0 || Timers.TryDue(BusinessTime, out _, out _);

    /// <summary>The message or command whose step left the state half changed, after <see cref="RunTurn"/> threw.</summary>
    internal (int From, long Sequence, Command? Command) Culprit { get; private set; }

    internal bool IsQuarantined(ActorAddress address) => _quarantined.ContainsKey(address);

    internal Actor? Find(ActorAddress address) => _actors.GetValueOrDefault(address);

    /// <summary>
    /// Takes a packet from another shard (or this one). False when the packet proves that another owner has gone on with this shard: the receiver of a channel holds
    /// durably what this memory has never sent.
    /// </summary>
    internal bool Accept(in Packet packet, List<Packet> outgoing, long nowMs)
    {
        switch (packet.Kind)
        {
            case PacketKind.Message:
                ref var inbound = ref _inbound[packet.From];
                if (packet.Sequence == inbound.Queued + 1)
                {
                    inbound.Queued = packet.Sequence;
                    _packets.Enqueue(packet);
                }
                else if (packet.Sequence > inbound.Queued)
                {
                    if (nowMs - inbound.ResyncAskedAt >= 100)
                    {
                        inbound.ResyncAskedAt = nowMs;
                        outgoing.Add(new Packet(PacketKind.Resync, Number, packet.From, inbound.Durable, null, 0));
                    }
                }
                else if (packet.Sequence <= inbound.Durable)
                {
                    // A repeat of what is durable here: the acknowledgement was lost.
                    outgoing.Add(new Packet(PacketKind.Watermark, Number, packet.From, inbound.Durable, null, 0));
                }

                break;
            case PacketKind.Watermark:
            case PacketKind.Resync:
                if (packet.Sequence > (_outboxes[packet.From]?.Durable ?? 0))
                {
                    return false;
                }

                if (_outboxes[packet.From] is { } outbox)
                {
                    var before = outbox.Count;
                    outbox.Acknowledge(packet.Sequence);
                    _outboxCount -= before - outbox.Count;
                    outbox.ProgressAt = nowMs;
                    if (packet.Kind == PacketKind.Resync)
                    {
                        outbox.Rewind();
                    }

                    Pump(packet.From, outbox, outgoing, nowMs);
                }

                break;
            case PacketKind.Probe:
                outgoing.Add(new Packet(PacketKind.Resync, Number, packet.From, _inbound[packet.From].Durable, null, 0));
                break;
            default:
                throw new InvalidOperationException($"packet kind {packet.Kind}");
        }

        return true;
    }

    /// <summary>Admits a command, or answers it at once that there is no room.</summary>
    internal void Admit(Command command)
    {
        string? reason = null;
        if (_commands.Count >= _options.CommandsPerShard)
        {
            reason = $"shard {Number} has {_commands.Count} commands waiting, its limit; send the same id again later";
        }
        else if (!command.IsRead && _outboxCount >= _options.OutboxPerShard)
        {
            reason = $"shard {Number} has {_outboxCount} messages unacknowledged, its limit {_options.OutboxPerShard}; send the same id again later";
        }
        else if (!command.IsRead && Scope.OpenWork >= _options.OpenWorkPerShard)
        {
            reason = $"shard {Number} has {Scope.OpenWork} trades open, its limit {_options.OpenWorkPerShard}; send the same id again later";
        }

        if (reason is null)
        {
            _commands.Enqueue(command);
        }
        else
        {
            command.ReplyTo.Sink?.Reply(command.ReplyTo.Token, new CommandFailure(CommandFailureKind.ResourceExhausted, reason));
        }
    }

    /// <summary>
    /// Runs one turn: due timers, then messages of other shards, then commands. Null when nothing came of it. Throws <see cref="StepFailedException"/> when a step
    /// left the state half changed; the shard must then be dropped and loaded again.
    /// </summary>
    internal HandedTurn? RunTurn(long utcNow)
    {
        _turn.Start();
        _consumedFrom.Clear();
        _turnTimeFloor = 0;
        var budget = _options.MessagesPerTurn;
        FireTimers(ref budget);
        while (budget > 0 && _turn.Length < _options.BytesPerTurn && _packets.TryDequeue(out var packet))
        {
            budget--;
            Consume(packet);
            FireTimers(ref budget);
        }

        while (budget > 0 && _turn.Length < _options.BytesPerTurn && _packets.Count == 0 && _commands.TryDequeue(out var command))
        {
            budget -= command.Weight;
            Decide(command);
        }

        return HandOver(utcNow);
    }

    /// <summary>The turn is durable: releases its messages and replies, and acknowledges what it consumed.</summary>
    internal void TurnDurable(HandedTurn turn, List<Packet> outgoing, long nowMs)
    {
        if (_unanswered.Count == 0 || !ReferenceEquals(_unanswered.Dequeue(), turn))
        {
            throw new InvalidOperationException($"shard {Number}: turn {turn.Position} was answered out of order");
        }

        DurablePosition = turn.Position;
        turn.Leaf.CopyTo(_durableLeaf, 0);
        foreach (var (from, upTo) in turn.Consumed)
        {
            _inbound[from].Durable = upTo;
            outgoing.Add(new Packet(PacketKind.Watermark, Number, from, upTo, null, 0));
        }

        foreach (var (to, upTo) in turn.Sent)
        {
            var outbox = _outboxes[to]!;
            outbox.Durable = upTo;
            Pump(to, outbox, outgoing, nowMs);
        }

        foreach (var reply in turn.Replies)
        {
            reply.To.Sink!.Reply(reply.To.Token, reply.Answer);
        }

        if (turn.SetAside is { } setAside)
        {
            foreach (var (actor, error, reason) in setAside)
            {
                _observer.ActorQuarantined(actor, error, reason);
            }
        }
    }

    /// <summary>After a load: says to every sender where this shard stands, and asks every receiver where it stands.</summary>
    internal void Synchronise(List<Packet> outgoing)
    {
        for (var other = 0; other < _inbound.Length; other++)
        {
            outgoing.Add(new Packet(PacketKind.Resync, Number, other, _inbound[other].Durable, null, 0));
            if (_outboxes[other] is { Count: > 0 })
            {
                outgoing.Add(new Packet(PacketKind.Probe, Number, other, 0, null, 0));
            }
        }
    }

    /// <summary>Asks again on every channel that has waited for <see cref="RuntimeOptions.ChannelTimeout"/>.</summary>
    internal void ProbeStalledChannels(List<Packet> outgoing, long nowMs)
    {
        for (var to = 0; to < _outboxes.Length; to++)
        {
            if (_outboxes[to] is { Count: > 0 } outbox && outbox.Durable > outbox.Acknowledged && nowMs - outbox.ProgressAt >= (long)_options.ChannelTimeout.TotalMilliseconds)
            {
                outbox.ProgressAt = nowMs;
                outgoing.Add(new Packet(PacketKind.Probe, Number, to, 0, null, 0));
            }
        }
    }

    /// <summary>Answers all that waits with "outcome unknown"; the shard is being dropped.</summary>
    internal void FailWaiting(string reason)
    {
        var failure = new CommandFailure(CommandFailureKind.Unavailable, reason);
        var told = Culprit.Command?.ReplyTo ?? ReplyTo.None;
        void Fail(ReplyTo to)
        {
            if (to != told)
            {
                to.Sink?.Reply(to.Token, failure);
            }
        }

        foreach (var command in _commands)
        {
            Fail(command.ReplyTo);
        }

        foreach (var turn in _unanswered)
        {
            turn.Replies.ForEach(reply => Fail(reply.To));
        }

        _turn.Replies.ForEach(reply => Fail(reply.To));
        _turn.Sent.ForEach(sent => Fail(sent.Message.ReplyTo));
        foreach (var actor in _actors.Values)
        {
            foreach (var waiting in actor.Waiting)
            {
                Fail(waiting);
            }
        }

        // It will leave again without its caller, whom a load does not know. What has left before may still be answered by its receiver, unless that is dropped too, as when
        // the store's connection breaks under both: the caller who is told here that the outcome is unknown asks again and gets it.
        foreach (var outbox in _outboxes)
        {
            foreach (var (_, message, _) in outbox?.Held() ?? [])
            {
                Fail(message.ReplyTo);
            }
        }

        _commands.Clear();
        _packets.Clear();
        _unanswered.Clear();
    }

    internal long NextSequence(int toShard)
    {
        if (!_sentToSeen[toShard])
        {
            _sentToSeen[toShard] = true;
            _sentTo.Add(toShard);
        }

        return (_outboxes[toShard] ??= new Outbox(_options.ChannelWindow)).Next();
    }

    private void Pump(int to, Outbox outbox, List<Packet> outgoing, long nowMs)
    {
        while (outbox.TryRelease(out var sequence, out var message, out var recordedTime))
        {
            if (message is JournaledMessage journaled)
            {
                message = _program.ReadMessage(journaled.To, journaled.Type, journaled.Body);
                outbox.Replace(sequence, message);
            }

            outbox.ProgressAt = nowMs;
            outgoing.Add(new Packet(PacketKind.Message, Number, to, sequence, message, recordedTime));
        }
    }

    private void FireTimers(ref int budget)
    {
        while (budget > 0 && Timers.TryDue(BusinessTime, out var address, out var name))
        {
            budget--;
            _turn.BeginStep(address, 0, 0, "", name);
            Timers.Cancel(address, name);
            if (_quarantined.ContainsKey(address))
            {
                // Nothing may be lost: the timer comes again, and again, until the actor is released.
                _turn.SetTimer(name, BusinessTime + 60_000_000_000);
                _turn.EndStep(keep: true);
                continue;
            }

            var actor = FindOrCreate(address);
            try
            {
                if (_poison.Contains((TimerPoison, TimerNumber(address, name))))
                {
                    throw new InvalidOperationException($"timer {name} left the shard half changed when it last fired");
                }

                actor.TimerFired(name, _turn);
            }
            catch (Exception error) when (_turn.StepIsClean)
            {
                _turn.RestartStep(address);
                SetAside(address, error);
                _turn.SetTimer(name, BusinessTime + 60_000_000_000);
            }
            catch (Exception error)
            {
                Culprit = (TimerPoison, TimerNumber(address, name), null);
                throw new StepFailedException($"timer {name} of {address}", error);
            }

            _turn.EndStep(keep: true);
            Forget(actor);
        }
    }

    private void Consume(in Packet packet)
    {
        ref var inbound = ref _inbound[packet.From];
        if (packet.Sequence != inbound.Consumed + 1)
        {
            throw new InvalidOperationException($"shard {Number}: message {packet.Sequence} of shard {packet.From} where {inbound.Consumed + 1} is due");
        }

        if (!inbound.Touched)
        {
            inbound.Touched = true;
            _consumedFrom.Add(packet.From);
        }

        inbound.Consumed = packet.Sequence;
        _turnTimeFloor = Math.Max(_turnTimeFloor, packet.RecordedTime);
        Run(packet.From, packet.Sequence, packet.Message!);
    }

    private void Run(int from, long sequence, Message message)
    {
        var address = message.To;
        _turn.BeginStep(address, from, sequence, "", "");
        if (_quarantined.TryGetValue(address, out var quarantine))
        {
            _turn.Park(from, sequence, message);
            quarantine.Parked.Add((from, sequence, message));
            _turn.EndStep(keep: true);
            return;
        }

        var actor = FindOrCreate(address);
        try
        {
            if (_poison.Contains((from, sequence)))
            {
                throw new InvalidOperationException($"message {sequence} of shard {from} left the shard half changed when it was last run");
            }

            actor.Receive(message, _turn);
        }
        catch (Exception error) when (_turn.StepIsClean)
        {
            _turn.RestartStep(address);
            SetAside(address, error);
            _turn.Park(from, sequence, message);
            _quarantined[address].Parked.Add((from, sequence, message));
        }
        catch (Exception error)
        {
            Culprit = (from, sequence, null);
            throw new StepFailedException($"message {sequence} of shard {from} ({message.GetType().Name}) to {address}", error);
        }

        _turn.EndStep(keep: false);
        Forget(actor);
    }

    private void Decide(Command command)
    {
        var address = command.To;
        if (command is ReleaseQuarantined)
        {
            Release(command);
            return;
        }

        if (_quarantined.ContainsKey(address))
        {
            Refuse(command, $"{address} is quarantined; an operator must release it");
            return;
        }

        _turn.BeginStep(address, 0, 0, command.Principal, "");
        var actor = FindOrCreate(address);
        try
        {
            actor.Receive(command, _turn);
        }
        catch (Exception error) when (_turn.StepIsClean)
        {
            _turn.RestartStep(address);
            _observer.CommandFailed(address, command.GetType().Name, error);
            Refuse(command, $"the command failed and changed nothing: {error.Message}");
        }
        catch (Exception error)
        {
            Culprit = (0, 0, command);
            throw new StepFailedException($"command {command.GetType().Name} to {address}", error);
        }

        if (command.IsRead && !_turn.StepIsClean)
        {
            throw new InvalidOperationException($"{command.GetType().Name} is a read and changed {address}");
        }

        _turn.EndStep(keep: false);
        Forget(actor);
    }

    private void Release(Command command)
    {
        if (!_quarantined.Remove(command.To, out var quarantine))
        {
            Refuse(command, $"{command.To} is not quarantined");
            return;
        }

        _turn.BeginStep(command.To, 0, 0, command.Principal, "");
        _turn.Release();
        _turn.Reply(command.ReplyTo, new QuarantineReleased(quarantine.Parked.Count));
        _turn.EndStep(keep: true);
        _poison.RemoveWhere(static p => p.From == TimerPoison);
        foreach (var (from, sequence, message) in quarantine.Parked)
        {
            _poison.Remove((from, sequence));
            Run(from, sequence, message is JournaledMessage journaled ? _program.ReadMessage(journaled.To, journaled.Type, journaled.Body) : message);
        }
    }

    private void Refuse(Command command, string reason) => _turn.Reply(command.ReplyTo, new CommandFailure(CommandFailureKind.Internal, reason));

    private void SetAside(ActorAddress address, Exception error)
    {
        var reason = $"{error.GetType().Name}: {error.Message}";
        _turn.Quarantine(reason);
        _quarantined.Add(address, new Quarantine(reason, []));
        (_setAside ??= []).Add((address, error, reason));
    }

    private static long TimerNumber(ActorAddress address, string name)
    {
        var hash = 14695981039346656037ul;
        foreach (var c in $"{address}/{name}")
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return (long)(hash >> 1) | 1;
    }

    private Actor FindOrCreate(ActorAddress address)
    {
        if (!_actors.TryGetValue(address, out var actor))
        {
            actor = _program.Create(address, Scope);
            _actors.Add(address, actor);
        }

        return actor;
    }

    private void Forget(Actor actor)
    {
        if (!actor.Exists)
        {
            _actors.Remove(actor.Address);
        }
    }

    private HandedTurn? HandOver(long utcNow)
    {
        if (_turn.Steps == 0 && _consumedFrom.Count == 0)
        {
            ReleaseReads();
            return null;
        }

        var handed = _spare.Count > 0 ? _spare.Pop() : new HandedTurn();
        foreach (var from in _consumedFrom)
        {
            _inbound[from].Touched = false;
            handed.Consumed.Add((from, _inbound[from].Consumed));
            _turn.Consumed(from, _inbound[from].Consumed);
        }

        RecordedTime = Math.Max(Math.Max(utcNow, RecordedTime + 1), _turnTimeFloor + 1);
        foreach (var (message, sequence) in _turn.Sent)
        {
            _outboxes[message.To.Shard]!.Add(message, sequence, RecordedTime);
        }

        _outboxCount += _turn.Sent.Count;
        _turn.Sent.Clear();
        foreach (var to in _sentTo)
        {
            _sentToSeen[to] = false;
            handed.Sent.Add((to, _outboxes[to]!.Last));
        }

        _sentTo.Clear();
        Position++;
        handed.Take(Number, Epoch, Position, RecordedTime, _turn.Payload, _turn.Events);
        RowLeaf.Compute(Number, Position, Epoch, RecordedTime, _turn.Payload, _hash, handed.Leaf);
        handed.Replies.AddRange(_turn.Replies);
        handed.SetAside = _setAside;
        _setAside = null;
        _turn.Replies.Clear();
        BytesSinceSnapshot += handed.Length;
        _unanswered.Enqueue(handed);
        _lastHanded = handed;
        return handed;
    }

    /// <summary>Takes a turn back that was answered and released.</summary>
    internal void Recycle(HandedTurn turn)
    {
        turn.Recycle();
        _spare.Push(turn);
    }

    /// <summary>Answers of a turn that changed nothing wait behind the last turn that did, since they may tell of it.</summary>
    private void ReleaseReads()
    {
        if (_turn.Replies.Count == 0)
        {
            return;
        }

        if (_unanswered.Count > 0)
        {
            _lastHanded!.Replies.AddRange(_turn.Replies);
        }
        else
        {
            foreach (var reply in _turn.Replies)
            {
                reply.To.Sink!.Reply(reply.To.Token, reply.Answer);
            }
        }

        _turn.Replies.Clear();
    }

    /// <summary>Answers when all turns handed over are durable; at once if they are. Between turns only.</summary>
    internal void AnswerBehind(ReplyTo to, object answer)
    {
        _turn.Replies.Add(new PendingReply(to, answer));
        ReleaseReads();
    }

    /// <summary>The receiving end of the channel from one shard.</summary>
    private struct Inbound
    {
        /// <summary>The last message accepted into the queue.</summary>
        internal long Queued;

        /// <summary>The last message that a turn has consumed, durable or not.</summary>
        internal long Consumed;

        /// <summary>The last message consumed by a durable turn.</summary>
        internal long Durable;

        internal long ResyncAskedAt;

        internal bool Touched;
    }

    private sealed record Quarantine(string Reason, List<(int From, long Sequence, Message Message)> Parked);
}

/// <summary>A step changed the state and then threw.</summary>
internal sealed class StepFailedException(string what, Exception inner) : Exception($"{what}: {inner.GetType().Name}: {inner.Message}", inner);

/// <summary>An operator's command to let a quarantined actor work again; its parked messages run first, in order.</summary>
public sealed class ReleaseQuarantined(ActorAddress to, string principal) : Command(to, principal);

/// <summary>The answer to <see cref="ReleaseQuarantined"/>.</summary>
/// <param name="Messages">The parked messages that were run.</param>
public sealed record QuarantineReleased(int Messages);
