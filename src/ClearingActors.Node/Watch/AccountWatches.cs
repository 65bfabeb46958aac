using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Grpc;
using ClearingActors.Journal;

namespace ClearingActors.Node.Watch;

/// <summary>Serves the durable events of accounts from the journal, each watch at its own pace.</summary>
internal sealed class AccountWatches : IDisposable
{
    /// <summary>The least time between two looks of one watch: what becomes durable meanwhile is read at once.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Turns before a resumed position that are looked through for sales still under way there.</summary>
    private const int LookBack = 4096;

    /// <summary>
    /// The longest that a watcher waits to be told how far the log has been read without an event of the account: so it knows that it has seen everything up to there.
    /// </summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(250);

    private readonly ClearingEngine _engine;
    private readonly DurableHeads _heads;
    private readonly Instruments _instruments;
    private readonly TimeProvider _time;
    private readonly ShardLog[] _logs;

    internal AccountWatches(ClearingEngine engine, IJournalStore store, DurableHeads heads, Instruments instruments, TimeProvider time)
    {
        _engine = engine;
        _heads = heads;
        _instruments = instruments;
        _time = time;
        _logs = [.. Enumerable.Range(0, store.Identity.ShardCount).Select(shard => new ShardLog(store, shard))];
    }

    /// <summary>Where the shard's log stands now.</summary>
    internal ResumeToken TokenOf(int shard) => TokenOf(shard, _heads.PositionOf(shard));

    /// <summary>Sends the account's events after a position until the call ends or the node stops.</summary>
    /// <exception cref="RpcException">The token is of another journal, generation or shard, or beyond the log (FAILED_PRECONDITION); the node stops (UNAVAILABLE).</exception>
    internal async Task RunAsync(AccountId account, ResumeToken? after, GrpcStreamWriter<WatchAccountResponse> responses, CancellationToken call, CancellationToken stopping)
    {
        var shard = _engine.ShardOf(account);
        Check(account, shard, after);
        var position = after?.Position ?? 0;
        var told = position;
        var toldAt = _time.GetTimestamp();
        var events = new AccountEvents(_instruments);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call, stopping);
        try
        {
            await LookBackAsync(account.Value, shard, position, events, either.Token).ConfigureAwait(false);
            while (true)
            {
                if (told == position)
                {
                    await _heads.WaitBeyondAsync(shard, position, either.Token).ConfigureAwait(false);
                }

                var head = _heads.PositionOf(shard);
                while (position < head)
                {
                    var (turns, upTo) = await _logs[shard].ReadAsync(account.Value, position, head, either.Token).ConfigureAwait(false);
                    foreach (var turn in turns)
                    {
                        await responses.BufferAsync(await ResponseAsync(shard, turn, events).ConfigureAwait(false), either.Token).ConfigureAwait(false);
                        told = turn.Position;
                        toldAt = _time.GetTimestamp();
                    }

                    position = upTo;
                }

                if (told < position && _time.GetElapsedTime(toldAt) >= Silence)
                {
                    await responses.BufferAsync(new WatchAccountResponse { Position = TokenOf(shard, position) }, either.Token).ConfigureAwait(false);
                    told = position;
                    toldAt = _time.GetTimestamp();
                }

                await responses.FlushAsync(either.Token).ConfigureAwait(false);
                await Task.Delay(Pause, _time, either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !call.IsCancellationRequested)
        {
            throw new RpcException(StatusCode.Unavailable, "the node is stopping; go on from the last position at its successor");
        }
        catch (JournalException e)
        {
            throw new RpcException(StatusCode.Unavailable, $"the journal cannot be read just now: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        foreach (var log in _logs)
        {
            log.Dispose();
        }
    }

    private ResumeToken TokenOf(int shard, long position) =>
        new() { JournalId = _engine.Identity.Id.ToString("D"), Generation = _engine.Identity.Generation, Shard = shard, Position = position };

    private void Check(AccountId account, int shard, ResumeToken? after)
    {
        if (after is null)
        {
            return;
        }

        var here = TokenOf(shard);
        if (after.JournalId != here.JournalId || after.Generation != here.Generation || after.Shard != shard)
        {
            throw new RpcException(
                StatusCode.FailedPrecondition,
                $"after is of journal {after.JournalId}, generation {after.Generation}, shard {after.Shard}; account {account} is in journal {here.JournalId}, generation {here.Generation}, shard {shard}: watch from the beginning");
        }

        if (after.Position < 0 || after.Position > here.Position)
        {
            throw new RpcException(StatusCode.FailedPrecondition, $"after is position {after.Position}; the log of shard {shard} stands at {here.Position}");
        }
    }

    private async ValueTask LookBackAsync(string account, int shard, long position, AccountEvents events, CancellationToken cancellation)
    {
        for (var at = Math.Max(0, position - LookBack); at < position;)
        {
            var (turns, upTo) = await _logs[shard].ReadAsync(account, at, position, cancellation).ConfigureAwait(false);
            foreach (var e in turns.Where(t => t.Position <= position).SelectMany(t => t.Events))
            {
                events.Skip(e);
            }

            at = upTo;
        }
    }

    private async ValueTask<WatchAccountResponse> ResponseAsync(int shard, AccountTurn turn, AccountEvents events)
    {
        var response = new WatchAccountResponse { Position = TokenOf(shard, turn.Position), RecordedTime = turn.RecordedTime };
        foreach (var e in turn.Events)
        {
            response.Events.Add(await events.ReadAsync(e).ConfigureAwait(false));
        }

        return response;
    }
}
