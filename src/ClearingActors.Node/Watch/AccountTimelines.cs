using System.Text;
using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Journal;
using ClearingActors.Node.Audit;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Services;

namespace ClearingActors.Node.Watch;

/// <summary>
/// What happened to accounts, read backwards from the journal within the auditors' budget. The newest of the accounts asked for last are kept, so that to follow one costs what has been
/// written since. Thread-safe.
/// </summary>
internal sealed class AccountTimelines(ClearingEngine engine, IJournalStore store, DurableHeads heads, ReadBudget budget)
{
    /// <summary>The most events asked for at once.</summary>
    internal const int MostEvents = 200;

    /// <summary>Bytes of the journal that are looked through for one answer, but for the last chunk's.</summary>
    private const long MostBytes = 8 << 20;

    private const int FirstChunkRows = 64;
    private const int MostChunkRows = 4096;
    private const long SmallChunkBytes = 1 << 20;

    /// <summary>Turns beyond which it is cheaper to begin anew than to go on from what is kept.</summary>
    private const long MostSince = 1024;

    private const int KeptAccounts = 32;

    /// <summary>Reads of the journal.</summary>
    internal const int AtOnce = 2;

    private const int MostWaiting = 64;

    /// <summary>Reads that pages follow are of one principal together.</summary>
    private const int MostOfOne = 16;

    private readonly Admission _reads = new(AtOnce, MostWaiting, MostOfOne, "reads of timelines");
    private readonly Lock _lock = new();
    private readonly Dictionary<AccountId, Timeline> _newest = [];
    private readonly Queue<AccountId> _order = new();

    /// <summary>The turns before a position in which something happened to the account, newest first, with as many events as asked for or some more.</summary>
    /// <param name="principal">Who asks.</param>
    /// <param name="account">The account.</param>
    /// <param name="before">A position of its shard; 0 for the newest.</param>
    /// <param name="limit">1 to 200.</param>
    /// <param name="cancellation">Ends it between two rows.</param>
    /// <exception cref="JournalException">The journal cannot be read.</exception>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: too many wait.</exception>
    internal async Task<Timeline> ReadAsync(Principal principal, AccountId account, long before, int limit, CancellationToken cancellation)
    {
        var shard = engine.ShardOf(account);
        var head = heads.PositionOf(shard);
        var end = before == 0 ? head : Math.Min(before - 1, head);
        var known = before == 0 ? Find(account) : null;
        if (known is not null && known.UpTo == end && known.Limit >= limit)
        {
            return known.Newest(limit);
        }

        var goesOn = known is not null && known.Limit >= limit && end >= known.UpTo && end - known.UpTo <= MostSince;
        var read = await _reads.RunAsync(
            principal, () => goesOn ? GoOnAsync(shard, account, known!, end, cancellation) : ReadAsync(shard, account, end, limit, cancellation), cancellation).ConfigureAwait(false);
        if (before == 0)
        {
            Keep(account, read);
        }

        return read.Newest(limit);
    }

    private async Task<Timeline> ReadAsync(int shard, AccountId account, long end, int limit, CancellationToken cancellation)
    {
        List<TimelineTurn> newestFirst = [];
        var key = Encoding.UTF8.GetBytes(account.Value);
        var (from, rows, all, events) = (end, (long)FirstChunkRows, 0L, 0);
        while (from > 0 && events < limit && all < MostBytes)
        {
            var start = Math.Max(0, from - rows);
            var (turns, bytes) = await ReadAsync(shard, key, start, from, cancellation).ConfigureAwait(false);
            turns.Reverse();
            newestFirst.AddRange(turns);
            events += turns.Sum(t => t.Events.Count);
            all += bytes;
            from = start;
            rows = bytes < SmallChunkBytes ? Math.Min(rows * 2, MostChunkRows) : Math.Max(1, rows / 2);
        }

        return new Timeline(shard, newestFirst, from + 1, end, limit);
    }

    private async Task<Timeline> GoOnAsync(int shard, AccountId account, Timeline known, long end, CancellationToken cancellation)
    {
        var (turns, _) = await ReadAsync(shard, Encoding.UTF8.GetBytes(account.Value), known.UpTo, end, cancellation).ConfigureAwait(false);
        turns.Reverse();
        var all = new Timeline(shard, [.. turns, .. known.Turns], known.LookedFrom, end, known.Limit);
        return all.Newest(known.Limit) with { UpTo = end };
    }

    /// <summary>Reads a chunk, and waits until it is paid for.</summary>
    private async Task<(List<TimelineTurn> Turns, long Bytes)> ReadAsync(int shard, byte[] key, long after, long upTo, CancellationToken cancellation)
    {
        // What others have read and not paid for yet comes first.
        await budget.TakeAsync(0, cancellation).ConfigureAwait(false);

        // Reading blocks; that is not the caller's thread to lend.
        var read = await Task.Run(() => Read(shard, key, after, upTo, cancellation), cancellation).ConfigureAwait(false);
        await budget.TakeAsync(read.Bytes, cancellation).ConfigureAwait(false);
        return read;
    }

    private (List<TimelineTurn> Turns, long Bytes) Read(int shard, byte[] key, long after, long upTo, CancellationToken cancellation)
    {
        List<TimelineTurn> turns = [];
        var bytes = 0L;
        foreach (var row in store.ReadShard(shard, after, upTo))
        {
            cancellation.ThrowIfCancellationRequested();
            bytes += row.Payload.Length;
            if (row.Payload.Span.IndexOf(key) >= 0 && Read(row, key) is { Events.Count: > 0 } turn)
            {
                turns.Add(turn);
            }
        }

        return (turns, bytes);
    }

    private static TimelineTurn Read(in JournalRow row, ReadOnlySpan<byte> key)
    {
        List<(Event Event, string Principal)> events = [];
        var business = 0L;
        var turn = new WireReader(row.Payload.Span);
        while (turn.Next())
        {
            if (turn.Number == TurnFields.BusinessTime)
            {
                business = turn.Int64;
            }
            else if (turn.Number == TurnFields.Step && IsOf(turn.Bytes, key))
            {
                var step = Step.Parser.ParseFrom(turn.Bytes);

                // What a trade was held against says nothing that its own event does not show.
                events.AddRange(step.Events.Where(e => e.EventCase != Event.EventOneofCase.IndicativeMarginUsed).Select(e => (e, step.Principal)));
            }
        }

        events.Reverse();
        return new TimelineTurn(row.Position, row.RecordedTime, business, events);
    }

    private static bool IsOf(ReadOnlySpan<byte> step, ReadOnlySpan<byte> key)
    {
        var reader = new WireReader(step);
        while (reader.Next())
        {
            if (reader.Number == TurnFields.StepActorKind && reader.Int32 != ActorKinds.Account)
            {
                return false;
            }

            if (reader.Number == TurnFields.StepActorKey)
            {
                return reader.Bytes.SequenceEqual(key);
            }
        }

        return false;
    }

    private Timeline? Find(AccountId account)
    {
        lock (_lock)
        {
            return _newest.GetValueOrDefault(account);
        }
    }

    private void Keep(AccountId account, Timeline read)
    {
        lock (_lock)
        {
            if (!_newest.ContainsKey(account))
            {
                _order.Enqueue(account);
                if (_order.Count > KeptAccounts)
                {
                    _newest.Remove(_order.Dequeue());
                }
            }

            _newest[account] = read;
        }
    }
}

/// <summary>What happened to an account, as far as it was looked for. Immutable.</summary>
/// <param name="Shard">The account's.</param>
/// <param name="Turns">Newest first.</param>
/// <param name="LookedFrom">Nothing from this position on is missing, up to <paramref name="UpTo"/>; 1 at the beginning of the journal.</param>
/// <param name="UpTo">The last position looked at.</param>
/// <param name="Limit">The events that were asked for.</param>
internal sealed record Timeline(int Shard, IReadOnlyList<TimelineTurn> Turns, long LookedFrom, long UpTo, int Limit)
{
    /// <summary>The newest turns with at least so many events, or all.</summary>
    internal Timeline Newest(int limit)
    {
        var (events, turns) = (0, 0);
        while (turns < Turns.Count && events < limit)
        {
            events += Turns[turns++].Events.Count;
        }

        return turns == Turns.Count ? this : this with { Turns = [.. Turns.Take(turns)], LookedFrom = Turns[turns - 1].Position, Limit = limit };
    }
}

/// <summary>A turn in which something happened to an account.</summary>
/// <param name="Position">Of the shard.</param>
/// <param name="RecordedTime">UTC ns.</param>
/// <param name="BusinessTime">UTC ns, at its start.</param>
/// <param name="Events">Newest first, with who gave the command; empty for messages and timers.</param>
internal sealed record TimelineTurn(long Position, long RecordedTime, long BusinessTime, IReadOnlyList<(Event Event, string Principal)> Events);
