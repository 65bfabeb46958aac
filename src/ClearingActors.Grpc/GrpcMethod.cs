using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ClearingActors.Grpc;

/// <summary>One method of a service: its name, the shape of its calls and how its messages become bytes.</summary>
public sealed class GrpcMethod<TRequest, TResponse>
{
    /// <param name="fullName">As in <c>package.Service/Method</c>, without a leading slash.</param>
    /// <param name="type">The shape of its calls.</param>
    /// <param name="requestMarshaller">How requests become bytes.</param>
    /// <param name="responseMarshaller">How responses become bytes.</param>
    /// <param name="descriptor">What reflection tells of the method; without one it works but is not told of.</param>
    public GrpcMethod(string fullName, GrpcMethodType type, Marshaller<TRequest> requestMarshaller, Marshaller<TResponse> responseMarshaller, MethodDescriptor? descriptor = null)
    {
        string[] parts = fullName.Split('/');
        if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
        {
            throw new ArgumentException($"'{fullName}' is not of the form package.Service/Method", nameof(fullName));
        }

        FullName = fullName;
        ServiceName = parts[0];
        Type = type;
        RequestMarshaller = requestMarshaller;
        ResponseMarshaller = responseMarshaller;
        Descriptor = descriptor;
    }

    /// <summary>As in <c>package.Service/Method</c>.</summary>
    public string FullName { get; }

    /// <summary>As in <c>package.Service</c>.</summary>
    public string ServiceName { get; }

    public GrpcMethodType Type { get; }

    public Marshaller<TRequest> RequestMarshaller { get; }

    public Marshaller<TResponse> ResponseMarshaller { get; }

    public MethodDescriptor? Descriptor { get; }

    internal string Path => "/" + FullName;
}

/// <summary>Makes methods from what protoc generated.</summary>
public static class GrpcMethod
{
    /// <summary>
    /// A method of generated messages. Throws <see cref="ArgumentException"/> when the service has no such method or the
    /// method has other messages.
    /// </summary>
    public static GrpcMethod<TRequest, TResponse> Of<TRequest, TResponse>(ServiceDescriptor service, string name)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse>
    {
        var method = Find(service, name);
        return Of(method, Marshal<TRequest>(method.InputType), Marshal<TResponse>(method.OutputType));
    }

    /// <summary>A method of a service with marshallers of one's own, for messages that are on the hot path.</summary>
    public static GrpcMethod<TRequest, TResponse> Of<TRequest, TResponse>(
        ServiceDescriptor service, string name, Marshaller<TRequest> requestMarshaller, Marshaller<TResponse> responseMarshaller) =>
        Of(Find(service, name), requestMarshaller, responseMarshaller);

    private static GrpcMethod<TRequest, TResponse> Of<TRequest, TResponse>(
        MethodDescriptor method, Marshaller<TRequest> requestMarshaller, Marshaller<TResponse> responseMarshaller)
    {
        var type = (method.IsClientStreaming, method.IsServerStreaming) switch
        {
            (false, false) => GrpcMethodType.Unary,
            (false, true) => GrpcMethodType.ServerStreaming,
            (true, false) => GrpcMethodType.ClientStreaming,
            (true, true) => GrpcMethodType.DuplexStreaming,
        };
        return new($"{method.Service.FullName}/{method.Name}", type, requestMarshaller, responseMarshaller, method);
    }

    private static MethodDescriptor Find(ServiceDescriptor service, string name) =>
        service.FindMethodByName(name) ?? throw new ArgumentException($"{service.FullName} has no method '{name}'", nameof(name));

    private static Marshaller<T> Marshal<T>(MessageDescriptor message) where T : IMessage<T> =>
        message.Parser is MessageParser<T> parser
            ? Marshaller.Protobuf(parser)
            : throw new ArgumentException($"{typeof(T)} is not the class of {message.FullName}");
}
