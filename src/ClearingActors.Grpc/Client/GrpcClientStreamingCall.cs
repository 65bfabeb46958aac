namespace ClearingActors.Grpc;

/// <summary>A stream of requests, one response.</summary>
public sealed class GrpcClientStreamingCall<TRequest, TResponse> : GrpcCall
{
    internal GrpcClientStreamingCall(ClientCall call, GrpcStreamReader<TResponse> reader, Marshaller<TRequest> marshaller)
        : base(call)
    {
        Requests = new GrpcStreamWriter<TRequest>(call, marshaller);
        ResponseAsync = ReadOneAsync(reader);
    }

    /// <summary>The requests. A write fails with <see cref="RpcException"/> once the call has ended; why it ended tells the response.</summary>
    public GrpcStreamWriter<TRequest> Requests { get; }

    /// <summary>The response, once the call has ended. Fails with <see cref="RpcException"/> unless it ended with OK.</summary>
    public Task<TResponse> ResponseAsync { get; }

    /// <summary>Sends what is buffered and says that no request will follow.</summary>
    public async ValueTask CompleteRequestsAsync()
    {
        await Requests.FlushAsync();
        Call.CompleteRequest();
    }
}
