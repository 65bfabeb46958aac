namespace ClearingActors.Grpc;

/// <summary>
/// A call that a client has started. Dispose it: a call left before its end is cancelled by that, and one left alone holds
/// its stream until the server ends it. The end that a status tells is the response's.
/// </summary>
public abstract class GrpcCall : IDisposable
{
    private protected GrpcCall(ClientCall call) => Call = call;

    /// <summary>What the server sent before its first message. Fails with <see cref="RpcException"/> when the call ended before that.</summary>
    public Task<Metadata> ResponseHeadersAsync => Call.Headers;

    /// <summary>How the call ended; null while it runs and as long as the response has not been read to its end.</summary>
    public Status? Status => Call.Status;

    /// <summary>What came with the status; empty as long as there is none.</summary>
    public Metadata Trailers => Call.Trailers;

    private protected ClientCall Call { get; }

    /// <summary>Ends the call with <see cref="StatusCode.Cancelled"/>, unless it has ended.</summary>
    public void Dispose()
    {
        Call.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static async Task<T> ReadOneAsync<T>(GrpcStreamReader<T> reader)
    {
        if (!await reader.MoveNextAsync())
        {
            throw new RpcException(StatusCode.Unimplemented, "The call has one response; the server sent none");
        }

        T response = reader.Current;
        if (await reader.MoveNextAsync())
        {
            throw new RpcException(StatusCode.Unimplemented, "The call has one response; the server sent more");
        }

        return response;
    }
}
