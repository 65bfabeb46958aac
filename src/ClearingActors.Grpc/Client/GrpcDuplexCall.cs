namespace ClearingActors.Grpc;

/// <summary>A stream each way. Requests may be written while responses are read; each side by one at a time.</summary>
public sealed class GrpcDuplexCall<TRequest, TResponse> : GrpcCall
{
    internal GrpcDuplexCall(ClientCall call, GrpcStreamReader<TResponse> reader, Marshaller<TRequest> marshaller)
        : base(call)
    {
        Requests = new GrpcStreamWriter<TRequest>(call, marshaller);
        Responses = reader;
    }

    /// <summary>The requests. A write fails with <see cref="RpcException"/> once the call has ended; why it ended tells the reader.</summary>
    public GrpcStreamWriter<TRequest> Requests { get; }

    /// <summary>The responses. The reader throws <see cref="RpcException"/> at the end unless the call ended with OK.</summary>
    public GrpcStreamReader<TResponse> Responses { get; }

    /// <summary>Sends what is buffered and says that no request will follow; responses go on.</summary>
    public async ValueTask CompleteRequestsAsync()
    {
        await Requests.FlushAsync();
        Call.CompleteRequest();
    }
}
