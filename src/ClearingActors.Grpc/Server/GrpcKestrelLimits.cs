namespace ClearingActors.Grpc;

/// <summary>The bounds of connections and streams on a server of gRPC.</summary>
public sealed class GrpcKestrelLimits
{
    /// <summary>Connections at once, over all endpoints; null for no bound. What comes above is closed at once.</summary>
    public long? MaxConcurrentConnections { get; set; } = 10_000;

    /// <summary>Calls at once on one connection, 1 or more. A client waits with what comes above.</summary>
    public int MaxStreamsPerConnection { get; set; } = 1_000;

    /// <summary>In bytes: what a client may send on one call ahead of the handler's reading; 65,535 to 2^31-1.</summary>
    public int StreamWindowSize { get; set; } = 1024 * 1024;

    /// <summary>In bytes: what a client may send on one connection ahead of all its handlers' reading; 65,535 to 2^31-1.</summary>
    public int ConnectionWindowSize { get; set; } = 2 * 1024 * 1024;

    /// <summary>
    /// In bytes: what one call's responses may take up in the server's memory before a write waits. A client that never reads
    /// keeps this much for each of its calls until it leaves, also of calls whose handlers have ended.
    /// </summary>
    public long ResponseBufferSize { get; set; } = 64 * 1024;

    /// <summary>How long a connection may be silent before it is asked whether it is alive; 1 second or more.</summary>
    public TimeSpan KeepAlivePingDelay { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the answer may take until the connection is closed and its calls are cancelled; 1 second or more.</summary>
    public TimeSpan KeepAlivePingTimeout { get; set; } = TimeSpan.FromSeconds(20);
}
