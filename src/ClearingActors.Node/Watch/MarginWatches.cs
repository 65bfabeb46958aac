using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Grpc;

namespace ClearingActors.Node.Watch;

/// <summary>
/// Serves accounts' margin as it changes, each watch at its own pace: a figure is computed when the one before is sent, so that a slow reader gets the newest and the house
/// does no work for what nobody reads.
/// </summary>
internal sealed class MarginWatches(ClearingEngine engine, DurableHeads heads, TimeProvider time)
{
    /// <summary>The least time between two figures of one watch.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Sends the current figure and every newest one that differs, until the call ends or the node stops.</summary>
    /// <exception cref="RpcException">The account cannot be read any more; or the node stops (UNAVAILABLE).</exception>
    internal async Task RunAsync(
        AccountId account, Func<ValueTask<WatchMarginResponse>> read, GrpcStreamWriter<WatchMarginResponse> responses, CancellationToken call, CancellationToken stopping)
    {
        var shard = engine.ShardOf(account);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call, stopping);
        try
        {
            WatchMarginResponse? told = null;
            while (true)
            {
                // Looked at first: what changes while the figure is computed has it computed again.
                var seen = (engine.MarkVersion, heads.PositionOf(shard));
                var newest = await read().ConfigureAwait(false);
                if (!newest.Equals(told))
                {
                    await responses.WriteAsync(newest, either.Token).ConfigureAwait(false);
                    told = newest;
                }

                var behind = newest.Margin.Marks.Any(m => m.Lag > 0) && newest.Margin.Stale.Length == 0;
                do
                {
                    await Task.Delay(Pause, time, either.Token).ConfigureAwait(false);
                }
                while (!behind && seen == (engine.MarkVersion, heads.PositionOf(shard)));
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !call.IsCancellationRequested)
        {
            throw new RpcException(StatusCode.Unavailable, "the node is stopping; watch again at its successor");
        }
    }
}
