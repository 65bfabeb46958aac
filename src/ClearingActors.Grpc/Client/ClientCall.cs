using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;

namespace ClearingActors.Grpc;

/// <summary>One call on the client: it finds the one status the call ends with, whether the server, the deadline or the caller ends it.</summary>
internal sealed class ClientCall : IMessageSource, IMessageSink, IDisposable
{
    private static readonly StreamPipeReaderOptions PipeOptions = new(bufferSize: 32 * 1024, minimumReadSize: 4 * 1024);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly RequestStreamContent? _requestStream;
    private readonly TaskCompletionSource<PipeReader> _opening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _onCancel;
    private readonly Timer? _deadlineTimer;
    private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HttpResponseMessage? _response;
    private Status? _status;
    private Metadata _trailers = [];

    internal ClientCall(HttpMessageInvoker http, HttpRequestMessage request, GrpcCallOptions options)
    {
        _requestStream = request.Content as RequestStreamContent;
        if (options.Timeout is { } timeout && CallTimer.Reaches(timeout))
        {
            _deadlineTimer = new Timer(
                static call => ((ClientCall)call!).Abort(new Status(StatusCode.DeadlineExceeded, "The deadline has passed")),
                this, CallTimer.DueTime(timeout), Timeout.InfiniteTimeSpan);
        }

        _onCancel = options.CancellationToken.UnsafeRegister(
            static call => ((ClientCall)call!).Abort(new Status(StatusCode.Cancelled, "The caller cancelled the call")), this);
        _ = SendAsync(http, request);
    }

    public CancellationToken CallToken => _ending.Token;

    public string? Encoding { get; private set; }

    /// <summary>The response's headers, as soon as they are here.</summary>
    internal Task<Metadata> Headers => _headers.Task;

    /// <summary>How the call ended; null while it runs.</summary>
    internal Status? Status
    {
        get
        {
            lock (_lock)
            {
                return _status;
            }
        }
    }

    /// <summary>Empty until the call has ended.</summary>
    internal Metadata Trailers
    {
        get
        {
            lock (_lock)
            {
                return _trailers;
            }
        }
    }

    public ValueTask<PipeReader> OpenAsync(CancellationToken cancellationToken) =>
        new(_opening.Task.WaitAsync(cancellationToken));

    public void OnEnd()
    {
        HttpResponseMessage response = _response!;
        Status status = ReadStatus(response.TrailingHeaders) ?? ReadStatus(response.Headers)
            ?? new Status(StatusCode.Unknown, "The response ended without a status");
        End(status, ReadMetadata(HasStatus(response.TrailingHeaders) ? response.TrailingHeaders : response.Headers));
        _opening.Task.Result.Complete();
        ThrowUnlessOk();
    }

    public void Refuse(Status status) => Abort(status);

    public Exception Translate(Exception failure)
    {
        if (failure is not RpcException)
        {
            End(TransportFailure.StatusOf(failure), []);
        }

        return Status is { Code: not StatusCode.OK } status
            ? new RpcException(status, Trailers, failure)
            : failure;
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken)
    {
        // A frame cut short leaves the request useless, so that ending the write ends the call.
        using var stop = cancellationToken.UnsafeRegister(
            static call => ((ClientCall)call!).Abort(new Status(StatusCode.Cancelled, "The caller cancelled a write")), this);
        try
        {
            Stream stream = await _requestStream!.Stream;
            await stream.WriteAsync(frames, _ending.Token);
            await stream.FlushAsync(_ending.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException or ObjectDisposedException or InvalidOperationException)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // When the server has ended the call its status is still to be read and stays the call's; so nothing is ended here.
            throw new RpcException(Status is { Code: not StatusCode.OK } status ? status : TransportFailure.StatusOf(e), Trailers, e);
        }
    }

    /// <summary>Ends the request's stream; the response goes on.</summary>
    internal void CompleteRequest() => _requestStream!.Complete();

    /// <summary>Ends the call from this side, unless it has ended.</summary>
    internal void Abort(Status status)
    {
        if (TryEnd(status, []))
        {
            _ending.Cancel();
            _requestStream?.Fail(new RpcException(status));
            Close();
        }
    }

    public void Dispose()
    {
        Abort(new Status(StatusCode.Cancelled, "The caller left the call"));
        Close();
    }

    /// <summary>Never fails itself: what goes wrong goes to whoever waits for the response.</summary>
    private async Task SendAsync(HttpMessageInvoker http, HttpRequestMessage request)
    {
        try
        {
            HttpResponseMessage response = await http.SendAsync(request, _ending.Token);
            lock (_lock)
            {
                _response = response;
            }

            if (_ending.IsCancellationRequested)
            {
                // Aborted in between, when there was no response yet to close.
                response.Dispose();
                _ending.Token.ThrowIfCancellationRequested();
            }

            CheckHead(response);
            Encoding = First(response.Headers, "grpc-encoding");
            _headers.TrySetResult(ReadMetadata(response.Headers));
            _opening.TrySetResult(PipeReader.Create(await response.Content.ReadAsStreamAsync(_ending.Token), PipeOptions));
        }
        catch (Exception e)
        {
            Exception failure = e is RpcException ? e : Translate(e);
            _requestStream?.Fail(failure);
            _headers.TrySetException(failure);
            _opening.TrySetException(failure);

            // Looked at, so that a call nobody waits for any more is not reported as a forgotten failure.
            _ = _headers.Task.Exception;
            _ = _opening.Task.Exception;
        }
    }

    /// <summary>Throws for a response that is no gRPC.</summary>
    private void CheckHead(HttpResponseMessage response)
    {
        string? contentType = First(response.Content.Headers, "content-type");
        if (response.StatusCode == HttpStatusCode.OK && GrpcHttp.IsGrpc(contentType))
        {
            return;
        }

        Status failed = ReadStatus(response.Headers) ?? (response.StatusCode == HttpStatusCode.OK
            ? new Status(StatusCode.Unknown, $"The response is '{contentType}', not gRPC")
            : TransportFailure.StatusOf(response.StatusCode));
        Metadata trailers = ReadMetadata(response.Headers);
        End(failed, trailers);
        throw new RpcException(Status is { Code: not StatusCode.OK } status ? status : new Status(StatusCode.Unknown, failed.Detail), trailers);
    }

    private void End(Status status, Metadata trailers)
    {
        if (TryEnd(status, trailers))
        {
            if (_requestStream is not null)
            {
                // The server takes no more: frees a write that flow control holds, and ends the request's stream.
                _ending.Cancel();
                _requestStream.Fail(new RpcException(status.Code == StatusCode.OK ? new Status(StatusCode.Cancelled, "The call has ended") : status));
            }

            Close();
        }
    }

    private bool TryEnd(Status status, Metadata trailers)
    {
        lock (_lock)
        {
            if (_status is not null)
            {
                return false;
            }

            _status = status;
            _trailers = trailers;
            return true;
        }
    }

    /// <summary>Lets go of the stream, which resets it when it was still running, and of what might have ended the call.</summary>
    private void Close()
    {
        _deadlineTimer?.Dispose();
        _onCancel.Unregister();
        HttpResponseMessage? response;
        lock (_lock)
        {
            response = _response;
        }

        response?.Dispose();
    }

    private void ThrowUnlessOk()
    {
        if (Status is { Code: not StatusCode.OK } status)
        {
            throw new RpcException(status, Trailers);
        }
    }

    private static bool HasStatus(HttpHeaders headers) => headers.NonValidated.Contains("grpc-status");

    private static Status? ReadStatus(HttpHeaders headers) => GrpcHttp.ReadStatus(First(headers, "grpc-status"), First(headers, "grpc-message"));

    private static string? First(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values.FirstOrDefault() : null;

    private static Metadata ReadMetadata(HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (key, values) in headers.NonValidated)
        {
            foreach (string value in values)
            {
                metadata.AddReceived(key, value);
            }
        }

        return metadata;
    }
}
