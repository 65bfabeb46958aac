using System.Collections.Concurrent;
using ClearingActors.Domain.Novation;

namespace ClearingActors.Engine.Actors;

/// <summary>The ids of trade source actors, <c>source/lane</c>; kept, since one is needed for every trade.</summary>
internal static class LaneKeys
{
    /// <summary>Keys kept; sources are defined by operators, so this is never near.</summary>
    private const int Capacity = 65_536;

    private static readonly ConcurrentDictionary<(SourceId, int), string> Known = new();

    internal static string Of(SourceId source, int lane)
    {
        if (Known.TryGetValue((source, lane), out var key))
        {
            return key;
        }

        key = $"{source.Value}/{lane}";
        if (Known.Count < Capacity)
        {
            Known.TryAdd((source, lane), key);
        }

        return key;
    }
}
