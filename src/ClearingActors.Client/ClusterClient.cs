using ClearingActors.Contracts.House.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>The machinery behind the house: nodes, shards, and actors that are set aside. Thread-safe.</summary>
public sealed class ClusterClient
{
    internal static readonly GrpcMethod<GetClusterRequest, GetClusterResponse> GetCluster =
        GrpcMethod.Of<GetClusterRequest, GetClusterResponse>(ClusterReflection.Descriptor.Services[0], "GetCluster");

    private readonly GrpcChannel _channel;

    internal ClusterClient(GrpcChannel channel) => _channel = channel;

    /// <summary>Nodes, shards and their owners, and what moved of late.</summary>
    public Task<GetClusterResponse> GetClusterAsync(CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(GetCluster, new GetClusterRequest(), new GrpcCallOptions { CancellationToken = cancellationToken });
}
