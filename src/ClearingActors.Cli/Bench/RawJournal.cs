using System.Diagnostics;
using ClearingActors.Journal;

namespace ClearingActors.Cli.Bench;

/// <summary>The physical limit of a store: rows of a given size, a given number per append, and nothing else.</summary>
internal static class RawJournal
{
    /// <summary>Appends for <paramref name="seconds"/> and gives the rows a second.</summary>
    /// <param name="store">An empty journal.</param>
    /// <param name="rowsPerAppend">Rows in each append, dealt out over the shards.</param>
    /// <param name="bytesPerRow">Payload of each row.</param>
    /// <param name="seconds">How long.</param>
    internal static double Measure(IJournalStore store, int rowsPerAppend, int bytesPerRow, double seconds)
    {
        var shards = store.Identity.ShardCount;
        var epochs = Enumerable.Range(0, shards).Select(shard => store.TakeOver(shard, "bench").Epoch).ToArray();
        var positions = new long[shards];
        var payload = new byte[bytesPerRow];
        Random.Shared.NextBytes(payload);
        var leaf = new byte[RowLeaf.Size];
        var rows = new List<JournalRow>(rowsPerAppend);
        long appended = 0;
        var next = 0;
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
        {
            rows.Clear();
            for (var i = 0; i < rowsPerAppend; i++)
            {
                var shard = next;
                next = (next + 1) % shards;
                rows.Add(new JournalRow(shard, ++positions[shard], epochs[shard], appended + i + 1, payload, leaf));
            }

            var result = store.Append(rows);
            if (!result.AllAppended)
            {
                throw new CommandException($"the raw append ended with {result.Exceptions[0].Status}", result.Error);
            }

            appended += rowsPerAppend;
        }

        return appended / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
