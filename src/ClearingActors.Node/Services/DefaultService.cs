using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using ClearingActors.Node.Watch;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Services;

/// <summary>Default management (rulebook 11): operators decide, auditors read, members bid. What a bid offers is in no log and in no refusal.</summary>
internal sealed class DefaultService(ClearingEngine engine, AuctionWatches watches, NodeDrain drain, NodeSettings settings, ILoggerFactory loggers)
{
    private const int MaxPrice = 64;

    private readonly ILogger _logger = loggers.CreateLogger("ClearingActors.Node.Defaults");

    private static ServiceDescriptor Descriptor => DefaultsReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc
        .Unary(GrpcMethod.Of<SetDefaultTermsRequest, SetDefaultTermsResponse>(Descriptor, "SetDefaultTerms"), SetDefaultTermsAsync)
        .Unary(GrpcMethod.Of<TriggerDefaultRequest, DefaultResponse>(Descriptor, "TriggerDefault"), TriggerDefaultAsync)
        .Unary(GrpcMethod.Of<DecideDefaultRequest, DefaultResponse>(Descriptor, "DecideDefault"), (r, c) => ManageAsync(r, r.Reason, c))
        .Unary(GrpcMethod.Of<LiftTriggerRequest, DefaultResponse>(Descriptor, "LiftTrigger"), (r, c) => ManageAsync(r, r.Reason, c))
        .Unary(GrpcMethod.Of<PortAccountRequest, DefaultResponse>(Descriptor, "PortAccount"), PortAccountAsync)
        .Unary(GrpcMethod.Of<CloseOutAccountRequest, DefaultResponse>(Descriptor, "CloseOutAccount"), (r, c) => ManageAsync(r, r.Reason, c, r.Account))
        .Unary(GrpcMethod.Of<HedgeRequest, DefaultResponse>(Descriptor, "Hedge"), HedgeAsync)
        .Unary(GrpcMethod.Of<SellAssetRequest, DefaultResponse>(Descriptor, "SellAsset"), SellAssetAsync)
        .Unary(GrpcMethod.Of<ReofferRequest, DefaultResponse>(Descriptor, "Reoffer"), (r, c) => ManageAsync(r, r.Reason, c, r.Account))
        .Unary(GrpcMethod.Of<ChargeCostRequest, DefaultResponse>(Descriptor, "ChargeCost"), ChargeCostAsync)
        .Unary(GrpcMethod.Of<CloseDefaultRequest, DefaultResponse>(Descriptor, "CloseDefault"), (r, c) => ManageAsync(r, r.Reason, c))
        .Unary(GrpcMethod.Of<RecordRecoveryRequest, DefaultResponse>(Descriptor, "RecordRecovery"), (r, c) => ManageAsync(r, r.Reason, c))
        .Unary(GrpcMethod.Of<GetDefaultsRequest, GetDefaultsResponse>(Descriptor, "GetDefaults"), GetDefaultsAsync)
        .Unary(GrpcMethod.Of<GetAuctionsRequest, GetAuctionsResponse>(Descriptor, "GetAuctions"), GetAuctionsAsync)
        .ServerStreaming(GrpcMethod.Of<GetAuctionsRequest, GetAuctionsResponse>(Descriptor, "WatchAuctions"), WatchAuctionsAsync)
        .Unary(GrpcMethod.Of<PlaceBidRequest, PlaceBidResponse>(Descriptor, "PlaceBid"), PlaceBidAsync)
        .Unary(GrpcMethod.Of<WithdrawBidRequest, PlaceBidResponse>(Descriptor, "WithdrawBid"), WithdrawBidAsync)
        .Unary(GrpcMethod.Of<OfferPortingRequest, OfferPortingResponse>(Descriptor, "OfferPorting"), OfferPortingAsync);

    private async ValueTask<SetDefaultTermsResponse> SetDefaultTermsAsync(SetDefaultTermsRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager);
        await Refusals.RunAsync(() => engine.SetDefaultTermsAsync(principal.Name, request.Terms, context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("{Principal} set the terms of default management: {Reason}", principal.Name, request.Reason);
        return new SetDefaultTermsResponse();
    }

    private async ValueTask<DefaultResponse> TriggerDefaultAsync(TriggerDefaultRequest request, ServerCallContext context)
    {
        Callers.Require(context, Roles.Operator | Roles.RiskManager);
        Fields.Id<MemberId>("member", request.Member, MemberId.TryParse);
        return await ManageAsync(request, request.Reason, context).ConfigureAwait(false);
    }

    private async ValueTask<DefaultResponse> PortAccountAsync(PortAccountRequest request, ServerCallContext context)
    {
        Callers.Require(context, Roles.Operator | Roles.RiskManager);
        Fields.Id<MemberId>("member", request.Member, MemberId.TryParse);
        return await ManageAsync(request, request.Reason, context, request.Account).ConfigureAwait(false);
    }

    private async ValueTask<DefaultResponse> HedgeAsync(HedgeRequest request, ServerCallContext context)
    {
        Callers.Require(context, Roles.Operator | Roles.RiskManager);
        Fields.Id<InstrumentId>("instrument", request.Instrument, InstrumentId.TryParse);
        Fields.Id<AccountId>("counterparty", request.Counterparty, AccountId.TryParse);
        if (request.CounterpartyClient.Length > 0)
        {
            Fields.Id<ClientId>("counterparty_client", request.CounterpartyClient, ClientId.TryParse);
        }

        return request.Price.Length is > 0 and <= MaxPrice
            ? await ManageAsync(request, request.Reason, context, request.Account).ConfigureAwait(false)
            : throw Refusals.BadInput("price", request.Price, $"a decimal number of 1 to {MaxPrice} characters is required");
    }

    private async ValueTask<DefaultResponse> SellAssetAsync(SellAssetRequest request, ServerCallContext context)
    {
        Callers.Require(context, Roles.Operator | Roles.RiskManager);
        Fields.Id<AssetId>("asset", request.Asset, AssetId.TryParse);
        CheckCash("proceeds", request.Proceeds);
        return await ManageAsync(request, request.Reason, context, request.Account).ConfigureAwait(false);
    }

    private async ValueTask<DefaultResponse> ChargeCostAsync(ChargeCostRequest request, ServerCallContext context)
    {
        Callers.Require(context, Roles.Operator | Roles.RiskManager);
        CheckCash("amount", request.Amount);
        return await ManageAsync(request, request.Reason, context, request.Account).ConfigureAwait(false);
    }

    /// <summary>A currency that the house has, with as many digits as it has there: whole minor units of anything else would be other money.</summary>
    private void CheckCash(string field, Cash? cash)
    {
        if (cash is null)
        {
            throw Refusals.BadInput(field, "missing", "currency, digits and minor units are required");
        }

        var currency = Fields.Currency($"{field}.currency", cash.Currency, settings.Currencies);
        if (cash.Digits != currency.Digits)
        {
            throw Refusals.BadInput($"{field}.digits", cash.Digits, $"{currency} has {currency.Digits}");
        }
    }

    /// <summary>What operators decide about one default; the engine refuses what cannot be, on the record.</summary>
    private async ValueTask<DefaultResponse> ManageAsync(IMessage request, string reason, ServerCallContext context, string? account = null)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager);
        if (account is not null)
        {
            Fields.Id<AccountId>("account", account, AccountId.TryParse);
        }

        var what = request.Descriptor.Name[..^"Request".Length];
        try
        {
            var changed = await Refusals.RunAsync(() => engine.ManageDefaultAsync(principal.Name, request, context.CancellationToken)).ConfigureAwait(false);
            _logger.LogInformation("{What} in default {Number} of {Member} by {Principal}, which is {Stage}: {Reason}", what, changed.Number, changed.Member, principal.Name, changed.Stage, reason);
            return new DefaultResponse { Default = changed };
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.FailedPrecondition)
        {
            _logger.LogWarning("{What} by {Principal} was refused: {Why}", what, principal.Name, e.Status.Detail);
            throw;
        }
    }

    private async ValueTask<GetDefaultsResponse> GetDefaultsAsync(GetDefaultsRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Readers);
        return await Refusals.RunAsync(() => engine.GetDefaultsAsync(principal.Name, request.Number, context.CancellationToken)).ConfigureAwait(false);
    }

    private async ValueTask<GetAuctionsResponse> GetAuctionsAsync(GetAuctionsRequest request, ServerCallContext context)
    {
        var principal = RequireBidder(request.Member, context);
        return await Refusals.RunAsync(() => engine.GetAuctionsAsync(principal.Name, request.Member, context.CancellationToken)).ConfigureAwait(false);
    }

    private async ValueTask WatchAuctionsAsync(GetAuctionsRequest request, GrpcStreamWriter<GetAuctionsResponse> responses, ServerCallContext context)
    {
        RequireBidder(request.Member, context);
        using var entered = drain.Enter();
        await watches.RunAsync(() => GetAuctionsAsync(request, context), responses, context.CancellationToken, drain.Stopping).ConfigureAwait(false);
    }

    private async ValueTask<PlaceBidResponse> PlaceBidAsync(PlaceBidRequest request, ServerCallContext context)
    {
        var what = $"bid of member {Shown(request.Member)} for lot {Shown(request.Lot)}";
        var principal = await RequireBidderAsync(request.Number, request.Member, what, context).ConfigureAwait(false);
        CheckLot(request.Lot);
        var id = Fields.Id<AccountId>("account", request.Account, AccountId.TryParse);
        var account = (await Refusals.RunAsync(() => engine.GetAccountAsync(principal.Name, id, context.CancellationToken)).ConfigureAwait(false))?.Account;

        // Whether there is such an account of somebody else's, a member must not learn.
        var refused = account is null || account.Member.Value != request.Member ? $"account {id} is none of member {request.Member}'s; name one that is"
            : account.Status == AccountStatus.Closed ? $"account {id} is closed; name one that is open"
            : account.Segregation == Segregation.ClientOmnibusGross ? $"account {id} is a gross omnibus account, whose positions belong to named clients, and a lot names none; name a house, net omnibus or individual account"
            : null;
        if (refused is not null)
        {
            await Refusals.RunAsync(() => engine.RefuseBidAsync(principal.Name, request.Number, what, refused, context.CancellationToken)).ConfigureAwait(false);
        }

        var placed = await Refusals.RunAsync(() => engine.PlaceBidAsync(principal.Name, request, context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("{Principal} bids for lot {Lot} as {Member}, sequence {Sequence}", principal.Name, request.Lot, request.Member, placed.Sequence);
        return placed;
    }

    private async ValueTask<PlaceBidResponse> WithdrawBidAsync(WithdrawBidRequest request, ServerCallContext context)
    {
        var principal = await RequireBidderAsync(request.Number, request.Member, $"withdraw the bid of member {Shown(request.Member)} for lot {Shown(request.Lot)}", context).ConfigureAwait(false);
        CheckLot(request.Lot);
        var withdrawn = await Refusals.RunAsync(() => engine.WithdrawBidAsync(principal.Name, request, context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("{Principal} withdraws its bid for lot {Lot} as {Member}, sequence {Sequence}", principal.Name, request.Lot, request.Member, withdrawn.Sequence);
        return withdrawn;
    }

    private async ValueTask<OfferPortingResponse> OfferPortingAsync(OfferPortingRequest request, ServerCallContext context)
    {
        var principal = await RequireBidderAsync(request.Number, request.Member, $"offer of member {Shown(request.Member)} to take over account {Shown(request.Account)}", context).ConfigureAwait(false);
        Fields.Id<AccountId>("account", request.Account, AccountId.TryParse);
        await Refusals.RunAsync(() => engine.OfferPortingAsync(principal.Name, request, context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation(
            "{Principal} {Offers} to take over {Account} for {Member}, default {Number}", principal.Name, request.Withdrawn ? "no longer offers" : "offers", request.Account, request.Member, request.Number);
        return new OfferPortingResponse();
    }

    /// <summary>As <see cref="RequireBidder"/>; who tries to act for another member is put on the record first.</summary>
    private async ValueTask<Principal> RequireBidderAsync(long number, string member, string what, ServerCallContext context)
    {
        try
        {
            return RequireBidder(member, context);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.PermissionDenied && Callers.PrincipalOf(context) is { } principal && principal.Is(Roles.Member))
        {
            _logger.LogWarning("{Principal} was refused: {What}: {Why}", principal.Name, what, e.Status.Detail);
            try
            {
                await engine.RefuseBidAsync(principal.Name, number, what, e.Status.Detail, context.CancellationToken).ConfigureAwait(false);
            }
            catch (RefusedException)
            {
                // That is its answer: the refusal is durable.
            }

            throw;
        }
    }

    /// <summary>A member's caller, for that member alone. Who also operates the house or audits it does not bid: it would know too much.</summary>
    private static Principal RequireBidder(string member, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Member);
        var id = Fields.Id<MemberId>("member", member, MemberId.TryParse);
        return principal.ReadsEveryAccount
            ? throw new RpcException(StatusCode.PermissionDenied, $"{principal.Name} is {principal.Roles} and neither bids nor reads bids; use a principal that is a member only")
            : principal.MayAct(id) ? principal : throw new RpcException(StatusCode.PermissionDenied, $"{principal.Name} may not act for member {id}; use a principal of that member");
    }

    private static void CheckLot(string lot) => Fields.Id<AccountId>("lot", lot, AccountId.TryParse);

    private static string Shown(string text) => text.Length <= 100 ? text : $"{text[..100]}...";
}
