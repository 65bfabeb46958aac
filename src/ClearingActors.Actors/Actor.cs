using ClearingActors.Actors.Wire;

namespace ClearingActors.Actors;

/// <summary>
/// A state and what may change it. <see cref="Receive"/> decides: it reads the state and the shard's inputs and writes events, messages, replies and timers
/// to the turn, applying each event as it goes. <see cref="Apply"/> replays one event. Neither reads a clock, a random number or another actor.
/// </summary>
public abstract class Actor
{
    /// <summary>Who the actor is.</summary>
    public required ActorAddress Address { get; init; }

    /// <summary>False while the actor has no state worth keeping; such an actor is forgotten after its step.</summary>
    public abstract bool Exists { get; }

    /// <summary>
    /// Callers whose answer the actor gives later, kept in memory only. When the shard is dropped they are told that the outcome is unknown, instead of nothing at all.
    /// </summary>
    public virtual IEnumerable<ReplyTo> Waiting => [];

    /// <summary>Decides upon a message or command.</summary>
    public abstract void Receive(Message message, Turn turn);

    /// <summary>A timer that the actor had set is due.</summary>
    public virtual void TimerFired(string timer, Turn turn) => throw new InvalidOperationException($"{Address} has no timer '{timer}'");

    /// <summary>Replays an event: only adds and assigns.</summary>
    public abstract void Apply(int type, ReadOnlySpan<byte> body);

    /// <summary>Writes the whole state; equal states write equal bytes.</summary>
    public abstract void Save(WireWriter writer, SnapshotParts parts);

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public abstract void Load(ReadOnlySpan<byte> body, SnapshotParts parts);
}

/// <summary>What the runtime needs of the program that it runs.</summary>
public interface IShardProgram
{
    /// <summary>The version of the actors' snapshot encoding; another version's snapshots are ignored.</summary>
    int SchemaVersion { get; }

    /// <summary>What the actors of one shard share: their inputs. Made before the shard's first actor.</summary>
    ShardScope CreateScope(int shard);

    /// <summary>The kind of the actor that every shard has from its first moment, addressed by <see cref="AddressBook.OfShard"/>; 0 if there is none.</summary>
    int ShardActorKind => 0;

    /// <summary>A new actor without state.</summary>
    Actor Create(ActorAddress address, ShardScope scope);

    /// <summary>Reads a message that <see cref="Message.Write"/> wrote.</summary>
    Message ReadMessage(ActorAddress to, int type, ReadOnlySpan<byte> body);
}

/// <summary>What the actors of one shard share.</summary>
public abstract class ShardScope
{
    /// <summary>Work begun and not finished (open trades); bounds admission.</summary>
    public int OpenWork { get; set; }

    /// <summary>
    /// A small piece of what the shard does between turns with state that follows from its actors' and is never journaled. On the shard's thread; true if there is more.
    /// </summary>
    public virtual bool Work() => false;

    /// <summary>
    /// What the shard's own work hands in: a command to one of its actors, decided in a turn like any other. Asked for after every <see cref="Work"/>; null if there is none. It may
    /// be refused for load as others are; its <see cref="Message.ReplyTo"/> is told so.
    /// </summary>
    public virtual Command? TakeCommand() => null;

    /// <summary>True while work is under way that will end in a command; a shard that has some is not quiet yet.</summary>
    public virtual bool OwesCommand => false;
}
