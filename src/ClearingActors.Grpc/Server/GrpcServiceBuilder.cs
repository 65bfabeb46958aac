using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Grpc;

/// <summary>Takes the handlers of a server's methods. Each method is mapped once.</summary>
public sealed class GrpcServiceBuilder
{
    private readonly IEndpointRouteBuilder _endpoints;
    private readonly ILogger _logger;
    private readonly CancellationToken _serverStop;
    private readonly HashSet<string> _methods = new(StringComparer.Ordinal);
    private readonly List<ServiceDescriptor> _services = [];
    private readonly Dictionary<string, LocalMethod> _local = new(StringComparer.Ordinal);

    internal GrpcServiceBuilder(IEndpointRouteBuilder endpoints, ILogger logger, CancellationToken serverStop)
    {
        _endpoints = endpoints;
        _logger = logger;
        _serverStop = serverStop;
    }

    /// <summary>Set these before the server starts.</summary>
    public GrpcServerOptions Options { get; } = new();

    /// <summary>The unary methods mapped so far whose messages are protoc's, by full name: for calls within the process.</summary>
    public IReadOnlyDictionary<string, LocalMethod> Local => _local;

    /// <summary>The descriptors of the services mapped so far; what reflection tells.</summary>
    public IReadOnlyList<ServiceDescriptor> Services => _services;

    /// <summary>One request, one response. Throws <see cref="ArgumentException"/> for a method of another shape or one mapped already, as all four do.</summary>
    public GrpcServiceBuilder Unary<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, Func<TRequest, ServerCallContext, ValueTask<TResponse>> handler)
    {
        if (method.Descriptor is { } descriptor && typeof(IMessage).IsAssignableFrom(typeof(TRequest)) && typeof(IMessage).IsAssignableFrom(typeof(TResponse)))
        {
            _local[method.FullName] = new LocalMethod(descriptor, async (request, context) => (IMessage)(object)(await handler((TRequest)request, context))!);
        }

        return Map(method, GrpcMethodType.Unary, async (reader, writer, context) =>
        {
            TRequest request = await ReadOneAsync(reader, context);
            await writer.BufferAsync(await handler(request, context));
        });
    }

    /// <summary>One request, a stream of responses. What the writer has buffered is sent when the handler returns.</summary>
    public GrpcServiceBuilder ServerStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, Func<TRequest, GrpcStreamWriter<TResponse>, ServerCallContext, ValueTask> handler) =>
        Map(method, GrpcMethodType.ServerStreaming, async (reader, writer, context) =>
            await handler(await ReadOneAsync(reader, context), writer, context));

    /// <summary>A stream of requests, one response.</summary>
    public GrpcServiceBuilder ClientStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, Func<GrpcStreamReader<TRequest>, ServerCallContext, ValueTask<TResponse>> handler) =>
        Map(method, GrpcMethodType.ClientStreaming, async (reader, writer, context) =>
            await writer.BufferAsync(await handler(reader, context)));

    /// <summary>A stream each way. What the writer has buffered is sent when the handler returns.</summary>
    public GrpcServiceBuilder Duplex<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, Func<GrpcStreamReader<TRequest>, GrpcStreamWriter<TResponse>, ServerCallContext, ValueTask> handler) =>
        Map(method, GrpcMethodType.DuplexStreaming, handler);

    /// <summary>Serves <c>grpc.health.v1.Health</c>. It can be called without authentication only if the interceptor lets it.</summary>
    public GrpcServiceBuilder Health(HealthService health)
    {
        health.MapTo(this);
        return this;
    }

    /// <summary>Serves <c>grpc.reflection.v1</c> and <c>v1alpha</c> for all services mapped here, before or after, whose methods have descriptors.</summary>
    public GrpcServiceBuilder Reflection()
    {
        new ReflectionService(this).MapTo(this);
        return this;
    }

    private static async ValueTask<TRequest> ReadOneAsync<TRequest>(GrpcStreamReader<TRequest> reader, ServerCallContext context)
    {
        if (!await reader.MoveNextAsync())
        {
            throw new RpcException(StatusCode.Unimplemented, $"{context.Method} takes one request; the call has none");
        }

        TRequest request = reader.Current;
        if (await reader.MoveNextAsync())
        {
            throw new RpcException(StatusCode.Unimplemented, $"{context.Method} takes one request; the call has more");
        }

        return request;
    }

    private GrpcServiceBuilder Map<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        GrpcMethodType type,
        Func<GrpcStreamReader<TRequest>, GrpcStreamWriter<TResponse>, ServerCallContext, ValueTask> handler)
    {
        if (method.Type != type)
        {
            throw new ArgumentException($"{method.FullName} is {method.Type}, not {type}", nameof(method));
        }

        if (!_methods.Add(method.FullName))
        {
            throw new ArgumentException($"{method.FullName} is mapped already", nameof(method));
        }

        if (method.Descriptor?.Service is { } service && !_services.Contains(service))
        {
            _services.Add(service);
        }

        var served = new ServerMethod<TRequest, TResponse>(method, handler, Options, _logger, _serverStop);
        _endpoints.MapMethods(method.Path, [HttpMethods.Post], (RequestDelegate)served.InvokeAsync).WithDisplayName(method.FullName);
        return this;
    }
}
