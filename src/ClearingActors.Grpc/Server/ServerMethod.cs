using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Grpc;

/// <summary>The handler of one method as Kestrel calls it. All four shapes of a call come here as a reader and a writer.</summary>
internal sealed class ServerMethod<TRequest, TResponse>(
    GrpcMethod<TRequest, TResponse> method,
    Func<GrpcStreamReader<TRequest>, GrpcStreamWriter<TResponse>, ServerCallContext, ValueTask> handler,
    GrpcServerOptions options,
    ILogger logger,
    CancellationToken serverStop)
{
    internal async Task InvokeAsync(HttpContext http)
    {
        if (!GrpcRequest.IsAcceptable(http))
        {
            return;
        }

        LiftLimits(http);
        ServerCallContext? context = null;
        await using var call = new ServerCall(http, method.FullName, serverStop) { Report = e => Report(e, context!) };
        context = call.Context;
        var writer = new GrpcStreamWriter<TResponse>(call, method.ResponseMarshaller);
        Status status = Status.Ok;
        Metadata? trailers = null;
        try
        {
            call.StartDeadline();
            if (options.Interceptor is { } interceptor)
            {
                await interceptor(context);
            }

            var reader = new GrpcStreamReader<TRequest>(call, method.RequestMarshaller, options.MaxReceiveMessageSize);
            await handler(reader, writer, context);
        }
        catch (Exception e)
        {
            if (call.StatusOf(e) is { } known)
            {
                status = known;
                trailers = (e as RpcException)?.Trailers;
            }
            else
            {
                status = new Status(StatusCode.Unknown, "The handler of the call failed");
                Report(e, context);
            }
        }

        await call.FinishAsync(status, trailers, writer.Buffered);
    }

    /// <summary>A stream may last for days and carry any amount; what bounds it are the size of a message and flow control.</summary>
    private static void LiftLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (http.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }

    private void Report(Exception exception, ServerCallContext context)
    {
        if (options.UnhandledException is { } callback)
        {
            callback(exception, context);
        }
        else
        {
            logger.LogError(exception, "The handler of {Method} failed", method.FullName);
        }
    }
}
