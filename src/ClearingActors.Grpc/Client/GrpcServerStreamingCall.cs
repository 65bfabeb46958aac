namespace ClearingActors.Grpc;

/// <summary>One request, a stream of responses.</summary>
public sealed class GrpcServerStreamingCall<TResponse> : GrpcCall
{
    internal GrpcServerStreamingCall(ClientCall call, GrpcStreamReader<TResponse> reader)
        : base(call) => Responses = reader;

    /// <summary>The responses. The reader throws <see cref="RpcException"/> at the end unless the call ended with OK.</summary>
    public GrpcStreamReader<TResponse> Responses { get; }
}
