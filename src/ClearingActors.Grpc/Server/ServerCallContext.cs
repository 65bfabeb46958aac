using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace ClearingActors.Grpc;

/// <summary>What a handler knows of its call beside the messages. It belongs to the call and is not to be kept after it.</summary>
public sealed class ServerCallContext
{
    private readonly ServerCall? _call;
    private readonly CancellationToken _cancellation;
    private Metadata? _requestHeaders;
    private Metadata? _responseHeaders;
    private Metadata? _trailers;

    internal ServerCallContext(ServerCall call, HttpContext httpContext, string method)
    {
        _call = call;
        HttpContext = httpContext;
        Method = method;
        UserState = httpContext.Items;
    }

    /// <summary>Of a call that no client made by gRPC: another request of this host stands behind it.</summary>
    internal ServerCallContext(HttpContext httpContext, string method, CancellationToken cancellation)
    {
        HttpContext = httpContext;
        Method = method;
        UserState = new Dictionary<object, object?>();
        _cancellation = cancellation;
    }

    /// <summary>As in <c>package.Service/Method</c>.</summary>
    public string Method { get; }

    /// <summary>The connection, its TLS certificate and the host's services. Its body and response belong to the call.</summary>
    public HttpContext HttpContext { get; }

    /// <summary>Whatever an interceptor wants to hand to the handler.</summary>
    public IDictionary<object, object?> UserState { get; }

    /// <summary>As in <c>ipv4:127.0.0.1:50051</c>, <c>ipv6:[::1]:50051</c> or <c>unknown</c>.</summary>
    public string Peer
    {
        get
        {
            IPAddress? address = HttpContext.Connection.RemoteIpAddress;
            int port = HttpContext.Connection.RemotePort;
            return address?.AddressFamily switch
            {
                AddressFamily.InterNetwork => $"ipv4:{address}:{port}",
                AddressFamily.InterNetworkV6 => $"ipv6:[{address}]:{port}",
                _ => "unknown",
            };
        }
    }

    /// <summary>What the client sent along. Throws <see cref="RpcException"/> (INTERNAL) for a <c>-bin</c> value that is not base64.</summary>
    public Metadata RequestHeaders
    {
        get
        {
            if (_requestHeaders is null)
            {
                var headers = new Metadata();
                foreach (var (key, values) in HttpContext.Request.Headers)
                {
                    foreach (string? value in values)
                    {
                        headers.AddReceived(key, value ?? "");
                    }
                }

                _requestHeaders = headers;
            }

            return _requestHeaders;
        }
    }

    /// <summary>Sent before the first message. What is added after that is lost.</summary>
    public Metadata ResponseHeaders => _responseHeaders ??= [];

    /// <summary>Sent with the status. An <see cref="RpcException"/> adds its own to these.</summary>
    public Metadata Trailers => _trailers ??= [];

    /// <summary>When the client gives up, in UTC; null when it never does.</summary>
    public DateTimeOffset? Deadline => _call?.Deadline;

    /// <summary>Ends when the client cancels or goes away, the deadline passes, the server stops or the call is over.</summary>
    public CancellationToken CancellationToken => _call?.CallToken ?? _cancellation;

    internal bool HasResponseHeaders => _responseHeaders is { Count: > 0 };

    internal Metadata? TrailersIfAny => _trailers;

    /// <summary>Sends the response headers now rather than with the first message. Throws <see cref="OperationCanceledException"/> when the call has ended.</summary>
    public ValueTask SendResponseHeadersAsync() => _call?.SendHeadersAsync() ?? ValueTask.CompletedTask;
}
