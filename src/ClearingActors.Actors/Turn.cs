using ClearingActors.Actors.Wire;

namespace ClearingActors.Actors;

/// <summary>
/// One turn of a shard while it is made: what each step decided, in order, in the encoding of the journal. The unit of durability.
/// </summary>
public sealed class Turn
{
    private readonly WireWriter _writer = new(64 * 1024);
    private readonly List<PendingReply> _replies = [];
    private readonly List<(Message Message, long Sequence)> _sent = [];
    private readonly Shard _shard;
    private int _stepStart;
    private int _stepBody;
    private int _stepMark;
    private int _eventStart;
    private int _eventBody;
    private int _repliesAtStep;
    private bool _dirty;
    private bool _dirtyBefore;
    private bool _keep;
    private int _causeShard;
    private long _causeSequence;
    private ActorAddress _actor = null!;

    internal Turn(Shard shard)
    {
        _shard = shard;
    }

    /// <summary>Business time of this step, UTC nanoseconds: durable, house-wide, and the only clock that a decision may use.</summary>
    public long BusinessTime => _shard.BusinessTime;

    /// <summary>The principal of the command being decided; empty for messages and timers.</summary>
    public string Principal { get; private set; } = "";

    internal int Length => _writer.Length;

    internal ReadOnlySpan<byte> Payload => _writer.Written;

    internal List<PendingReply> Replies => _replies;

    internal List<(Message Message, long Sequence)> Sent => _sent;

    internal bool StepIsClean => !_dirty && !_dirtyBefore;

    internal int Steps { get; private set; }

    /// <summary>Events written in this turn.</summary>
    internal int Events { get; private set; }

    /// <summary>Starts an event; write its fields, then call <see cref="EndEvent"/>, then apply it to the state.</summary>
    /// <param name="type">The event's number in the journal's list of event types.</param>
    public WireWriter BeginEvent(int type)
    {
        _dirty = true;
        Events++;
        _eventStart = _writer.Begin(TurnFields.StepEvent);
        _eventBody = _writer.Begin(type);
        return _writer;
    }

    /// <summary>Ends the event.</summary>
    public void EndEvent()
    {
        _writer.End(_eventBody);
        _writer.End(_eventStart);
    }

    /// <summary>Sends a message; it leaves when the turn is durable and arrives exactly once, in order on its channel.</summary>
    public void Send(Message message)
    {
        _dirty = true;
        var sequence = _shard.NextSequence(message.To.Shard);
        var start = _writer.Begin(TurnFields.StepSent);
        _writer.Field(TurnFields.SentToShard, message.To.Shard);
        _writer.Field(TurnFields.SentSequence, sequence);
        _writer.Field(TurnFields.SentToKind, message.To.Kind);
        _writer.Field(TurnFields.SentToKey, message.To.Key);
        var bodyStart = _writer.Begin(TurnFields.SentBody);
        var inner = _writer.Begin(message.Type);
        message.Write(_writer);
        _writer.End(inner);
        _writer.End(bodyStart);
        _writer.End(start);
        _sent.Add((message, sequence));
    }

    /// <summary>Answers an outside caller when the turn is durable; nothing happens where nobody waits.</summary>
    public void Reply(ReplyTo to, object answer)
    {
        if (to.Sink is not null)
        {
            _replies.Add(new PendingReply(to, answer));
        }
    }

    /// <summary>Sets (or moves) a durable timer of the actor; it fires once, when business time reaches <paramref name="due"/>.</summary>
    public void SetTimer(string name, long due)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(due, 1);
        _dirty = true;
        TimerField(name, due);
        _shard.Timers.Set(_actor, name, due);
    }

    /// <summary>Takes a timer back; nothing happens when there is none.</summary>
    public void CancelTimer(string name)
    {
        _dirty = true;
        TimerField(name, 0);
        _shard.Timers.Cancel(_actor, name);
    }

    /// <summary>Moves the shard's business time forward; an earlier instant is refused by the caller, who decides.</summary>
    public void AdvanceBusinessTime(long instant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(instant, _shard.BusinessTime);
        _dirty = true;
        _writer.Field(TurnFields.StepBusinessTime, instant);
        _shard.BusinessTime = instant;
    }

    /// <summary>
    /// Goes on with another actor of the same shard, for the same cause: what the shard's directory does for each of its accounts is one turn, done as a whole or
    /// not at all.
    /// </summary>
    public void Continue(ActorAddress actor)
    {
        if (actor.Shard != _shard.Number)
        {
            throw new InvalidOperationException($"{actor} does not live in shard {_shard.Number}");
        }

        var dirty = _dirty || _dirtyBefore;
        var replies = _repliesAtStep;
        EndStep(_keep);
        BeginStep(actor, _causeShard, _causeSequence, Principal, "");
        _dirtyBefore = dirty;
        _repliesAtStep = replies;
    }

    /// <summary>True if the actor of this shard was set aside; it must not be touched until an operator releases it.</summary>
    public bool IsQuarantined(ActorAddress actor) => _shard.IsQuarantined(actor);

    internal void Start()
    {
        _writer.Clear();
        _replies.Clear();
        _sent.Clear();
        Steps = 0;
        Events = 0;
        _writer.Field(TurnFields.BusinessTime, _shard.BusinessTime);
    }

    internal void BeginStep(ActorAddress actor, int causeShard, long causeSequence, string principal, string timer)
    {
        _actor = actor;
        Principal = principal;
        _stepMark = _writer.Length;
        _repliesAtStep = _replies.Count;
        _dirty = false;
        _dirtyBefore = false;
        _keep = timer.Length > 0;
        _causeShard = causeShard;
        _causeSequence = causeSequence;
        _stepStart = _writer.Begin(TurnFields.Step);
        _writer.Field(TurnFields.StepActorKind, actor.Kind);
        _writer.Field(TurnFields.StepActorKey, actor.Key);
        if (causeSequence > 0)
        {
            _writer.Field(TurnFields.StepCauseShard, causeShard + 1);
            _writer.Field(TurnFields.StepCauseSequence, causeSequence);
        }

        _writer.Field(TurnFields.StepPrincipal, principal);
        _writer.Field(TurnFields.StepTimer, timer);
        _stepBody = _writer.Length;
    }

    /// <summary>Ends the step. One that decided nothing leaves no trace, unless it must (a fired timer).</summary>
    internal void EndStep(bool keep)
    {
        if (!_dirty && !keep && !_keep)
        {
            _writer.Truncate(_stepMark);
            return;
        }

        _writer.End(_stepStart);
        Steps++;
    }

    /// <summary>Takes back all that a clean step wrote, so that the step can be told otherwise, of the actor whose step it was before it went on with others.</summary>
    internal void RestartStep(ActorAddress actor)
    {
        if (!StepIsClean)
        {
            throw new InvalidOperationException("a step that has changed state cannot be taken back");
        }

        _replies.RemoveRange(_repliesAtStep, _replies.Count - _repliesAtStep);
        if (actor.Equals(_actor))
        {
            _writer.Truncate(_stepBody);
        }
        else
        {
            _writer.Truncate(_stepMark);
            BeginStep(actor, _causeShard, _causeSequence, Principal, "");
        }
    }

    internal void Quarantine(string reason)
    {
        _dirty = true;
        _writer.Field(TurnFields.StepQuarantined, reason);
    }

    internal void Release()
    {
        _dirty = true;
        _writer.Field(TurnFields.StepReleased, true);
    }

    internal void Park(int fromShard, long sequence, Message message)
    {
        _dirty = true;
        var start = _writer.Begin(TurnFields.StepParked);
        _writer.Field(TurnFields.ParkedFromShard, fromShard);
        _writer.Field(TurnFields.ParkedSequence, sequence);
        var bodyStart = _writer.Begin(TurnFields.ParkedBody);
        var inner = _writer.Begin(message.Type);
        message.Write(_writer);
        _writer.End(inner);
        _writer.End(bodyStart);
        _writer.End(start);
    }

    internal void Consumed(int fromShard, long upTo)
    {
        var start = _writer.Begin(TurnFields.Consumed);
        _writer.Field(TurnFields.ConsumedFromShard, fromShard);
        _writer.Field(TurnFields.ConsumedSequence, upTo);
        _writer.End(start);
    }

    private void TimerField(string name, long due)
    {
        var start = _writer.Begin(TurnFields.StepTimerChange);
        _writer.Field(TurnFields.TimerName, name);
        _writer.Field(TurnFields.TimerDue, due);
        _writer.End(start);
    }
}

/// <summary>An answer that waits for its turn to be durable.</summary>
internal readonly record struct PendingReply(ReplyTo To, object Answer);
