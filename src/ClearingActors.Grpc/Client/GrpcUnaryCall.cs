namespace ClearingActors.Grpc;

/// <summary>One request, one response.</summary>
public sealed class GrpcUnaryCall<TResponse> : GrpcCall
{
    internal GrpcUnaryCall(ClientCall call, GrpcStreamReader<TResponse> reader)
        : base(call) => ResponseAsync = ReadOneAsync(reader);

    /// <summary>The response, once the call has ended. Fails with <see cref="RpcException"/> unless it ended with OK.</summary>
    public Task<TResponse> ResponseAsync { get; }
}
