using ClearingActors.Contracts.Accounts.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Wire;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Watch;
using Google.Protobuf.Reflection;

namespace ClearingActors.Node.Services;

/// <summary>What those ask who watch the whole house.</summary>
internal sealed class AccountsService(ClearingEngine engine, HouseView house, AccountWatches watches, AccountTimelines timelines, Instruments instruments)
{
    /// <summary>Open calls in an answer; more are only counted.</summary>
    private const int MostCalls = 500;

    /// <summary>Of a timeline, where the request does not say.</summary>
    private const int DefaultEvents = 50;

    /// <summary>Computations of scenarios: each takes a shard's thread, and clearing needs it more.</summary>
    private const int ScenariosAtOnce = 1;

    private const int MostScenariosWaiting = 32;

    /// <summary>All pages that follow an account count as one.</summary>
    private const int MostScenariosOfOne = 16;

    private readonly Admission _scenarios = new(ScenariosAtOnce, MostScenariosWaiting, MostScenariosOfOne, "computations of scenarios");
    private ListAccountsResponse _listed = new();

    private static ServiceDescriptor Descriptor => AccountsReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc
        .Unary(GrpcMethod.Of<GetHouseRequest, GetHouseResponse>(Descriptor, "GetHouse"), GetHouseAsync)
        .Unary(GrpcMethod.Of<ListAccountsRequest, ListAccountsResponse>(Descriptor, "ListAccounts"), ListAccountsAsync)
        .Unary(GrpcMethod.Of<GetAccountPageRequest, GetAccountPageResponse>(Descriptor, "GetAccountPage"), GetAccountPageAsync)
        .Unary(GrpcMethod.Of<GetScenariosRequest, GetScenariosResponse>(Descriptor, "GetScenarios"), GetScenariosAsync)
        .Unary(GrpcMethod.Of<GetTimelineRequest, GetTimelineResponse>(Descriptor, "GetTimeline"), GetTimelineAsync);

    private async ValueTask<GetHouseResponse> GetHouseAsync(GetHouseRequest request, ServerCallContext context)
    {
        var reading = await ReadAsync(context).ConfigureAwait(false);
        var clock = reading.Summary.Clock;
        var response = new GetHouseResponse
        {
            Version = reading.Version,
            At = UtcTime.Of(reading.At),
            Failure = reading.Failure,
            BusinessTime = clock.BusinessTime,
            BusinessDate = clock.Cycle == 0 ? 0 : Dates.ToInt(clock.BusinessDate),
            Cycle = clock.Cycle,
            Halted = clock.Halted,
            CallsInAll = reading.Summary.Calls.Count,
        };
        HouseAnswers.Add(response, reading.Totals);
        response.Calls.Add(reading.Summary.Calls.Take(MostCalls).Select(HouseAnswers.Of));
        return response;
    }

    private async ValueTask<ListAccountsResponse> ListAccountsAsync(ListAccountsRequest request, ServerCallContext context)
    {
        var reading = await ReadAsync(context).ConfigureAwait(false);
        if (request.Version == reading.Version)
        {
            return new ListAccountsResponse { Version = reading.Version, Unchanged = true };
        }

        // Made once for all who ask; whoever comes in between makes the same.
        var listed = Volatile.Read(ref _listed);
        if (listed.Version != reading.Version)
        {
            listed = AccountColumns.Of(reading);
            Volatile.Write(ref _listed, listed);
        }

        return listed;
    }

    private async ValueTask<GetAccountPageResponse> GetAccountPageAsync(GetAccountPageRequest request, ServerCallContext context)
    {
        var (id, principal) = Read(request.Account, context);
        var asOf = watches.TokenOf(engine.ShardOf(id));
        var view = await FindAsync(id, principal, context).ConfigureAwait(false);
        var margin = await Refusals.RunAsync(() => engine.GetMarginAsync(principal.Name, id, [], context.CancellationToken)).ConfigureAwait(false) ?? throw Unknown(id);
        var positions = await Refusals.RunAsync(() => engine.ReadPositionsAsync(id, context.CancellationToken)).ConfigureAwait(false) ?? throw Unknown(id);
        var response = new GetAccountPageResponse
        {
            Account = MembersService.ResponseOf(view, asOf),
            Margin = MarginService.ResponseOf(id, margin),
            Standing = HouseAnswers.Of(positions.Standing.Standing),
            BusinessTime = positions.BusinessTime,
            IntradayLimit = WireDecimal.Of(new Money(view.Account.IntradayLimit, view.Account.MarginCurrency)),
        };
        response.Positions.Add(positions.Positions.Select(AccountAnswers.Of));
        return response;
    }

    private async ValueTask<GetScenariosResponse> GetScenariosAsync(GetScenariosRequest request, ServerCallContext context)
    {
        var (id, principal) = Read(request.Account, context);
        var client = request.Client.Length == 0 ? ClientId.None : Fields.Id<ClientId>("client", request.Client, ClientId.TryParse);

        // Who gives up does not take what waits for the shard's thread away from there: the next begins behind it.
        var report = await Refusals.RunAsync(
            () => _scenarios.RunAsync(principal, () => engine.ReadScenariosAsync(id, request.Group, client, CancellationToken.None), context.CancellationToken)).ConfigureAwait(false);
        return AccountAnswers.Of(id, report ?? throw Unknown(id));
    }

    private async ValueTask<GetTimelineResponse> GetTimelineAsync(GetTimelineRequest request, ServerCallContext context)
    {
        var (id, principal) = Read(request.Account, context);
        if (request.Limit is < 0 or > AccountTimelines.MostEvents)
        {
            throw Refusals.BadInput("limit", request.Limit, $"1 to {AccountTimelines.MostEvents}, or 0 for {DefaultEvents}, is allowed");
        }

        if (request.Before < 0)
        {
            throw Refusals.BadInput("before", request.Before, "a position of the account's shard from 1 on, or 0 for the newest events, is allowed");
        }

        var view = await FindAsync(id, principal, context).ConfigureAwait(false);
        try
        {
            var timeline = await timelines.ReadAsync(principal, id, request.Before, request.Limit == 0 ? DefaultEvents : request.Limit, context.CancellationToken).ConfigureAwait(false);
            return await AccountAnswers.OfAsync(view.Account, timeline, instruments).ConfigureAwait(false);
        }
        catch (JournalException e)
        {
            throw new RpcException(StatusCode.Unavailable, $"the journal cannot be read just now: {e.Message}", e);
        }
    }

    private static (AccountId Account, Principal Principal) Read(string account, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Readers);
        return (Fields.Id<AccountId>("account", account, AccountId.TryParse), principal);
    }

    private async ValueTask<AccountView> FindAsync(AccountId account, Principal principal, ServerCallContext context) =>
        await Refusals.RunAsync(() => engine.GetAccountAsync(principal.Name, account, context.CancellationToken)).ConfigureAwait(false) ?? throw Unknown(account);

    private static RpcException Unknown(AccountId account) => new(StatusCode.NotFound, $"account {account} is not defined");

    private async ValueTask<HouseReading> ReadAsync(ServerCallContext context)
    {
        Callers.Require(context, Roles.Readers);
        try
        {
            return await Refusals.RunAsync(() => house.ReadAsync(context.CancellationToken).AsTask()).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new RpcException(StatusCode.Unavailable, e.Message, e);
        }
    }
}
