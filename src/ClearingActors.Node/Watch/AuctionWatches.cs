using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Engine;
using ClearingActors.Grpc;

namespace ClearingActors.Node.Watch;

/// <summary>Serves auctions as they change, each watch at its own pace: what is on offer is read when the answer before is sent, so a slow reader gets the newest.</summary>
internal sealed class AuctionWatches(ClearingEngine engine, DurableHeads heads, TimeProvider time)
{
    /// <summary>The least time between two answers of one watch.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Sends the current answer and every newest one that differs, until the call ends or the node stops.</summary>
    /// <exception cref="RpcException">The auctions cannot be read any more; or the node stops (UNAVAILABLE).</exception>
    internal async Task RunAsync(Func<ValueTask<GetAuctionsResponse>> read, GrpcStreamWriter<GetAuctionsResponse> responses, CancellationToken call, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call, stopping);
        try
        {
            GetAuctionsResponse? told = null;
            while (true)
            {
                // Looked at first: what changes while it is read has it read again.
                var seen = heads.PositionOf(engine.ShardOfDefaults);
                var newest = await read().ConfigureAwait(false);
                if (!newest.Equals(told))
                {
                    await responses.WriteAsync(newest, either.Token).ConfigureAwait(false);
                    told = newest;
                }

                await Task.Delay(Pause, time, either.Token).ConfigureAwait(false);
                await heads.WaitBeyondAsync(engine.ShardOfDefaults, seen, either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !call.IsCancellationRequested)
        {
            throw new RpcException(StatusCode.Unavailable, "the node is stopping; watch again at its successor");
        }
    }
}
