using System.Net;

namespace ClearingActors.Grpc;

/// <summary>The body of a request with one message. It can be sent anew when a connection turned the request away unseen.</summary>
internal sealed class MessageContent<T> : HttpContent
{
    private readonly FrameBuffer _frame = new();

    internal MessageContent(T message, Marshaller<T> marshaller) => _frame.Append(message, marshaller);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        stream.WriteAsync(_frame.Written, cancellationToken).AsTask();

    protected override bool TryComputeLength(out long length)
    {
        // The protocol's clients send no content-length, and some proxies take a request that has one for no stream.
        length = -1;
        return false;
    }
}
