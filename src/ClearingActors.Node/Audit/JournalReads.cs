using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using ClearingActors.Node.Watch;
using Google.Protobuf;

namespace ClearingActors.Node.Audit;

/// <summary>Where a read begins and ends.</summary>
/// <param name="Shard">Of the journal.</param>
/// <param name="After">The reader has everything up to here.</param>
/// <param name="UpTo">The last position to send; 0 for none.</param>
/// <param name="Follow">Waits for what is not there yet.</param>
internal readonly record struct ReadRange(int Shard, long After, long UpTo, bool Follow);

/// <summary>
/// Serves rows and actors' steps from the journal, each reader at its own pace: the next rows are read when the reader has taken those before, so one who is slow holds a chunk and no more.
/// The writer is never waited for and never waits.
/// </summary>
internal sealed class JournalReads : IDisposable
{
    /// <summary>The rows of a message end with the one that reaches so many bytes.</summary>
    internal const int MessageBytes = 256 * 1024;

    /// <summary>The longest payload, or part of one, in a row of a message: with <see cref="MessageBytes"/> and the columns far below the 4 MiB that clients take.</summary>
    internal const int PartBytes = 1 << 20;

    /// <summary>The most that an actor's turn may be in one message.</summary>
    internal const int ActorTurnBytes = 3 << 20;

    /// <summary>What is kept of all shards' rows.</summary>
    private const int KeptBytes = 64 << 20;

    /// <summary>The least time between two looks of one reader who follows: what becomes durable meanwhile is sent at once.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest that one who follows an actor waits to be told how far the log has been looked through.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(250);

    private readonly DurableHeads _heads;
    private readonly TimeProvider _time;
    private readonly RowLog[] _logs;
    private readonly ReadBudget _budget;

    /// <param name="store">The journal.</param>
    /// <param name="heads">What is durable.</param>
    /// <param name="budget">What all readers together may read.</param>
    /// <param name="time">The clock.</param>
    internal JournalReads(IJournalStore store, DurableHeads heads, ReadBudget budget, TimeProvider time)
    {
        _budget = budget;
        _heads = heads;
        _time = time;
        var shards = store.Identity.ShardCount;
        var chunkBytes = Math.Clamp(KeptBytes / 2 / shards, 16 * 1024, 512 * 1024);
        _logs = [.. Enumerable.Range(0, shards).Select(shard => new RowLog(store, shard, chunkBytes))];
    }

    /// <summary>Sends the rows of a range.</summary>
    /// <exception cref="RpcException">The journal cannot be read, or the node stops (UNAVAILABLE).</exception>
    internal Task SendRowsAsync(ReadRange range, GrpcStreamWriter<ReadShardResponse> responses, CancellationToken call, CancellationToken stopping) => RunAsync(
        range,
        async (rows, cancellation) =>
        {
            for (var i = 0; i < rows.Length;)
            {
                var response = new ReadShardResponse { Head = _heads.PositionOf(range.Shard) };
                for (var bytes = 0; i < rows.Length && bytes < MessageBytes; i++)
                {
                    var row = rows.Span[i];
                    bytes += row.Payload.Length;
                    if (row.Payload.Length <= PartBytes)
                    {
                        response.Rows.Add(RowOf(row, 0, row.Payload.Length));
                        continue;
                    }

                    for (var offset = 0; offset < row.Payload.Length; offset += PartBytes)
                    {
                        if (response.Rows.Count > 0)
                        {
                            await responses.WriteAsync(response, cancellation).ConfigureAwait(false);
                            response = new ReadShardResponse { Head = response.Head };
                        }

                        response.Rows.Add(RowOf(row, offset, Math.Min(PartBytes, row.Payload.Length - offset)));
                    }
                }

                await responses.WriteAsync(response, cancellation).ConfigureAwait(false);
            }
        },
        call,
        stopping);

    /// <summary>Sends the turns of a range in which an actor did something.</summary>
    /// <exception cref="RpcException">
    /// The journal cannot be read, or the node stops (UNAVAILABLE); a turn is too long for a message (OUT_OF_RANGE).
    /// </exception>
    internal Task SendActorAsync(ActorAddress actor, ReadRange range, GrpcStreamWriter<ReadActorResponse> responses, CancellationToken call, CancellationToken stopping)
    {
        var key = System.Text.Encoding.UTF8.GetBytes(actor.Key);
        var toldAt = _time.GetTimestamp();
        return RunAsync(
            range,
            async (rows, cancellation) =>
            {
                var told = false;
                for (var i = 0; i < rows.Length; i++)
                {
                    told = false;
                    if (BytesOf(rows.Span[i], actor.Kind, key) is var bytes and > 0)
                    {
                        if (bytes > ActorTurnBytes)
                        {
                            await responses.FlushAsync(cancellation).ConfigureAwait(false);
                            throw TooLong(rows.Span[i], bytes);
                        }

                        await responses.BufferAsync(StepsOf(rows.Span[i], actor.Kind, key, _heads.PositionOf(range.Shard)), cancellation).ConfigureAwait(false);
                        told = true;
                    }
                }

                if (told || _time.GetElapsedTime(toldAt) >= Silence)
                {
                    if (!told)
                    {
                        var last = rows.Span[^1];
                        await responses.BufferAsync(new ReadActorResponse { Shard = last.Shard, Position = last.Position, RecordedTime = last.RecordedTime, Head = _heads.PositionOf(range.Shard) }, cancellation).ConfigureAwait(false);
                    }

                    toldAt = _time.GetTimestamp();
                }

                await responses.FlushAsync(cancellation).ConfigureAwait(false);
            },
            call,
            stopping);
    }

    public void Dispose()
    {
        foreach (var log in _logs)
        {
            log.Dispose();
        }
    }

    private async Task RunAsync(ReadRange range, Func<ReadOnlyMemory<JournalRow>, CancellationToken, ValueTask> send, CancellationToken call, CancellationToken stopping)
    {
        var position = range.After;
        var end = range.UpTo > 0 ? range.UpTo : range.Follow ? long.MaxValue : _heads.PositionOf(range.Shard);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call, stopping);
        try
        {
            while (position < end)
            {
                var head = Math.Min(_heads.PositionOf(range.Shard), end);
                if (position >= head)
                {
                    await _heads.WaitBeyondAsync(range.Shard, position, either.Token).ConfigureAwait(false);
                    await Task.Delay(Pause, _time, either.Token).ConfigureAwait(false);
                    continue;
                }

                var rows = await _logs[range.Shard].ReadAsync(position, head, either.Token).ConfigureAwait(false);
                await send(rows, either.Token).ConfigureAwait(false);
                position += rows.Length;
                await _budget.TakeAsync(BytesOf(rows.Span), either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !call.IsCancellationRequested)
        {
            throw new RpcException(StatusCode.Unavailable, "the node is stopping; go on behind the last row at its successor");
        }
        catch (JournalException e)
        {
            throw new RpcException(StatusCode.Unavailable, $"the journal cannot be read just now: {e.Message}", e);
        }
    }

    private static long BytesOf(ReadOnlySpan<JournalRow> rows)
    {
        var bytes = 0L;
        foreach (ref readonly var row in rows)
        {
            bytes += row.Payload.Length;
        }

        return bytes;
    }

    private static Row RowOf(in JournalRow row, int offset, int length) => new()
    {
        Shard = row.Shard,
        Position = row.Position,
        Epoch = row.Epoch,
        RecordedTime = row.RecordedTime,
        Payload = UnsafeByteOperations.UnsafeWrap(row.Payload.Slice(offset, length)),
        Leaf = UnsafeByteOperations.UnsafeWrap(row.Leaf),
        PayloadOffset = offset,
        PayloadLength = row.Payload.Length,
    };

    private static RpcException TooLong(in JournalRow row, int bytes) => new(
        StatusCode.OutOfRange,
        $"turn {row.Shard}:{row.Position} holds {bytes} bytes of the actor, above the limit of {ActorTurnBytes} of a message; read it with ReadShard, which sends long rows in parts, and go on with the actor after {row.Position}");

    /// <summary>The bytes of the actor's steps in a row. The steps of others are skipped without making anything of them.</summary>
    private static int BytesOf(in JournalRow row, int kind, ReadOnlySpan<byte> key)
    {
        var bytes = 0;
        var turn = new WireReader(row.Payload.Span);
        while (turn.Next())
        {
            bytes += turn.Number == TurnFields.Step && IsOf(turn.Bytes, kind, key) ? turn.Bytes.Length : 0;
        }

        return bytes;
    }

    private static ReadActorResponse StepsOf(in JournalRow row, int kind, ReadOnlySpan<byte> key, long head)
    {
        var found = new ReadActorResponse { Shard = row.Shard, Position = row.Position, RecordedTime = row.RecordedTime, Head = head };
        var turn = new WireReader(row.Payload.Span);
        while (turn.Next())
        {
            if (turn.Number == TurnFields.Step && IsOf(turn.Bytes, kind, key))
            {
                found.Steps.Add(Step.Parser.ParseFrom(turn.Bytes));
            }
        }

        return found;
    }

    private static bool IsOf(ReadOnlySpan<byte> step, int kind, ReadOnlySpan<byte> key)
    {
        var reader = new WireReader(step);
        while (reader.Next())
        {
            if (reader.Number == TurnFields.StepActorKind && reader.Int32 != kind)
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
}
