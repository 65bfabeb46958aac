namespace ClearingActors.Grpc;

/// <summary>What holds for all methods of one <c>MapGrpc</c>.</summary>
public sealed class GrpcServerOptions
{
    /// <summary>In bytes, of one request message after decompression. A larger one ends its call with <see cref="StatusCode.ResourceExhausted"/>. The default is 4 MiB.</summary>
    public int MaxReceiveMessageSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// Runs before every handler, those of health and reflection included; an <see cref="RpcException"/> thrown here ends the
    /// call before the handler sees it. The place for authentication.
    /// </summary>
    public Func<ServerCallContext, ValueTask>? Interceptor { get; set; }

    /// <summary>
    /// Told of every exception that a handler lets escape, other than <see cref="RpcException"/> and the call's own end. The
    /// client learns only <see cref="StatusCode.Unknown"/>. Without a callback the exception is logged.
    /// </summary>
    public Action<Exception, ServerCallContext>? UnhandledException { get; set; }
}
