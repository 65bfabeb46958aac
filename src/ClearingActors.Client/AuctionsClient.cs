using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Client;

/// <summary>
/// What members do when another one is in default: they bid for its positions and offer to take its clients over. Thread-safe. Every method throws <see cref="RpcException"/>
/// unless the call ends with OK. A bid that is sent again replaces itself, in a later place among equal bids.
/// </summary>
public sealed class AuctionsClient
{
    private readonly GrpcChannel _channel;

    internal AuctionsClient(GrpcChannel channel) => _channel = channel;

    /// <summary>The lots on offer with the own bids, and the client accounts that may be taken over.</summary>
    public Task<GetAuctionsResponse> GetAuctionsAsync(GetAuctionsRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<GetAuctionsRequest, GetAuctionsResponse>("GetAuctions", request, cancellationToken);

    /// <summary>The same whenever it changes, over breaks of the connection; after a break the current one first. What changes between two reads is left out.</summary>
    /// <param name="member">The own member.</param>
    /// <param name="options">How to reconnect; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it, with <see cref="OperationCanceledException"/>.</param>
    public IAsyncEnumerable<GetAuctionsResponse> WatchAuctions(string member, AuctionWatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new AuctionWatchOptions();
        NewestStream.Validate(options.Backoff, options.MaxAttempts);
        return NewestStream.ReadAllAsync(
            _channel, MethodOf<GetAuctionsRequest, GetAuctionsResponse>("WatchAuctions"), new GetAuctionsRequest { Member = member }, "the auctions", options.Backoff, options.MaxAttempts, options.Time, cancellationToken);
    }

    /// <summary>Bids for a lot, in place of the member's bid for it if there is one. Nobody but the member reads it before the close.</summary>
    public Task<PlaceBidResponse> PlaceBidAsync(PlaceBidRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<PlaceBidRequest, PlaceBidResponse>("PlaceBid", request, cancellationToken);

    /// <summary>Takes the bid for a lot back.</summary>
    public Task<PlaceBidResponse> WithdrawBidAsync(WithdrawBidRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<WithdrawBidRequest, PlaceBidResponse>("WithdrawBid", request, cancellationToken);

    /// <summary>Offers to take a client account over, or takes the offer back.</summary>
    public Task<OfferPortingResponse> OfferPortingAsync(OfferPortingRequest request, CancellationToken cancellationToken = default) =>
        CallAsync<OfferPortingRequest, OfferPortingResponse>("OfferPorting", request, cancellationToken);

    private static GrpcMethod<TRequest, TResponse> MethodOf<TRequest, TResponse>(string method)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> => GrpcMethod.Of<TRequest, TResponse>(DefaultsReflection.Descriptor.Services[0], method);

    private Task<TResponse> CallAsync<TRequest, TResponse>(string method, TRequest request, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        _channel.UnaryAsync(MethodOf<TRequest, TResponse>(method), request, new GrpcCallOptions { CancellationToken = cancellationToken });
}
