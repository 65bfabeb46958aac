using ClearingActors.Journal;

namespace ClearingActors.Node.Audit;

/// <summary>
/// A shard's durable rows as readers take them, chunk by chunk: read from the journal once for all who are at the same place. Two chunks are kept, so that one who reads what is long
/// past does not have those at the end read for themselves. Thread-safe.
/// </summary>
/// <param name="store">The journal.</param>
/// <param name="shard">The shard.</param>
/// <param name="chunkBytes">A chunk ends with the row that reaches so many bytes.</param>
internal sealed class RowLog(IJournalStore store, int shard, int chunkBytes) : IDisposable
{
    private const int ChunkRows = 1024;

    /// <summary>A chunk with a row so long is read by each for itself and not kept.</summary>
    private const int KeptTimesChunk = 4;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private JournalRow[] _newer = [];
    private JournalRow[] _older = [];

    /// <summary>The next rows after a position, at least one.</summary>
    /// <param name="after">From 0.</param>
    /// <param name="upTo">A durable position beyond <paramref name="after"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="JournalException">The log cannot be read.</exception>
    internal async ValueTask<ReadOnlyMemory<JournalRow>> ReadAsync(long after, long upTo, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (TryTake(_newer, after, upTo, out var rows) || TryTake(_older, after, upTo, out rows))
            {
                return rows;
            }

            // Reading blocks; that is not the caller's thread to lend.
            var (chunk, bytes) = await Task.Run(() => Read(after, upTo), cancellation).ConfigureAwait(false);
            if (bytes <= (long)KeptTimesChunk * chunkBytes)
            {
                (_newer, _older) = _newer.Length == 0 || chunk[^1].Position >= _newer[^1].Position ? (chunk, _newer) : (_newer, chunk);
            }

            return chunk;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private static bool TryTake(JournalRow[] chunk, long after, long upTo, out ReadOnlyMemory<JournalRow> rows)
    {
        rows = default;
        if (chunk.Length == 0 || after + 1 < chunk[0].Position || after >= chunk[^1].Position)
        {
            return false;
        }

        var first = (int)(after + 1 - chunk[0].Position);
        rows = chunk.AsMemory(first, (int)Math.Min(chunk.Length - first, upTo - after));
        return true;
    }

    private (JournalRow[] Rows, long Bytes) Read(long after, long upTo)
    {
        List<JournalRow> rows = [];
        var bytes = 0L;
        foreach (var row in store.ReadShard(shard, after, Math.Min(upTo, after + ChunkRows)))
        {
            rows.Add(row);
            bytes += row.Payload.Length;
            if (bytes >= chunkBytes)
            {
                break;
            }
        }

        return ([.. rows], bytes);
    }
}
