using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace ClearingActors.Grpc;

/// <summary>
/// The messages that arrive on a call. Reading is what lets the peer send on: what is not read is held back by flow control.
/// Not thread-safe: one read at a time. Reading and writing of one call may go on at once.
/// </summary>
public sealed class GrpcStreamReader<T>
{
    private readonly IMessageSource _source;
    private readonly Marshaller<T> _marshaller;
    private readonly FrameDecoder _decoder;
    private PipeReader? _pipe;
    private ReadOnlySequence<byte> _unread;
    private bool _holdsRead;
    private bool _sawEnd;
    private bool _ended;
    private T? _current;

    internal GrpcStreamReader(IMessageSource source, Marshaller<T> marshaller, int maxMessageSize)
    {
        _source = source;
        _marshaller = marshaller;
        _decoder = new FrameDecoder(maxMessageSize);
    }

    /// <summary>The message that the last successful <see cref="MoveNextAsync"/> found.</summary>
    public T Current => _current!;

    /// <summary>
    /// Waits for the next message; false at the end of the stream. Throws <see cref="RpcException"/> when the bytes break the
    /// protocol or, on a client, when the call ended with an error. Throws <see cref="OperationCanceledException"/> when
    /// <paramref name="cancellationToken"/> ends the wait (the call goes on and may be read again) and, on a server, when
    /// the call has ended: by the client, the deadline or the server's stop.
    /// </summary>
    public ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken = default)
    {
        if (TryTake(out T? message))
        {
            _current = message;
            return new ValueTask<bool>(true);
        }

        return WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Takes the next message if it has wholly arrived, without waiting: with it a server drains what came in one batch.
    /// <see cref="Current"/> stays. False says nothing about the end of the stream; <see cref="MoveNextAsync"/> does.
    /// Throws as <see cref="MoveNextAsync"/> does for bytes that break the protocol.
    /// </summary>
    public bool TryReadBuffered([MaybeNullWhen(false)] out T message)
    {
        if (TryTake(out message))
        {
            return true;
        }

        if (_pipe is null || _sawEnd || _source.CallToken.IsCancellationRequested)
        {
            return false;
        }

        try
        {
            Release();
            if (!_pipe.TryRead(out ReadResult result))
            {
                return false;
            }

            Hold(result);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or HttpRequestException or OperationCanceledException)
        {
            throw _source.Translate(e);
        }

        return TryTake(out message);
    }

    /// <summary>The remaining messages, one after the other. Throws as <see cref="MoveNextAsync"/> does.</summary>
    public async IAsyncEnumerable<T> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await MoveNextAsync(cancellationToken))
        {
            yield return Current;
        }
    }

    private static void Interrupt(PipeReader pipe)
    {
        try
        {
            pipe.CancelPendingRead();
        }
        catch (IOException)
        {
            // The other side has reset the stream, so the read has ended by itself and tells of it; Kestrel's pipe throws here too.
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return false;
        }

        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // The pipe of a call that has ended on a server may serve another call by now.
            _source.CallToken.ThrowIfCancellationRequested();
            if (_pipe is null)
            {
                _pipe = await _source.OpenAsync(cancellationToken);
                _decoder.Encoding = _source.Encoding;
            }

            // The call's own token goes to the pipe; another one only interrupts the pipe, which costs no allocation.
            using var interrupt = cancellationToken.CanBeCanceled && cancellationToken != _source.CallToken
                ? cancellationToken.UnsafeRegister(static pipe => Interrupt((PipeReader)pipe!), _pipe)
                : default;
            while (true)
            {
                if (TryTake(out T? message))
                {
                    _current = message;
                    return true;
                }

                if (_sawEnd)
                {
                    return End();
                }

                Release();
                ReadResult result = await _pipe.ReadAsync(_source.CallToken);
                Hold(result);
                if (result.IsCanceled)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or HttpRequestException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw _source.Translate(e);
        }
    }

    private bool End()
    {
        if (!_unread.IsEmpty)
        {
            throw Refused(new RpcException(StatusCode.Internal, "The stream ended within a message"));
        }

        Release();
        _source.OnEnd();
        _ended = true;
        return false;
    }

    private bool TryTake([MaybeNullWhen(false)] out T message)
    {
        try
        {
            if (!_decoder.TryTake(ref _unread, out ReadOnlySequence<byte> payload))
            {
                message = default;
                return false;
            }

            message = _marshaller.Parse(payload);
            return true;
        }
        catch (RpcException e)
        {
            throw Refused(e);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidDataException)
        {
            throw Refused(new RpcException(StatusCode.Internal, "A message could not be parsed", e));
        }
    }

    private RpcException Refused(RpcException reason)
    {
        _source.Refuse(reason.Status);
        return reason;
    }

    private void Hold(ReadResult result)
    {
        _unread = result.Buffer;
        _holdsRead = true;
        _sawEnd = result.IsCompleted;
    }

    private void Release()
    {
        if (_holdsRead)
        {
            // All was looked at: only that re-opens the flow-control window for a message larger than the window.
            _holdsRead = false;
            SequencePosition start = _unread.Start;
            SequencePosition end = _unread.End;
            _unread = default;
            _pipe!.AdvanceTo(start, end);
        }
    }
}
