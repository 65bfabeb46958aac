using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Engine;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;

namespace ClearingActors.Node.Services;

/// <summary>What sources of prices call.</summary>
internal sealed class MarketsService(ClearingEngine engine, Instruments instruments, NodeSettings settings, NodeDrain drain, TimeProvider time)
{
    internal void MapTo(GrpcServiceBuilder grpc) =>
        grpc.ClientStreaming(GrpcMethod.Of<PublishMarksRequest, PublishMarksResponse>(MarketsReflection.Descriptor.Services[0], "PublishMarks"), PublishMarksAsync);

    private async ValueTask<PublishMarksResponse> PublishMarksAsync(GrpcStreamReader<PublishMarksRequest> requests, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.MarketData);
        using var entered = drain.Enter();
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, drain.Stopping);
        var stream = new MarkStream(engine, instruments, principal, TimeSpan.FromSeconds(settings.Limits.AnswerSeconds), time);
        try
        {
            while (await requests.MoveNextAsync(reading.Token).ConfigureAwait(false))
            {
                await stream.PublishAsync(requests.Current, context.CancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(StatusCode.Unavailable, "the node is stopping; go on with the newest prices at its successor");
        }

        return await stream.CompleteAsync(context.CancellationToken).ConfigureAwait(false);
    }
}
