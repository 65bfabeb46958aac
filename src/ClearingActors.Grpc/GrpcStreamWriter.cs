using System.Runtime.CompilerServices;

namespace ClearingActors.Grpc;

/// <summary>
/// The messages that leave on a call. Not thread-safe: one write at a time, which an overlapping write may be told by an
/// <see cref="InvalidOperationException"/>. Reading and writing of one call may go on at once.
/// </summary>
/// <remarks>
/// A peer that does not read holds the writer back: once its flow-control window and the transport's buffer (64 KiB) are
/// full, a flush waits. All writes throw <see cref="OperationCanceledException"/> when their token ends the wait and, on a
/// server, when the call has ended; on a client they throw <see cref="RpcException"/> when the call has ended.
/// </remarks>
public sealed class GrpcStreamWriter<T>
{
    /// <summary>In bytes: above this <see cref="BufferAsync"/> flushes by itself.</summary>
    public const int FlushThreshold = 64 * 1024;

    private readonly IMessageSink _sink;
    private readonly Marshaller<T> _marshaller;
    private readonly FrameBuffer _buffer = new();
    private bool _flushing;

    internal GrpcStreamWriter(IMessageSink sink, Marshaller<T> marshaller)
    {
        _sink = sink;
        _marshaller = marshaller;
    }

    /// <summary>What <see cref="BufferAsync"/> has set aside and no flush has sent.</summary>
    internal ReadOnlyMemory<byte> Buffered => _buffer.Written;

    /// <summary>Sends a message, along with those buffered before it, and waits while flow control holds it back.</summary>
    public ValueTask WriteAsync(T message, CancellationToken cancellationToken = default)
    {
        Append(message);
        return SendAsync(cancellationToken);
    }

    /// <summary>
    /// Sets a message aside for the next flush, so that many share one. It ends at once unless more than
    /// <see cref="FlushThreshold"/> bytes wait, in which case it flushes. When a handler returns, what it set aside is sent.
    /// </summary>
    public ValueTask BufferAsync(T message, CancellationToken cancellationToken = default)
    {
        Append(message);
        return _buffer.Length > FlushThreshold ? SendAsync(cancellationToken) : default;
    }

    /// <summary>Sends what is buffered and waits while flow control holds it back. Without anything buffered it does nothing.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) =>
        _buffer.Length == 0 ? default : SendAsync(cancellationToken);

    private void Append(T message)
    {
        ThrowIfFlushing();
        _buffer.Append(message, _marshaller);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        ThrowIfFlushing();
        _flushing = true;
        try
        {
            await _sink.SendAsync(_buffer.Written, cancellationToken);
        }
        finally
        {
            // Also after a failure: the frames may have gone out in part, and a frame sent twice would be worse than none.
            _buffer.Clear();
            _flushing = false;
        }
    }

    private void ThrowIfFlushing()
    {
        if (_flushing)
        {
            throw new InvalidOperationException("A write of this call has not ended yet; a writer takes one at a time");
        }
    }
}
