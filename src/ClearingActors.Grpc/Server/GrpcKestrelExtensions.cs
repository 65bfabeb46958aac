using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ClearingActors.Grpc;

/// <summary>Sets Kestrel's limits for streams that last.</summary>
public static class GrpcKestrelExtensions
{
    /// <summary>
    /// Sets the windows and bounds of <paramref name="limits"/> and has HTTP/2 pings find connections whose other end is gone.
    /// It lifts the least data rate of responses for the whole server, because Kestrel cuts a connection whose client reads
    /// slowly and so holds back by design. The request's size and data rate are lifted by each gRPC call for itself, so
    /// that other endpoints of the server keep their limits.
    /// </summary>
    public static void ConfigureKestrelForGrpc(this KestrelServerOptions options, GrpcKestrelLimits? limits = null)
    {
        limits ??= new GrpcKestrelLimits();
        options.AddServerHeader = false;
        options.Limits.MaxConcurrentConnections = limits.MaxConcurrentConnections;
        options.Limits.MinResponseDataRate = null;
        options.Limits.MaxResponseBufferSize = limits.ResponseBufferSize;
        options.Limits.Http2.MaxStreamsPerConnection = limits.MaxStreamsPerConnection;
        options.Limits.Http2.InitialStreamWindowSize = limits.StreamWindowSize;
        options.Limits.Http2.InitialConnectionWindowSize = limits.ConnectionWindowSize;
        options.Limits.Http2.KeepAlivePingDelay = limits.KeepAlivePingDelay;
        options.Limits.Http2.KeepAlivePingTimeout = limits.KeepAlivePingTimeout;
    }
}
