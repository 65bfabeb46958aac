using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Ledger;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Messages;

/// <summary>The other half of an entry in a security or coin, for one of the CCP's own accounts.</summary>
internal sealed class BookAsset(ActorAddress to, AssetEntry entry) : Message(to)
{
    private readonly AssetEntry _entry = entry;

    public override int Type => MessageTypes.BookAsset;

    internal ref readonly AssetEntry Entry => ref _entry;

    public override void Write(WireWriter writer) => CollateralWire.Write(writer, Entry);

    internal static BookAsset Read(ActorAddress to, ReadOnlySpan<byte> body) => new(to, CollateralWire.ReadEntry(body));
}
