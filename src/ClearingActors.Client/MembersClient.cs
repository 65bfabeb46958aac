using ClearingActors.Contracts.Members.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>What a clearing member or a trading venue calls. Thread-safe.</summary>
public sealed class MembersClient
{
    private readonly GrpcChannel _channel;

    internal MembersClient(GrpcChannel channel) => _channel = channel;

    /// <summary>A stream of reports that survives breaks of the connection; the way to report trades. It connects at once, in the background.</summary>
    /// <param name="options">Null for the defaults.</param>
    public TradeStream OpenTradeStream(TradeStreamOptions? options = null) => new(_channel, options ?? new TradeStreamOptions());

    /// <summary>The bare call, for those who reconnect and send again themselves.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    public GrpcDuplexCall<SubmitTradesRequest, SubmitTradesResponse> SubmitTrades(CancellationToken cancellationToken = default) =>
        _channel.Duplex(ClearingMethods.SubmitTrades, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>An account as of its last durable event. Throws <see cref="RpcException"/> unless the call ends with OK.</summary>
    /// <param name="account">The account's id.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<GetAccountResponse> GetAccountAsync(string account, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.GetAccount, new GetAccountRequest { Account = account }, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>
    /// Gives a notice on an option that the account holds, or with 0 lots takes the pending one back; the answer says why it was refused. Throws
    /// <see cref="RpcException"/> unless the call ends with OK. Sent again after a break, a notice that was taken is answered as a duplicate.
    /// </summary>
    public Task<SubmitExerciseNoticeResponse> SubmitExerciseNoticeAsync(SubmitExerciseNoticeRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.SubmitExerciseNotice, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>The durable events of an account, without end, over breaks of the connection. Nothing is called before it is read.</summary>
    /// <param name="account">The account's id.</param>
    /// <param name="options">Where to begin, and how to reconnect; null to begin with the account's first event.</param>
    public AccountWatch WatchAccount(string account, AccountWatchOptions? options = null) => new(_channel, account, options ?? new AccountWatchOptions());
}
