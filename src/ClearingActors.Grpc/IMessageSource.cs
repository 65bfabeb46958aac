using System.IO.Pipelines;

namespace ClearingActors.Grpc;

/// <summary>The side of a call that bytes come from: the request on a server, the response on a client.</summary>
internal interface IMessageSource
{
    /// <summary>Ends when the call ends, for whatever reason.</summary>
    CancellationToken CallToken { get; }

    /// <summary>The <c>grpc-encoding</c> of the peer; known once <see cref="OpenAsync"/> has returned.</summary>
    string? Encoding { get; }

    /// <summary>The bytes. A client has none before the response's headers have come.</summary>
    ValueTask<PipeReader> OpenAsync(CancellationToken cancellationToken);

    /// <summary>All has been read. A client throws <see cref="RpcException"/> here when the call did not end well.</summary>
    void OnEnd();

    /// <summary>The peer has sent what breaks the protocol or its limits, so that nothing more can be read.</summary>
    void Refuse(Status status);

    /// <summary>What the reader throws for a failure of the transport or the end of the call.</summary>
    Exception Translate(Exception failure);
}
