using ClearingActors.Contracts.Collateral.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Client;

/// <summary>
/// Securities and coins as collateral. Thread-safe. Every method throws <see cref="RpcException"/> unless the call ends with OK; all of them may be sent again without harm.
/// </summary>
public sealed class CollateralClient
{
    private readonly GrpcChannel _channel;

    internal CollateralClient(GrpcChannel channel) => _channel = channel;

    /// <summary>Operators: lists a security or coin.</summary>
    public Task<DefineAssetResponse> DefineAssetAsync(DefineAssetRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<DefineAssetRequest, DefineAssetResponse>("DefineAsset", request, cancellationToken);

    /// <summary>Operators: prices of assets, and exchange rates.</summary>
    public Task<SetPricesResponse> SetPricesAsync(SetPricesRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<SetPricesRequest, SetPricesResponse>("SetPrices", request, cancellationToken);

    /// <summary>Operators: units in or out of an account.</summary>
    public Task<MoveAssetResponse> MoveAssetAsync(MoveAssetRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<MoveAssetRequest, MoveAssetResponse>("MoveAsset", request, cancellationToken);

    /// <summary>What is listed, and the prices that operators set.</summary>
    public Task<GetAssetsResponse> GetAssetsAsync(GetAssetsRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetAssetsRequest, GetAssetsResponse>("GetAssets", request, cancellationToken);

    private Task<TResponse> CallAsync<TRequest, TResponse>(string method, TRequest request, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        _channel.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(CollateralReflection.Descriptor.Services[0], method), request, new GrpcCallOptions { CancellationToken = cancellationToken });
}
