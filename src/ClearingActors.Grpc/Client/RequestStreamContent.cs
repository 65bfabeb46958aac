using System.Net;

namespace ClearingActors.Grpc;

/// <summary>The body of a request whose messages are written while the call runs.</summary>
internal sealed class RequestStreamContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where to write, once there is a connection.</summary>
    internal Task<Stream> Stream => _stream.Task;

    /// <summary>Ends the request's stream.</summary>
    internal void Complete() => _done.TrySetResult();

    /// <summary>Fails writes that still wait for a connection and ends the stream.</summary>
    internal void Fail(Exception reason)
    {
        if (_stream.TrySetException(reason))
        {
            // A call nobody writes to has nobody to see this.
            _ = _stream.Task.Exception;
        }

        _done.TrySetResult();
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // Sends the headers: the server may have something to say before the first message.
        await stream.FlushAsync(cancellationToken);
        if (!_stream.TrySetResult(stream))
        {
            throw new HttpRequestException("The request's stream has begun on a connection that broke and cannot begin anew");
        }

        using var stop = cancellationToken.UnsafeRegister(static (done, token) => ((TaskCompletionSource)done!).TrySetCanceled(token), _done);
        await _done.Task;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }
}
