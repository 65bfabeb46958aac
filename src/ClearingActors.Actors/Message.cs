using ClearingActors.Actors.Wire;

namespace ClearingActors.Actors;

/// <summary>Something sent to an actor: a command from outside, or a message from another actor. Immutable once sent.</summary>
public abstract class Message
{
    /// <summary>Creates a message for <paramref name="to"/>.</summary>
    protected Message(ActorAddress to)
    {
        To = to;
    }

    /// <summary>The receiving actor.</summary>
    public ActorAddress To { get; }

    /// <summary>The message's number in the journal's list of message types.</summary>
    public abstract int Type { get; }

    /// <summary>
    /// Where an outside caller waits for the answer; carried along the path of a trade in memory only, never journaled. An answer that finds
    /// it gone is not lost: the source's actor keeps it.
    /// </summary>
    public ReplyTo ReplyTo { get; set; }

    /// <summary>Writes the body in the protobuf wire format.</summary>
    public abstract void Write(WireWriter writer);
}

/// <summary>A command from outside, with the principal whose decision it is. Only commands are ever refused for load.</summary>
public abstract class Command : Message
{
    /// <summary>Creates a command for <paramref name="to"/> by <paramref name="principal"/>.</summary>
    protected Command(ActorAddress to, string principal)
        : base(to)
    {
        Principal = principal;
    }

    /// <summary>Who asks, as the journal records it.</summary>
    public string Principal { get; }

    /// <summary>True for a command that only reads; it leaves no trace in the journal.</summary>
    public virtual bool IsRead => false;

    /// <summary>How many ordinary messages it counts for in a shard's turn: above 1 for one that computes long, so that trades do not wait for a turn full of them.</summary>
    public virtual int Weight => 1;

    /// <summary>Commands are decided on arrival and never journaled as messages.</summary>
    public override int Type => 0;

    /// <inheritdoc/>
    public override void Write(WireWriter writer) => throw new InvalidOperationException($"{GetType().Name} is a command; commands are not journaled as messages");
}

/// <summary>An outside caller's place for one answer.</summary>
/// <param name="Sink">Null when nobody waits.</param>
/// <param name="Token">The caller's own number for the question.</param>
public readonly record struct ReplyTo(IReplySink? Sink, long Token)
{
    /// <summary>Nobody waits.</summary>
    public static ReplyTo None => default;
}

/// <summary>Takes answers for outside callers. Called on worker threads: must not block and must not throw.</summary>
public interface IReplySink
{
    /// <summary>Answers the question <paramref name="token"/>.</summary>
    void Reply(long token, object answer);
}

/// <summary>Why a command got no decision.</summary>
public enum CommandFailureKind
{
    /// <summary>The outcome is unknown: send the same id again.</summary>
    Unavailable,

    /// <summary>Refused for load; nothing was changed.</summary>
    ResourceExhausted,

    /// <summary>The command made its actor throw; nothing was changed.</summary>
    Internal,
}

/// <summary>The answer to a command that got no decision.</summary>
public sealed record CommandFailure(CommandFailureKind Kind, string Message);
