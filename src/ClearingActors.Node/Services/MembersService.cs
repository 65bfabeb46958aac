using ClearingActors.Contracts.Members.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using ClearingActors.Node.Trades;
using ClearingActors.Node.Watch;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Logging;
using Position = ClearingActors.Contracts.Members.V1.Position;

namespace ClearingActors.Node.Services;

/// <summary>What members and venues call.</summary>
internal sealed class MembersService(ClearingEngine engine, NodeSettings settings, AccountWatches watches, NodeDrain drain, TimeProvider time, ILoggerFactory loggers)
{
    private readonly ILogger _trades = loggers.CreateLogger("ClearingActors.Node.Trades");

    private static ServiceDescriptor Descriptor => MembersReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc
        .Duplex(GrpcMethod.Of(Descriptor, "SubmitTrades", new TradeBatchMarshaller(settings.Limits.TradesPerMessage), new AnswerBatchMarshaller()), SubmitTradesAsync)
        .Unary(GrpcMethod.Of<GetAccountRequest, GetAccountResponse>(Descriptor, "GetAccount"), GetAccountAsync)
        .Unary(GrpcMethod.Of<SubmitExerciseNoticeRequest, SubmitExerciseNoticeResponse>(Descriptor, "SubmitExerciseNotice"), SubmitExerciseNoticeAsync)
        .ServerStreaming(GrpcMethod.Of<WatchAccountRequest, WatchAccountResponse>(Descriptor, "WatchAccount"), WatchAccountAsync);

    private async ValueTask SubmitTradesAsync(GrpcStreamReader<TradeBatch> requests, GrpcStreamWriter<AnswerBatch> responses, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Member | Roles.Venue);
        using var entered = drain.Enter();
        var stream = new TradeStream(engine, principal, settings.Limits, time, _trades);
        await stream.RunAsync(requests, responses, context.CancellationToken, drain.Stopping).ConfigureAwait(false);
    }

    private async ValueTask<GetAccountResponse> GetAccountAsync(GetAccountRequest request, ServerCallContext context)
    {
        var id = Fields.Id<AccountId>("account", request.Account, AccountId.TryParse);

        // Taken before the account is read, so that no event after it can be missing from what is read.
        var asOf = watches.TokenOf(engine.ShardOf(id));
        return ResponseOf(await ReadAsync(id, context).ConfigureAwait(false), asOf);
    }

    /// <summary>An account as callers read it.</summary>
    /// <param name="view">The account.</param>
    /// <param name="asOf">A position of its shard whose events are all in the view.</param>
    internal static GetAccountResponse ResponseOf(AccountView view, Contracts.Common.V1.ResumeToken asOf)
    {
        var account = view.Account;
        var response = new GetAccountResponse
        {
            Account = account.Id.Value,
            Member = account.Member.Value,
            Segregation = account.Segregation.ToString(),
            Currency = account.MarginCurrency.Code,
            Status = account.Status.ToString(),
            OpenReservations = account.Reservations.Count,
            AsOf = asOf,
        };
        foreach (var position in account.Positions)
        {
            response.Positions.Add(PositionOf(position, view.Instruments[position.Key.Instrument]));
        }

        foreach (var notice in account.Notices)
        {
            response.Notices.Add(new Contracts.Members.V1.ExerciseNotice
            {
                Instrument = notice.Position.Instrument.Value,
                Client = notice.Position.Client.Value,
                Kind = (Contracts.Members.V1.ExerciseNotice.Types.Kind)notice.Kind,
                Lots = notice.Lots,
                Cycle = notice.Cycle,
            });
        }

        foreach (var due in account.PaymentsDue)
        {
            response.PaymentsDue.Add(new Contracts.Members.V1.PaymentDue
            {
                Cycle = due.Cycle,
                Currency = due.Amount.Currency.Code,
                Amount = WireDecimal.Of(due.Amount),
                Deadline = due.Deadline,
            });
        }

        var state = AccountState.Restore(account);
        foreach (var balance in account.Balances)
        {
            response.Cash.Add(new CashBalance
            {
                Currency = balance.Currency.Code,
                Amount = WireDecimal.Of(new Money(balance.Cash, balance.Currency)),
                Requirement = WireDecimal.Of(new Money(balance.Requirement, balance.Currency)),
                Headroom = WireDecimal.Of(new Money(checked((long)state.HeadroomOf(balance.Currency)), balance.Currency)),
            });
        }

        foreach (var held in account.Assets?.Holdings ?? [])
        {
            if (view.Assets.TryGetValue(held.Asset, out var asset))
            {
                response.Assets.Add(new AssetBalance { Asset = held.Asset.Value, Quantity = WireDecimal.Of(held.Units, asset.UnitDigits) });
            }
        }

        return response;
    }

    private async ValueTask<SubmitExerciseNoticeResponse> SubmitExerciseNoticeAsync(SubmitExerciseNoticeRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.Member);
        var id = Fields.Id<AccountId>("account", request.Account, AccountId.TryParse);
        var instrument = Fields.Id<InstrumentId>("instrument", request.Instrument, InstrumentId.TryParse);
        var client = request.Client.Length == 0 ? ClientId.None : Fields.Id<ClientId>("client", request.Client, ClientId.TryParse);

        // Whose account it is never changes, so what was read still holds when the notice is given.
        var view = await ReadAsync(id, context).ConfigureAwait(false);
        if (!principal.MayAct(view.Account.Member))
        {
            throw new RpcException(StatusCode.PermissionDenied, $"{principal.Name} may not act for account {id}");
        }

        var reply = await Refusals.RunAsync(() => engine.GiveExerciseNoticeAsync(
            principal.Name, id, instrument, client, (ExerciseNoticeKind)request.Kind, request.Lots, context.CancellationToken)).ConfigureAwait(false);
        return new SubmitExerciseNoticeResponse { Reason = (SubmitExerciseNoticeResponse.Types.Reason)reply.Reason, Cycle = reply.Cycle };
    }

    private async ValueTask WatchAccountAsync(WatchAccountRequest request, GrpcStreamWriter<WatchAccountResponse> responses, ServerCallContext context)
    {
        var id = Fields.Id<AccountId>("account", request.Account, AccountId.TryParse);
        await ReadAsync(id, context).ConfigureAwait(false);
        using var entered = drain.Enter();
        await watches.RunAsync(id, request.After, responses, context.CancellationToken, drain.Stopping).ConfigureAwait(false);
    }

    private static Position PositionOf(in PositionSnapshot position, Instrument instrument) => new()
    {
        Instrument = position.Key.Instrument.Value,
        Client = position.Key.Client.Value,
        Quantity = checked(position.SettledQuantity + position.Older.Quantity + position.Newer.Quantity),
        SettledQuantity = position.SettledQuantity,
        ReferencePrice = WireDecimal.Of(position.ReferenceUnits, instrument.PriceScale),
    };

    private async ValueTask<AccountView> ReadAsync(AccountId id, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Readers | Roles.Member);
        var view = await Refusals.RunAsync(() => engine.GetAccountAsync(principal.Name, id, context.CancellationToken)).ConfigureAwait(false);
        if (view is not null && principal.MayRead(view.Account.Member))
        {
            return view;
        }

        // A member must not learn which accounts others have.
        throw principal.ReadsEveryAccount
            ? new RpcException(StatusCode.NotFound, $"account {id} is not defined")
            : new RpcException(StatusCode.PermissionDenied, $"{principal.Name} may not read account {id}");
    }
}
