using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Client;

/// <summary>
/// Every method of the clearing house's public services, made from the descriptors that protoc generated. For those who call on a <see cref="GrpcChannel"/> of their
/// own, or serve the methods in a test.
/// </summary>
public static class ClearingMethods
{
    /// <summary>Reports trades and answers them, in any order.</summary>
    public static GrpcMethod<SubmitTradesRequest, SubmitTradesResponse> SubmitTrades { get; } = Members<SubmitTradesRequest, SubmitTradesResponse>(nameof(SubmitTrades));

    /// <summary>An account as of its last durable event.</summary>
    public static GrpcMethod<GetAccountRequest, GetAccountResponse> GetAccount { get; } = Members<GetAccountRequest, GetAccountResponse>(nameof(GetAccount));

    /// <summary>Gives a notice on an option, or takes it back.</summary>
    public static GrpcMethod<SubmitExerciseNoticeRequest, SubmitExerciseNoticeResponse> SubmitExerciseNotice { get; } =
        Members<SubmitExerciseNoticeRequest, SubmitExerciseNoticeResponse>(nameof(SubmitExerciseNotice));

    /// <summary>The durable events of an account.</summary>
    public static GrpcMethod<WatchAccountRequest, WatchAccountResponse> WatchAccount { get; } = Members<WatchAccountRequest, WatchAccountResponse>(nameof(WatchAccount));

    /// <summary>Streams marks and counts what became of them.</summary>
    public static GrpcMethod<PublishMarksRequest, PublishMarksResponse> PublishMarks { get; } =
        GrpcMethod.Of<PublishMarksRequest, PublishMarksResponse>(MarketsReflection.Descriptor.Services[0], nameof(PublishMarks));

    /// <summary>Every instrument with its newest and held mark.</summary>
    public static GrpcMethod<GetMarketsRequest, GetMarketsResponse> GetMarkets { get; } =
        GrpcMethod.Of<GetMarketsRequest, GetMarketsResponse>(MarketsReflection.Descriptor.Services[0], nameof(GetMarkets));

    /// <summary>An instrument's accepted marks, and the daily prices before them.</summary>
    public static GrpcMethod<GetMarkHistoryRequest, GetMarkHistoryResponse> GetMarkHistory { get; } =
        GrpcMethod.Of<GetMarkHistoryRequest, GetMarkHistoryResponse>(MarketsReflection.Descriptor.Services[0], nameof(GetMarkHistory));

    /// <summary>Makes a member known. The same definition again changes nothing; another one is refused.</summary>
    public static GrpcMethod<DefineMemberRequest, DefineMemberResponse> DefineMember { get; } = Operations<DefineMemberRequest, DefineMemberResponse>(nameof(DefineMember));

    /// <summary>Makes accounts known, at most 10,000 in a call.</summary>
    public static GrpcMethod<DefineAccountsRequest, DefineAccountsResponse> DefineAccounts { get; } = Operations<DefineAccountsRequest, DefineAccountsResponse>(nameof(DefineAccounts));

    /// <summary>Closes a flat account, for good; again, it changes nothing.</summary>
    public static GrpcMethod<CloseAccountRequest, CloseAccountResponse> CloseAccount { get; } = Operations<CloseAccountRequest, CloseAccountResponse>(nameof(CloseAccount));

    /// <summary>Makes an instrument known, or widens what may be changed of it.</summary>
    public static GrpcMethod<DefineInstrumentRequest, DefineInstrumentResponse> DefineInstrument { get; } = Operations<DefineInstrumentRequest, DefineInstrumentResponse>(nameof(DefineInstrument));

    /// <summary>Makes a source of trades known; its lanes are fixed for ever.</summary>
    public static GrpcMethod<DefineTradeSourceRequest, DefineTradeSourceResponse> DefineTradeSource { get; } = Operations<DefineTradeSourceRequest, DefineTradeSourceResponse>(nameof(DefineTradeSource));

    /// <summary>Stops an instrument; answered when every shard has committed it.</summary>
    public static GrpcMethod<HaltInstrumentRequest, HaltInstrumentResponse> HaltInstrument { get; } = Operations<HaltInstrumentRequest, HaltInstrumentResponse>(nameof(HaltInstrument));

    /// <summary>Lets a halted instrument trade again.</summary>
    public static GrpcMethod<ResumeInstrumentRequest, ResumeInstrumentResponse> ResumeInstrument { get; } = Operations<ResumeInstrumentRequest, ResumeInstrumentResponse>(nameof(ResumeInstrument));

    /// <summary>Stops all instruments.</summary>
    public static GrpcMethod<HaltHouseRequest, HaltHouseResponse> HaltHouse { get; } = Operations<HaltHouseRequest, HaltHouseResponse>(nameof(HaltHouse));

    /// <summary>Ends the halt of the house.</summary>
    public static GrpcMethod<ResumeHouseRequest, ResumeHouseResponse> ResumeHouse { get; } = Operations<ResumeHouseRequest, ResumeHouseResponse>(nameof(ResumeHouse));

    /// <summary>Stops a member's new trades.</summary>
    public static GrpcMethod<SuspendMemberRequest, SuspendMemberResponse> SuspendMember { get; } = Operations<SuspendMemberRequest, SuspendMemberResponse>(nameof(SuspendMember));

    /// <summary>Ends a member's suspension.</summary>
    public static GrpcMethod<ReinstateMemberRequest, ReinstateMemberResponse> ReinstateMember { get; } = Operations<ReinstateMemberRequest, ReinstateMemberResponse>(nameof(ReinstateMember));

    /// <summary>Books cash collateral in or out; the same request id again changes nothing.</summary>
    public static GrpcMethod<BookCollateralRequest, BookCollateralResponse> BookCollateral { get; } = Operations<BookCollateralRequest, BookCollateralResponse>(nameof(BookCollateral));

    /// <summary>Moves the house's calendar position on; never back.</summary>
    public static GrpcMethod<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse> AdvanceBusinessTime { get; } = Operations<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(nameof(AdvanceBusinessTime));

    /// <summary>Cuts, computes, instructs, confirms and closes a cycle; answered when it is closed.</summary>
    public static GrpcMethod<RunSettlementCycleRequest, RunSettlementCycleResponse> RunSettlementCycle { get; } = Operations<RunSettlementCycleRequest, RunSettlementCycleResponse>(nameof(RunSettlementCycle));

    /// <summary>Fixes a perpetual's funding rate of an interval; the next cycle pays it.</summary>
    public static GrpcMethod<RunFundingRequest, RunFundingResponse> RunFunding { get; } = Operations<RunFundingRequest, RunFundingResponse>(nameof(RunFunding));

    /// <summary>Fixes an expired future's final price.</summary>
    public static GrpcMethod<SetExpiryPriceRequest, SetExpiryPriceResponse> SetExpiryPrice { get; } = Operations<SetExpiryPriceRequest, SetExpiryPriceResponse>(nameof(SetExpiryPrice));

    /// <summary>Sets when payers must have paid, and what stands in for one who has not.</summary>
    public static GrpcMethod<SetPaymentTermsRequest, SetPaymentTermsResponse> SetPaymentTerms { get; } = Operations<SetPaymentTermsRequest, SetPaymentTermsResponse>(nameof(SetPaymentTerms));

    /// <summary>Tells that an account will not pay what it owes for a cycle.</summary>
    public static GrpcMethod<DeclareUnpaidRequest, DeclareUnpaidResponse> DeclareUnpaid { get; } = Operations<DeclareUnpaidRequest, DeclareUnpaidResponse>(nameof(DeclareUnpaid));

    /// <summary>Accepts the mark that is held.</summary>
    public static GrpcMethod<ConfirmMarkRequest, ConfirmMarkResponse> ConfirmMark { get; } = Operations<ConfirmMarkRequest, ConfirmMarkResponse>(nameof(ConfirmMark));

    /// <summary>Forgets the mark that is held.</summary>
    public static GrpcMethod<DropMarkRequest, DropMarkResponse> DropMark { get; } = Operations<DropMarkRequest, DropMarkResponse>(nameof(DropMark));

    /// <summary>Delivers again what waits for a quarantined actor.</summary>
    public static GrpcMethod<ReleaseQuarantinedRequest, ReleaseQuarantinedResponse> ReleaseQuarantined { get; } = Operations<ReleaseQuarantinedRequest, ReleaseQuarantinedResponse>(nameof(ReleaseQuarantined));

    /// <summary>The house's position, counts and shards.</summary>
    public static GrpcMethod<GetStatusRequest, GetStatusResponse> GetStatus { get; } = Operations<GetStatusRequest, GetStatusResponse>(nameof(GetStatus));

    /// <summary>Matched book per instrument and cash sum per currency, on the live state.</summary>
    public static GrpcMethod<CheckInvariantsRequest, CheckInvariantsResponse> CheckInvariants { get; } = Operations<CheckInvariantsRequest, CheckInvariantsResponse>(nameof(CheckInvariants));

    private static GrpcMethod<TRequest, TResponse> Members<TRequest, TResponse>(string name)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        GrpcMethod.Of<TRequest, TResponse>(MembersReflection.Descriptor.Services[0], name);

    private static GrpcMethod<TRequest, TResponse> Operations<TRequest, TResponse>(string name)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        GrpcMethod.Of<TRequest, TResponse>(OperationsReflection.Descriptor.Services[0], name);
}
