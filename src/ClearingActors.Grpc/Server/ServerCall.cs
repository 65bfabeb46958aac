using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace ClearingActors.Grpc;

/// <summary>
/// One call on the server: it joins the three ways a call can be cut short into one token, and sees to it that one status
/// is sent, be it by the handler's end or by the deadline while the handler is busy elsewhere.
/// </summary>
internal sealed class ServerCall : IMessageSource, IMessageSink, IAsyncDisposable
{
    private readonly HttpContext _http;
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _response = new(1, 1);
    private readonly PipeWriter _body;
    private readonly CancellationTokenRegistration _onClient;
    private readonly CancellationTokenRegistration _onStop;
    private Timer? _deadlineTimer;
    private int _end;
    private bool _statusSent;
    private bool _headersSet;
    private Task _earlyStatus = Task.CompletedTask;

    internal ServerCall(HttpContext http, string method, CancellationToken serverStop)
    {
        _http = http;
        _body = http.Response.BodyWriter;
        Context = new ServerCallContext(this, http, method);
        Encoding = http.Request.Headers["grpc-encoding"];
        _onClient = http.RequestAborted.UnsafeRegister(static call => ((ServerCall)call!).Cancel(CallEnd.Client), this);
        _onStop = serverStop.UnsafeRegister(static call => ((ServerCall)call!).Cancel(CallEnd.ServerStop), this);
    }

    public CancellationToken CallToken => _ending.Token;

    public string? Encoding { get; }

    internal ServerCallContext Context { get; }

    internal DateTimeOffset? Deadline { get; private set; }

    private CallEnd End => (CallEnd)Volatile.Read(ref _end);

    /// <summary>Starts the clock of <c>grpc-timeout</c>.</summary>
    internal void StartDeadline()
    {
        string? text = _http.Request.Headers["grpc-timeout"];
        if (text is null)
        {
            return;
        }

        if (!GrpcTimeout.TryDecode(text, out TimeSpan timeout))
        {
            throw new RpcException(StatusCode.Internal, "grpc-timeout is malformed");
        }

        DateTimeOffset now = DateTimeOffset.UtcNow;
        Deadline = timeout < DateTimeOffset.MaxValue - now ? now + timeout : DateTimeOffset.MaxValue;
        if (CallTimer.Reaches(timeout))
        {
            _deadlineTimer = new Timer(static call => ((ServerCall)call!).OnDeadline(), this, CallTimer.DueTime(timeout), Timeout.InfiniteTimeSpan);
        }
    }

    public ValueTask<PipeReader> OpenAsync(CancellationToken cancellationToken) => new(_http.Request.BodyReader);

    public void OnEnd()
    {
        // The client has said all it has to say; the status is the server's to give.
    }

    public void Refuse(Status status)
    {
        // The handler gets the exception and with it the say.
    }

    public Exception Translate(Exception failure)
    {
        if (!_ending.IsCancellationRequested)
        {
            // Kestrel fails the body before it cancels RequestAborted; the handler is to find the token cancelled already.
            Cancel(CallEnd.Client);
        }

        return new OperationCanceledException($"The call has ended: {End}", failure, _ending.Token);
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _response.WaitAsync(_ending.Token);
        try
        {
            // Also for a write that a handler left behind: the HTTP context may serve another call by now.
            _ending.Token.ThrowIfCancellationRequested();
            SetHeaders();
            ValueTask<FlushResult> flush = _body.WriteAsync(frames, CancellationToken.None);
            FlushResult result = flush.IsCompletedSuccessfully ? flush.Result : await HeldBackAsync(flush, cancellationToken);
            if (result.IsCompleted)
            {
                Cancel(CallEnd.Client);
                _ending.Token.ThrowIfCancellationRequested();
            }
        }
        catch (IOException e)
        {
            throw Translate(e);
        }
        finally
        {
            _response.Release();
        }
    }

    internal async ValueTask SendHeadersAsync()
    {
        await _response.WaitAsync(_ending.Token);
        try
        {
            _ending.Token.ThrowIfCancellationRequested();
            SetHeaders();

            // Starting the response would only queue them.
            await _body.FlushAsync(CancellationToken.None);
        }
        finally
        {
            _response.Release();
        }
    }

    /// <summary>Sends the status of a handler that has ended, unless the deadline has sent one already.</summary>
    /// <param name="status">The end.</param>
    /// <param name="trailers">Those of an exception.</param>
    /// <param name="pending">Frames that the handler buffered and did not flush.</param>
    internal async Task FinishAsync(Status status, Metadata? trailers, ReadOnlyMemory<byte> pending)
    {
        if (End == CallEnd.Deadline)
        {
            // Even a handler that took no notice: its client has given up and would take no other answer.
            status = DeadlineExceeded;
        }

        // Ends what the handler may have left running, above all a write that holds the response.
        Cancel(CallEnd.HandlerDone);
        await _response.WaitAsync(CancellationToken.None);
        bool early = _statusSent;
        _statusSent = true;
        _response.Release();
        if (early)
        {
            await _earlyStatus;
        }
        else if (!_http.RequestAborted.IsCancellationRequested)
        {
            await SendStatusAsync(status, trailers, pending, withContext: true);
        }
    }

    /// <summary>After this the HTTP context may serve another call; nothing of this one reaches it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _onClient.DisposeAsync();
        await _onStop.DisposeAsync();
        if (_deadlineTimer is not null)
        {
            await _deadlineTimer.DisposeAsync();
        }

        // The token's source and the semaphore stay: what a handler left behind may still ask them, and is told that the call has ended.
    }

    /// <summary>The status that an exception out of a handler stands for; null when it is the handler's own failure.</summary>
    internal Status? StatusOf(Exception exception)
    {
        if (exception is RpcException rpc)
        {
            return rpc.Status;
        }

        if (exception is not OperationCanceledException)
        {
            return null;
        }

        return End switch
        {
            CallEnd.Client => new Status(StatusCode.Cancelled, "The client ended the call"),
            CallEnd.Deadline => DeadlineExceeded,
            CallEnd.ServerStop => new Status(StatusCode.Unavailable, "The server is stopping"),
            _ => null,
        };
    }

    private static Status DeadlineExceeded => new(StatusCode.DeadlineExceeded, "The deadline has passed");

    /// <summary>
    /// Waits out flow control. A token given to Kestrel's own flush would reset the stream, and with it the status that is still
    /// to be sent; so the flush is only told to return.
    /// </summary>
    private async ValueTask<FlushResult> HeldBackAsync(ValueTask<FlushResult> flush, CancellationToken cancellationToken)
    {
        using var onEnd = _ending.Token.UnsafeRegister(static body => ((PipeWriter)body!).CancelPendingFlush(), _body);
        using var onCancel = cancellationToken.UnsafeRegister(static body => ((PipeWriter)body!).CancelPendingFlush(), _body);
        while (true)
        {
            FlushResult result = await flush;
            if (!result.IsCanceled)
            {
                return result;
            }

            cancellationToken.ThrowIfCancellationRequested();
            _ending.Token.ThrowIfCancellationRequested();

            // Left over from a token that ended just after an earlier flush had returned.
            flush = _body.FlushAsync(CancellationToken.None);
        }
    }

    private void Cancel(CallEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, (int)end, (int)CallEnd.None) == (int)CallEnd.None)
        {
            try
            {
                _ending.Cancel();
            }
            catch (AggregateException e)
            {
                // A callback that a handler registered has failed; the call's end must not.
                Report?.Invoke(e);
            }
        }
    }

    /// <summary>Told of failures that have no handler to return to.</summary>
    internal Action<Exception>? Report { get; init; }

    private void OnDeadline()
    {
        if (!_response.Wait(0))
        {
            // A write holds the response: cancelling ends that write, and the handler's end sends the status.
            Cancel(CallEnd.Deadline);
            return;
        }

        if (!_statusSent)
        {
            _statusSent = true;
            _earlyStatus = SendStatusAsync(DeadlineExceeded, null, default, withContext: false);
        }

        // Before the response is let go, so that no write comes in between.
        Cancel(CallEnd.Deadline);
        _response.Release();
    }

    /// <param name="status">The end.</param>
    /// <param name="trailers">Those of an exception.</param>
    /// <param name="pending">Frames to send before it.</param>
    /// <param name="withContext">Whether to send the handler's headers and trailers; not while the handler may be changing them.</param>
    private async Task SendStatusAsync(Status status, Metadata? trailers, ReadOnlyMemory<byte> pending, bool withContext)
    {
        HttpResponse response = _http.Response;
        Metadata? own = withContext ? Context.TrailersIfAny : null;
        if (!response.HasStarted && !_headersSet && pending.IsEmpty && !(withContext && Context.HasResponseHeaders))
        {
            // Trailers-only: one frame says it all.
            response.ContentType = GrpcHttp.ContentType;
            WriteTrailers(response.Headers, status, own, trailers);
        }
        else
        {
            SetHeaders();
            if (!pending.IsEmpty)
            {
                pending.Span.CopyTo(_body.GetSpan(pending.Length));
                _body.Advance(pending.Length);
            }
            else if (!response.HasStarted)
            {
                await response.StartAsync();
            }

            var feature = _http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>();
            WriteTrailers(feature.Trailers, status, own, trailers);
        }

        // Kestrel sends it behind what flow control still holds back, and does not wait for that here.
        await response.CompleteAsync();
    }

    private void SetHeaders()
    {
        if (_headersSet)
        {
            return;
        }

        _headersSet = true;
        HttpResponse response = _http.Response;
        response.ContentType = GrpcHttp.ContentType;
        response.Headers["grpc-accept-encoding"] = GrpcHttp.AcceptEncoding;
        if (Context.HasResponseHeaders)
        {
            AppendAll(response.Headers, Context.ResponseHeaders);
        }
    }

    private static void WriteTrailers(IHeaderDictionary target, Status status, Metadata? own, Metadata? thrown)
    {
        GrpcHttp.SetStatus(target, status);
        AppendAll(target, own);
        AppendAll(target, thrown);
    }

    private static void AppendAll(IHeaderDictionary target, Metadata? metadata)
    {
        if (metadata is not null)
        {
            foreach (MetadataEntry entry in metadata)
            {
                // IHeaderDictionary.Append would drop an empty value.
                target[entry.Key] = StringValues.Concat(target[entry.Key], entry.HeaderValue);
            }
        }
    }
}
