using ClearingActors.Actors.Wire;

namespace ClearingActors.Actors;

/// <summary>A message as the journal holds it, not read yet: most messages of a replay were consumed long ago and need no object.</summary>
internal sealed class JournaledMessage : Message
{
    private readonly ReadOnlyMemory<byte> _body;

    internal JournaledMessage(ActorAddress to, int type, ReadOnlyMemory<byte> body)
        : base(to)
    {
        Type = type;
        _body = body;
    }

    public override int Type { get; }

    internal ReadOnlySpan<byte> Body => _body.Span;

    public override void Write(WireWriter writer) => writer.Raw(_body.Span);
}
