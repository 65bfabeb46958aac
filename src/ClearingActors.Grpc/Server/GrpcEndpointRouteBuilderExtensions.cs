using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Grpc;

/// <summary>Serves gRPC from an ASP.NET Core application, beside whatever else it serves.</summary>
public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps methods. Calls of methods nobody mapped are answered with UNIMPLEMENTED, so call it once per application. The
    /// endpoint needs HTTP/2: <c>Http2</c> without TLS, <c>Http1AndHttp2</c> with it.
    /// </summary>
    public static void MapGrpc(this IEndpointRouteBuilder endpoints, Action<GrpcServiceBuilder> configure)
    {
        IServiceProvider services = endpoints.ServiceProvider;
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("ClearingActors.Grpc");
        CancellationToken serverStop = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        configure(new GrpcServiceBuilder(endpoints, logger, serverStop));

        // Last in order, so that it hides no other endpoint.
        endpoints.MapMethods("/{service}/{method}", [HttpMethods.Post], (RequestDelegate)GrpcRequest.AnswerUnimplemented)
            .WithDisplayName("gRPC method that is not served")
            .Add(endpoint => ((RouteEndpointBuilder)endpoint).Order = int.MaxValue);
    }
}
