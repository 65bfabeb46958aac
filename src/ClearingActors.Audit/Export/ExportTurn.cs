using System.Globalization;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Export;

/// <summary>Where something stands: <c>shard:position</c>, and its recorded time, UTC nanoseconds.</summary>
internal readonly record struct ExportPlace(string Turn, long RecordedTime);

/// <summary>A replayed turn: what stands in it, while the house is as it left it.</summary>
internal sealed class ExportTurn(in JournalRow row)
{
    internal int Shard { get; } = row.Shard;

    internal long Position { get; } = row.Position;

    /// <summary>UTC nanoseconds.</summary>
    internal long RecordedTime { get; } = row.RecordedTime;

    internal Turn Content { get; } = Turn.Parser.ParseFrom(row.Payload.Span);

    /// <summary>Business time, UTC nanoseconds: at the turn's start until a step moves it.</summary>
    internal long BusinessTime { get; set; }

    internal ExportPlace Place => new(Name, RecordedTime);

    /// <summary><c>shard:position</c>.</summary>
    internal string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"{row.Shard}:{row.Position}");
}
