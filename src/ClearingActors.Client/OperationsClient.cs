using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>
/// What an operator of the clearing house calls, one method per rpc. Thread-safe. Every method throws <see cref="RpcException"/> unless the call ends with OK;
/// nothing is repeated by itself, but definitions, bookings with a request id and queries may be sent again without harm.
/// </summary>
public sealed class OperationsClient
{
    private readonly GrpcChannel _channel;

    internal OperationsClient(GrpcChannel channel) => _channel = channel;

    /// <summary>Makes a member known. The same definition again changes nothing; another one is refused.</summary>
    public Task<DefineMemberResponse> DefineMemberAsync(DefineMemberRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.DefineMember, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Makes accounts known, at most 10,000 in a call.</summary>
    public Task<DefineAccountsResponse> DefineAccountsAsync(DefineAccountsRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.DefineAccounts, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Closes a flat account, for good; again, it changes nothing.</summary>
    public Task<CloseAccountResponse> CloseAccountAsync(CloseAccountRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.CloseAccount, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Makes an instrument known, or widens what may be changed of it.</summary>
    public Task<DefineInstrumentResponse> DefineInstrumentAsync(DefineInstrumentRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.DefineInstrument, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Makes a source of trades known; its lanes are fixed for ever.</summary>
    public Task<DefineTradeSourceResponse> DefineTradeSourceAsync(DefineTradeSourceRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.DefineTradeSource, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Stops an instrument; answered when every shard has committed it.</summary>
    public Task<HaltInstrumentResponse> HaltInstrumentAsync(HaltInstrumentRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.HaltInstrument, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Lets a halted instrument trade again.</summary>
    public Task<ResumeInstrumentResponse> ResumeInstrumentAsync(ResumeInstrumentRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.ResumeInstrument, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Stops all instruments.</summary>
    public Task<HaltHouseResponse> HaltHouseAsync(HaltHouseRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.HaltHouse, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Ends the halt of the house.</summary>
    public Task<ResumeHouseResponse> ResumeHouseAsync(ResumeHouseRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.ResumeHouse, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Stops a member's new trades.</summary>
    public Task<SuspendMemberResponse> SuspendMemberAsync(SuspendMemberRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.SuspendMember, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Ends a member's suspension.</summary>
    public Task<ReinstateMemberResponse> ReinstateMemberAsync(ReinstateMemberRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.ReinstateMember, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Books cash collateral in or out; the same request id again changes nothing.</summary>
    public Task<BookCollateralResponse> BookCollateralAsync(BookCollateralRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.BookCollateral, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Moves the house's calendar position on; never back.</summary>
    public Task<AdvanceBusinessTimeResponse> AdvanceBusinessTimeAsync(AdvanceBusinessTimeRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.AdvanceBusinessTime, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Cuts, computes, instructs, confirms and closes a cycle; answered when it is closed.</summary>
    public Task<RunSettlementCycleResponse> RunSettlementCycleAsync(RunSettlementCycleRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.RunSettlementCycle, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Fixes a perpetual's funding rate of an interval; the next cycle pays it. The same interval again gives the same rate.</summary>
    public Task<RunFundingResponse> RunFundingAsync(RunFundingRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.RunFunding, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Fixes an expired future's final price: from its marks, or the operator's own where they do not suffice.</summary>
    public Task<SetExpiryPriceResponse> SetExpiryPriceAsync(SetExpiryPriceRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.SetExpiryPrice, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Sets when payers must have paid, and what stands in for one who has not; answered when every shard has it.</summary>
    public Task<SetPaymentTermsResponse> SetPaymentTermsAsync(SetPaymentTermsRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.SetPaymentTerms, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Tells that an account will not pay what it owes for a cycle: the clearing house pays in its place. Refused if it owes nothing.</summary>
    public Task<DeclareUnpaidResponse> DeclareUnpaidAsync(DeclareUnpaidRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.DeclareUnpaid, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Accepts the mark that is held.</summary>
    public Task<ConfirmMarkResponse> ConfirmMarkAsync(ConfirmMarkRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.ConfirmMark, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Forgets the mark that is held.</summary>
    public Task<DropMarkResponse> DropMarkAsync(DropMarkRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.DropMark, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Delivers again what waits for a quarantined actor.</summary>
    public Task<ReleaseQuarantinedResponse> ReleaseQuarantinedAsync(ReleaseQuarantinedRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.ReleaseQuarantined, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>The house's position, counts and shards.</summary>
    public Task<GetStatusResponse> GetStatusAsync(GetStatusRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.GetStatus, request, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>Matched book per instrument and cash sum per currency, on the live state.</summary>
    public Task<CheckInvariantsResponse> CheckInvariantsAsync(CheckInvariantsRequest request, CancellationToken cancellationToken = default) =>
        _channel.UnaryAsync(ClearingMethods.CheckInvariants, request, new GrpcCallOptions { CancellationToken = cancellationToken });
}
