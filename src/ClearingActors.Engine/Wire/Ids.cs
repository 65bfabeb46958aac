using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Engine.Wire;

/// <summary>Ids from their UTF-8 bytes. Those that recur share one string.</summary>
internal static class Ids
{
    internal static AccountId Account(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? default : AccountId.Parse(IdPool.Intern(utf8));

    internal static ClientId Client(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? default : ClientId.Parse(IdPool.Intern(utf8));

    internal static InstrumentId Instrument(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? default : InstrumentId.Parse(IdPool.Intern(utf8));

    internal static SourceId Source(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? default : SourceId.Parse(IdPool.Intern(utf8));

    internal static MemberId Member(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? default : MemberId.Parse(IdPool.Intern(utf8));

    internal static MarkSourceId MarkSource(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? default : MarkSourceId.Parse(IdPool.Intern(utf8));
}
