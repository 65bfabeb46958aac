using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>How a client reaches a clearing house and who it is.</summary>
public sealed record ClearingConnectionOptions
{
    /// <summary>Sent with every call as <c>authorization: Bearer ...</c>; printable ASCII. Null to send none.</summary>
    public string? Token { get; init; }

    /// <summary>Says what else the transport should do, such as TLS trust and client certificate, message size or windows. Called once.</summary>
    public Action<GrpcChannelOptions>? Transport { get; init; }
}
