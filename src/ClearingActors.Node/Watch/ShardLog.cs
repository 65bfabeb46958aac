using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Engine;
using ClearingActors.Journal;

namespace ClearingActors.Node.Watch;

/// <summary>
/// A shard's durable turns as watches read them: taken from the journal once for all who are at the same place, and looked through for accounts. Thread-safe.
/// </summary>
internal sealed class ShardLog(IJournalStore store, int shard) : IDisposable
{
    /// <summary>Turns that are read and kept together.</summary>
    internal const int ChunkTurns = 1024;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private Chunk _last = new(0, 0, []);

    /// <summary>The turns after a position that concern an account, and how far was looked.</summary>
    /// <param name="account">The account's id.</param>
    /// <param name="after">From 0.</param>
    /// <param name="head">A durable position of the shard, beyond <paramref name="after"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="JournalException">The log cannot be read.</exception>
    internal async ValueTask<(IReadOnlyList<AccountTurn> Turns, long UpTo)> ReadAsync(string account, long after, long head, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (after < _last.After || after >= _last.UpTo)
            {
                // Reading blocks; that is not the caller's thread to lend.
                _last = await Task.Run(() => Read(after, Math.Min(head, after + ChunkTurns)), cancellation).ConfigureAwait(false);
            }

            return (_last.Of(account, after), _last.UpTo);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private Chunk Read(long after, long upTo)
    {
        var accounts = new Dictionary<string, List<AccountTurn>>(StringComparer.Ordinal);
        foreach (var row in store.ReadShard(shard, after, upTo))
        {
            var turn = new WireReader(row.Payload.Span);
            while (turn.Next())
            {
                if (turn.Number == TurnFields.Step)
                {
                    ReadStep(turn.Bytes, row, accounts);
                }
            }
        }

        return new Chunk(after, upTo, accounts);
    }

    /// <summary>Skips the steps of other actors without making anything of them.</summary>
    private static void ReadStep(ReadOnlySpan<byte> step, in JournalRow row, Dictionary<string, List<AccountTurn>> accounts)
    {
        ReadOnlySpan<byte> key = default;
        List<Event>? events = null;
        var isAccount = false;
        var reader = new WireReader(step);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.StepActorKind:
                    isAccount = reader.Int32 == ActorKinds.Account;
                    if (!isAccount)
                    {
                        return;
                    }

                    break;
                case TurnFields.StepActorKey:
                    key = reader.Bytes;
                    break;
                case TurnFields.StepEvent:
                    (events ??= []).Add(Event.Parser.ParseFrom(reader.Bytes));
                    break;
                default:
                    break;
            }
        }

        if (!isAccount || events is null)
        {
            return;
        }

        var account = IdPool.Intern(key);
        if (!accounts.TryGetValue(account, out var turns))
        {
            accounts.Add(account, turns = []);
        }

        if (turns.Count > 0 && turns[^1].Position == row.Position)
        {
            turns[^1] = turns[^1] with { Events = [.. turns[^1].Events, .. events] };
        }
        else
        {
            turns.Add(new AccountTurn(row.Position, row.RecordedTime, events));
        }
    }

    /// <summary>Turns after one position up to another; never changed once made.</summary>
    private sealed record Chunk(long After, long UpTo, Dictionary<string, List<AccountTurn>> Accounts)
    {
        internal IReadOnlyList<AccountTurn> Of(string account, long after) =>
            Accounts.TryGetValue(account, out var turns) ? [.. turns.Where(t => t.Position > after)] : [];
    }
}
