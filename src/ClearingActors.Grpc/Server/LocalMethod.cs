using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;

namespace ClearingActors.Grpc;

/// <summary>A unary method of this server as the process itself may call it, past the network and past the server's interceptor: for a web page that offers the same calls.</summary>
public sealed class LocalMethod
{
    private readonly Func<IMessage, ServerCallContext, ValueTask<IMessage>> _handler;

    internal LocalMethod(MethodDescriptor descriptor, Func<IMessage, ServerCallContext, ValueTask<IMessage>> handler)
    {
        Descriptor = descriptor;
        _handler = handler;
    }

    /// <summary>What the method takes and returns.</summary>
    public MethodDescriptor Descriptor { get; }

    /// <summary>As in <c>package.Service/Method</c>.</summary>
    public string FullName => $"{Descriptor.Service.FullName}/{Descriptor.Name}";

    /// <summary>Runs the handler.</summary>
    /// <param name="request">Of the method's request type.</param>
    /// <param name="http">The request that stands behind the call.</param>
    /// <param name="userState">Prepares what an interceptor would.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="RpcException">What the handler answers with in place of a response.</exception>
    public ValueTask<IMessage> InvokeAsync(IMessage request, HttpContext http, Action<ServerCallContext> userState, CancellationToken cancellation)
    {
        var context = new ServerCallContext(http, FullName, cancellation);
        userState(context);
        return _handler(request, context);
    }
}
