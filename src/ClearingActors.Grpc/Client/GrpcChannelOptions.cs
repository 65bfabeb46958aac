using System.Net.Security;

namespace ClearingActors.Grpc;

/// <summary>How a client reaches a server; read once, when the channel is made, but for <see cref="Metadata"/>.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary>Sent with every call, before the call's own; say an authorization token. Not changed while calls start.</summary>
    public Metadata Metadata { get; set; } = [];

    /// <summary>In bytes, of one response message after decompression. A larger one ends its call with <see cref="StatusCode.ResourceExhausted"/>. The default is 4 MiB.</summary>
    public int MaxReceiveMessageSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>Trust and client certificate for <c>https</c>; null for the system's trust and no client certificate.</summary>
    public SslClientAuthenticationOptions? Ssl { get; set; }

    /// <summary>How long a connection may take to come about, TLS included, until calls fail with <see cref="StatusCode.Unavailable"/>.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether calls beyond the server's bound on one connection open another rather than wait.</summary>
    public bool EnableMultipleHttp2Connections { get; set; } = true;

    /// <summary>In bytes: what the server may send on one call ahead of its reader at first; 65,535 to 16 MiB.</summary>
    public int StreamWindowSize { get; set; } = 1024 * 1024;

    /// <summary>How long a connection with calls on it may be silent before it is asked whether it is alive; 1 second or more.</summary>
    public TimeSpan KeepAlivePingDelay { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the answer may take until the connection's calls fail with <see cref="StatusCode.Unavailable"/>; 1 second or more.</summary>
    public TimeSpan KeepAlivePingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Last say on the transport, for what has no option here: a proxy, a Unix socket.</summary>
    public Action<SocketsHttpHandler>? ConfigureHandler { get; set; }
}
