using System.Net;
using System.Net.Security;

namespace ClearingActors.Grpc;

/// <summary>
/// The connections to one server, made when the first call needs them and again after they break. Thread-safe; one per
/// server is enough. Calls fail with <see cref="RpcException"/> and are not repeated by the channel.
/// </summary>
public sealed class GrpcChannel : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly Uri _address;
    private readonly GrpcChannelOptions _options;

    /// <param name="address">As in <c>http://host:port</c> for HTTP/2 without TLS or <c>https://host:port</c> with it. A path in it is not used.</param>
    /// <param name="options">Null for the defaults.</param>
    public GrpcChannel(Uri address, GrpcChannelOptions? options = null)
    {
        if (address.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"'{address}' starts with neither http nor https", nameof(address));
        }

        _address = address;
        _options = options ?? new GrpcChannelOptions();
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            EnableMultipleHttp2Connections = _options.EnableMultipleHttp2Connections,
            InitialHttp2StreamWindowSize = _options.StreamWindowSize,
            ConnectTimeout = _options.ConnectTimeout,
            KeepAlivePingDelay = _options.KeepAlivePingDelay,
            KeepAlivePingTimeout = _options.KeepAlivePingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        if (_options.Ssl is SslClientAuthenticationOptions ssl)
        {
            handler.SslOptions = ssl;
        }

        _options.ConfigureHandler?.Invoke(handler);
        _http = new HttpMessageInvoker(handler);
    }

    /// <summary>Calls a unary method and waits for its response. Throws <see cref="RpcException"/> unless the call ends with OK.</summary>
    public async Task<TResponse> UnaryAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, GrpcCallOptions? options = null)
    {
        using GrpcUnaryCall<TResponse> call = Unary(method, request, options);
        return await call.ResponseAsync;
    }

    /// <summary>Calls a unary method, for one who also wants the headers and trailers.</summary>
    public GrpcUnaryCall<TResponse> Unary<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, GrpcCallOptions? options = null)
    {
        Check(method, GrpcMethodType.Unary);
        ClientCall call = Start(method, new MessageContent<TRequest>(request, method.RequestMarshaller), options);
        return new GrpcUnaryCall<TResponse>(call, Reader(call, method));
    }

    /// <summary>Calls a method that answers one request with a stream.</summary>
    public GrpcServerStreamingCall<TResponse> ServerStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, GrpcCallOptions? options = null)
    {
        Check(method, GrpcMethodType.ServerStreaming);
        ClientCall call = Start(method, new MessageContent<TRequest>(request, method.RequestMarshaller), options);
        return new GrpcServerStreamingCall<TResponse>(call, Reader(call, method));
    }

    /// <summary>Calls a method that answers a stream of requests with one response.</summary>
    public GrpcClientStreamingCall<TRequest, TResponse> ClientStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, GrpcCallOptions? options = null)
    {
        Check(method, GrpcMethodType.ClientStreaming);
        ClientCall call = Start(method, new RequestStreamContent(), options);
        return new GrpcClientStreamingCall<TRequest, TResponse>(call, Reader(call, method), method.RequestMarshaller);
    }

    /// <summary>Calls a method with a stream each way.</summary>
    public GrpcDuplexCall<TRequest, TResponse> Duplex<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, GrpcCallOptions? options = null)
    {
        Check(method, GrpcMethodType.DuplexStreaming);
        ClientCall call = Start(method, new RequestStreamContent(), options);
        return new GrpcDuplexCall<TRequest, TResponse>(call, Reader(call, method), method.RequestMarshaller);
    }

    /// <summary>Closes the connections; calls that run fail.</summary>
    public void Dispose() => _http.Dispose();

    private static void Check<TRequest, TResponse>(GrpcMethod<TRequest, TResponse> method, GrpcMethodType type)
    {
        if (method.Type != type)
        {
            throw new ArgumentException($"{method.FullName} is {method.Type}, not {type}", nameof(method));
        }
    }

    private GrpcStreamReader<TResponse> Reader<TRequest, TResponse>(ClientCall call, GrpcMethod<TRequest, TResponse> method) =>
        new(call, method.ResponseMarshaller, _options.MaxReceiveMessageSize);

    private ClientCall Start<TRequest, TResponse>(GrpcMethod<TRequest, TResponse> method, HttpContent content, GrpcCallOptions? options)
    {
        options ??= GrpcCallOptions.Default;
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_address, method.Path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.TryAddWithoutValidation("content-type", GrpcHttp.ContentType);
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation("user-agent", "grpc-clearing-actors");
        request.Headers.TryAddWithoutValidation("grpc-accept-encoding", GrpcHttp.AcceptEncoding);
        if (options.Timeout is { } timeout)
        {
            request.Headers.TryAddWithoutValidation("grpc-timeout", GrpcTimeout.Encode(timeout));
        }

        AddAll(request, _options.Metadata);
        AddAll(request, options.Metadata);
        return new ClientCall(_http, request, options);
    }

    private static void AddAll(HttpRequestMessage request, Metadata? metadata)
    {
        if (metadata is not null)
        {
            foreach (MetadataEntry entry in metadata)
            {
                request.Headers.TryAddWithoutValidation(entry.Key, entry.HeaderValue);
            }
        }
    }
}
