using ClearingActors.Contracts.Accounts.V1;
using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Node.Tests;

/// <summary>What those read who watch the whole house.</summary>
public sealed class AccountsTests : IAsyncLifetime
{
    private const string Model = """
        {
          "factors": { "SPX": { "change": "relative" } },
          "groups": { "EQUITY": { "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid" } },
          "calls": { "USD": { "minimumTransfer": 100, "callUnit": 100, "minutesToMeet": 60 } }
        }
        """;

    private RunningNode _node = null!;
    private GrpcChannel _operator = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.StartAsync();
        _operator = _node.As(House.Operator);
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task the_house_is_told_with_its_members_sums_and_open_calls()
    {
        await SetUpAsync();
        using var venue = new TradeConversation(_node.As(House.Venue));

        // Before there is a mark the amount per lot decides, which lets so much through.
        await venue.AskOneAsync(House.Trade("t1", 90_000));
        await PublishAsync(5000);
        await CallAsync<RunMarginRequest, RunMarginResponse>(_operator, MarginReflection.Descriptor.Services[0], "RunMargin", new());
        await _operator.OperateAsync<SuspendMemberRequest, SuspendMemberResponse>(new() { Member = "BRAVO", Reason = "test" });
        var house = await FreshAsync(h => h.Calls.Count > 0 && h.Members.Any(m => m.Standing == Standing.Suspended));
        house.Failure.ShouldBeEmpty();
        house.BusinessTime.ShouldBe(House.Noon);
        (house.BusinessDate, house.Cycle, house.Halted).ShouldBe((House.Today, 1L, false));
        house.Members.Select(m => (m.Member, m.Standing, m.Since)).ShouldBe([("ALPHA", Standing.Active, 0L), ("BRAVO", Standing.Suspended, House.Noon)]);
        var usd = house.Currencies.ShouldHaveSingleItem();
        (usd.Currency, usd.Accounts, usd.ShortAccounts).ShouldBe(("USD", 4, 2));
        House.Value(usd.Collateral).ShouldBe(300_000_000);
        House.Value(usd.Requirement).ShouldBe(house.Members.SelectMany(m => m.Sums).Sum(s => House.Value(s.Requirement)));
        House.Value(usd.Shortfall).ShouldBePositive();
        (usd.OpenCalls, house.CallsInAll).ShouldBe((2, 2));
        house.Calls.Select(c => (c.Account, c.Member)).ShouldBe([("A-HOUSE", "ALPHA"), ("B-HOUSE", "BRAVO")]);
        house.Calls.ShouldAllBe(c => c.Deadline == House.Noon + 3_600_000_000_000 && c.Currency == "USD");
        House.Value(usd.CallRemaining).ShouldBe(house.Calls.Sum(c => House.Value(c.Remaining)));
    }

    [Fact]
    public async Task members_and_venues_may_not_read_the_house()
    {
        foreach (var token in (string[])[House.Alpha, House.Venue, House.Feed1])
        {
            (await Should.ThrowAsync<RpcException>(() => HouseAsync(_node.As(token)))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
            (await Should.ThrowAsync<RpcException>(() => ListAsync(0, token))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        }

        (await HouseAsync(_node.As(House.Auditor))).Members.Count.ShouldBe(2);
    }

    [Fact]
    public async Task ten_thousand_accounts_are_columns_of_equal_length_and_come_again_only_when_something_has_changed()
    {
        var define = new DefineAccountsRequest();
        define.Accounts.Add(Enumerable.Range(0, 10_000).Select(i => House.Account($"M-{i}", i % 2 == 0 ? "ALPHA" : "BRAVO", AccountDefinition.Types.Segregation.ClientIndividual)));
        await _operator.OperateAsync<DefineAccountsRequest, DefineAccountsResponse>(define);
        await FreshAsync(h => h.Currencies.Sum(c => c.Accounts) == 10_004);
        var list = await ListAsync(0);
        var rows = list.Account.Count;
        rows.ShouldBeGreaterThan(10_004, "the house has accounts of its own");
        foreach (var column in (int[])[list.Member.Count, list.Currency.Length, list.Segregation.Length, list.Status.Length, list.Basis.Length, list.Positions.Count, list.GrossLots.Count,
            list.Cash.Count, list.Collateral.Count, list.Requirement.Count, list.Excess.Count, list.Official.Count, list.MarksBehind.Count])
        {
            column.ShouldBe(rows);
        }

        list.Account.Distinct().Count().ShouldBe(rows);
        list.Member.ShouldAllBe(m => m >= 0 && m < list.Members.Count);
        list.Currency.ShouldAllBe(c => c < list.Currencies.Count);
        (list.Currencies[0], list.CurrencyDigits[0]).ShouldBe(("USD", 2));
        var row = list.Account.IndexOf("A-HOUSE");
        (list.Members[list.Member[row]], list.Cash[row], list.Basis[row], list.Segregation[row], list.Status[row]).ShouldBe(("ALPHA", 10_000_000_000L, (byte)3, (byte)1, (byte)1));
        list.Account.Where((_, i) => list.Members[list.Member[i]] == "BRAVO").Count().ShouldBe(5_001);

        var again = await ListAsync(list.Version);
        (again.Unchanged, again.Version, again.Account.Count).ShouldBe((true, list.Version, 0));
        await _operator.OperateAsync<BookCollateralRequest, BookCollateralResponse>(new() { RequestId = "more", Account = "M-7", Currency = "USD", Amount = House.Number(5m) });
        await FreshAsync(h => h.Version != list.Version);
        var changed = await ListAsync(list.Version);
        changed.Unchanged.ShouldBeFalse();
        changed.Cash[changed.Account.IndexOf("M-7")].ShouldBe(500);
    }

    [Fact]
    public async Task an_account_is_told_in_full_and_an_unknown_one_not_at_all()
    {
        await SetUpAsync();
        await PublishAsync(5000);
        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.AskOneAsync(House.Trade("t1", 7, price: 4990));
        await venue.AskOneAsync(House.Trade("t2", 2, price: 5010, seller: "B-HOUSE", buyer: "A-HOUSE"));
        await PublishAsync(5020, later: 1);
        var page = await ReadAsync<GetAccountPageRequest, GetAccountPageResponse>(_node.As(House.Auditor), new() { Account = "A-HOUSE" });
        (page.Account.Account, page.Account.Member, page.Margin.Account, page.Standing, page.BusinessTime).ShouldBe(("A-HOUSE", "ALPHA", "A-HOUSE", Standing.Active, House.Noon));
        page.Margin.Indicative.ShouldNotBeNull();
        House.Value(page.IntradayLimit).ShouldBe(0);
        var line = page.Positions.ShouldHaveSingleItem();
        (line.Instrument, line.Underlying, line.ProductGroup, line.Kind, line.Currency).ShouldBe(("ES", "SPX", "EQUITY", "Future", "USD"));
        (line.Lots, line.SettledLots, line.Selling, line.BuyingBack).ShouldBe((-5L, 0L, 0L, 0L));
        (House.Value(line.Mark), line.MarkTime, line.MarkNumber).ShouldBe((5020m, House.Noon, 2L));
        line.ReferencePrice.ShouldBeNull();
        line.OptionValue.ShouldBeNull();

        // Sold 7 at 4990 and bought 2 at 5010, all at 5020 now, 50 dollars a point.
        House.Value(line.Unrealised).ShouldBe(((-7 * (5020m - 4990)) + (2 * (5020m - 5010))) * 50);
        await Patience.UntilAsync(
            async () => House.Value((await PageAsync("A-HOUSE")).Margin.Indicative.AccruedVariationMargin) == House.Value(line.Unrealised), "the monitor has come to the mark");
        (await Should.ThrowAsync<RpcException>(() => PageAsync("NOBODY"))).StatusCode.ShouldBe(StatusCode.NotFound);
        (await Should.ThrowAsync<RpcException>(() => PageAsync("not an id"))).StatusCode.ShouldBe(StatusCode.InvalidArgument);
        (await Should.ThrowAsync<RpcException>(() => ReadAsync<GetAccountPageRequest, GetAccountPageResponse>(_node.As(House.Alpha), new() { Account = "A-HOUSE" }))).StatusCode
            .ShouldBe(StatusCode.PermissionDenied);
    }

    [Fact]
    public async Task scenarios_show_the_tail_that_makes_the_figure()
    {
        await SetUpAsync();
        (await ScenariosAsync("A-HOUSE")).Groups.ShouldBeEmpty();
        await PublishAsync(5000);
        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.AskOneAsync(House.Trade("t1", 7));
        var told = await ScenariosAsync("A-HOUSE");
        told.Failure.ShouldBeEmpty();
        told.Currency.ShouldBe("USD");
        told.ModelVersion.Length.ShouldBe(64);
        var group = told.Groups.ShouldHaveSingleItem();
        (group.Group, group.Scanned, group.Measure, group.Confidence, group.Days, group.Scenarios, group.Positions).ShouldBe(("EQUITY", false, "expected shortfall", 0.99, 2.0, 250, 1));
        told.Selected.Group.ShouldBe(group);
        (told.Selected.Gains.Count, told.Selected.Dates.Count).ShouldBe((250, 250));
        told.Selected.Dates.ShouldBeInOrder();
        told.Selected.Tail.Count.ShouldBe(3);
        var losses = told.Selected.Tail.Select(i => -told.Selected.Gains[i]).ToList();
        losses.ShouldBe(told.Selected.Gains.Select(g => -g).OrderDescending().Take(3));
        told.Selected.ExpectedShortfall.ShouldBe(losses.Average(), 1e-6);
        told.Selected.ValueAtRisk.ShouldBe(losses[2]);
        group.Margin.ShouldBe(told.Selected.ExpectedShortfall);
        var page = await PageAsync("A-HOUSE");
        ((double)House.Value(page.Margin.Indicative.Requirement)).ShouldBe(group.Margin, 0.011, "the group is all there is, and rounding is up to the cent");

        var other = await ReadAsync<GetScenariosRequest, GetScenariosResponse>(_operator, new() { Account = "A-HOUSE", Group = "RATES" });
        other.Groups.Count.ShouldBe(1);
        other.Selected.ShouldBeNull();
        (await Should.ThrowAsync<RpcException>(() => ScenariosAsync("NOBODY"))).StatusCode.ShouldBe(StatusCode.NotFound);
    }

    [Fact]
    public async Task a_script_that_asks_for_scenarios_or_checks_without_end_is_refused_and_others_are_answered()
    {
        await SetUpAsync();
        using var gate = new ManualResetEventSlim();
        var held = Enumerable.Range(0, 8).Select(shard => _node.Node.Engine.Runtime.ReadAsync(shard, _ => gate.Wait(TimeSpan.FromMinutes(1)))).ToList();
        await SomeRefusedAsync(() => ScenariosAsync("A-HOUSE"), 16, "operator:ops1 has 16 computations of scenarios open, the limit; end one before the next", async () =>
            await SomeRefusedAsync(() => CheckAsync(_operator), 4, "operator:ops1 has 4 checks of the invariants open, the limit; end one before the next", async () =>
            {
                var other = CheckAsync(_node.As(House.Auditor));
                gate.Set();
                await Task.WhenAll(held).Within();
                (await other).MatchedBook.ShouldBeTrue();
            }));
        (await ScenariosAsync("A-HOUSE")).Failure.ShouldBeEmpty();
    }

    [Fact]
    public async Task without_a_model_the_reason_is_told_in_place_of_scenarios() =>
        (await ScenariosAsync("A-HOUSE")).Failure.ShouldContain("risk model");

    [Fact]
    public async Task the_timeline_tells_what_was_done_page_by_page_and_follows_what_is_new()
    {
        using var venue = new TradeConversation(_node.As(House.Venue));
        for (var i = 0; i < 30; i++)
        {
            await venue.AskOneAsync(House.Trade($"t{i}", quantity: i + 1));
        }

        await _operator.OperateAsync<BookCollateralRequest, BookCollateralResponse>(new() { RequestId = "extra", Account = "B-HOUSE", Currency = "USD", Amount = House.Number(12.5m) });
        var newest = await TimelineAsync("B-HOUSE", limit: 10);
        newest.Events.Count.ShouldBe(10);
        (newest.Events[0].Type, newest.Events[0].Principal).ShouldBe(("CashBooked", "operator:ops1"));
        newest.Events[0].Text.ShouldStartWith("collateral: received 12.50 USD from CCP.BANK, request extra");
        newest.Events[1].Text.ShouldStartWith("novated XEUR/t29: buys 30 lots ES at 5000 USD from A-HOUSE");
        newest.Events[1].BusinessTime.ShouldBe(House.Noon);

        // Page by page to the beginning, nothing twice and nothing left out.
        List<TimelineEvent> all = [.. newest.Events];
        for (var from = newest.LookedFrom; from > 1;)
        {
            var page = await TimelineAsync("B-HOUSE", limit: 10, before: from);
            page.LookedFrom.ShouldBeLessThan(from);
            page.LookedTo.ShouldBe(from - 1);
            all.AddRange(page.Events);
            from = page.LookedFrom;
        }

        all.Select(e => e.Position).ShouldBeInOrder(SortDirection.Descending);
        all.Count(e => e.Type == "TradeNovated").ShouldBe(30);
        all.Select(e => e.Type).Where(t => t != "TradeNovated").ShouldBe(["CashBooked", "CashBooked", "AccountDefined"]);
        all[^1].Text.ShouldContain("account defined: of BRAVO, house, margined in USD");

        // What comes afterwards is found by going on from what is known, and the oldest are left out.
        await venue.AskOneAsync(House.Trade("later", quantity: 99));
        var then = await TimelineAsync("B-HOUSE", limit: 10);
        then.Events[0].Text.ShouldContain("buys 99 lots");
        then.Events.Skip(1).ShouldBe(newest.Events.Take(9));
        then.LookedFrom.ShouldBeGreaterThan(newest.LookedFrom);
        then.LookedTo.ShouldBeGreaterThan(newest.LookedTo);
        newest.LookedTo.ShouldBeGreaterThanOrEqualTo(newest.Events[0].Position);
        (await TimelineAsync("B-HOUSE", limit: 200)).Events.Count.ShouldBe(34);

        foreach (var (limit, before) in ((int, long)[])[(-1, 0), (201, 0), (10, -1)])
        {
            (await Should.ThrowAsync<RpcException>(() => TimelineAsync("B-HOUSE", limit, before))).StatusCode.ShouldBe(StatusCode.InvalidArgument);
        }

        (await Should.ThrowAsync<RpcException>(() => TimelineAsync("NOBODY", 10))).StatusCode.ShouldBe(StatusCode.NotFound);
    }

    private static Task<CheckInvariantsResponse> CheckAsync(GrpcChannel channel) => channel.OperateAsync<CheckInvariantsRequest, CheckInvariantsResponse>(new());

    /// <summary>Of ten calls at once four wait while something else is done, and are answered then.</summary>
    private static async Task SomeRefusedAsync(Func<Task> call, int limit, string detail, Func<Task> meanwhile)
    {
        var calls = Enumerable.Range(0, limit + 6).Select(_ => call()).ToList();
        await Patience.UntilAsync(() => Task.FromResult(calls.Count(c => c.IsCompleted) == 6), "six are refused");
        var refused = calls.Where(c => c.IsCompleted).ToList();
        foreach (var one in refused)
        {
            var error = await Should.ThrowAsync<RpcException>(() => one);
            (error.StatusCode, error.Status.Detail).ShouldBe((StatusCode.ResourceExhausted, detail));
        }

        await meanwhile();
        await Task.WhenAll(calls.Except(refused)).Within();
    }

    private Task<GetAccountPageResponse> PageAsync(string account) => ReadAsync<GetAccountPageRequest, GetAccountPageResponse>(_operator, new() { Account = account });

    private Task<GetScenariosResponse> ScenariosAsync(string account) => ReadAsync<GetScenariosRequest, GetScenariosResponse>(_operator, new() { Account = account });

    private Task<GetTimelineResponse> TimelineAsync(string account, int limit, long before = 0) =>
        ReadAsync<GetTimelineRequest, GetTimelineResponse>(_operator, new() { Account = account, Limit = limit, Before = before });

    private static Task<TResponse> CallAsync<TRequest, TResponse>(GrpcChannel channel, Google.Protobuf.Reflection.ServiceDescriptor service, string method, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> => channel.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(service, method), request).Within();

    private static Task<TResponse> ReadAsync<TRequest, TResponse>(GrpcChannel channel, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        CallAsync<TRequest, TResponse>(channel, AccountsReflection.Descriptor.Services[0], typeof(TRequest).Name[..^"Request".Length], request);

    private static Task<GetHouseResponse> HouseAsync(GrpcChannel channel) => ReadAsync<GetHouseRequest, GetHouseResponse>(channel, new());

    private Task<ListAccountsResponse> ListAsync(long version, string token = House.Operator) => ReadAsync<ListAccountsRequest, ListAccountsResponse>(_node.As(token), new() { Version = version });

    /// <summary>The house is read at most once a second: asks until it tells what was done.</summary>
    private async Task<GetHouseResponse> FreshAsync(Func<GetHouseResponse, bool> isThere)
    {
        var house = new GetHouseResponse();
        await Patience.UntilAsync(async () => isThere(house = await HouseAsync(_operator)), "the house told what was done");
        return house;
    }

    private async Task SetUpAsync()
    {
        var margin = MarginReflection.Descriptor.Services[0];
        await CallAsync<SetRiskModelRequest, SetRiskModelResponse>(_operator, margin, "SetRiskModel", new() { Parameters = Model, Reason = "test" });
        var history = new SetFactorPricesRequest { Factor = "SPX", Replaces = true, Reason = "test" };
        var date = new DateOnly(2025, 1, 1);
        for (var i = 0; i < 300; i++)
        {
            history.Prices.Add(new FactorPrice { Date = (date.AddDays(i).Year * 10_000) + (date.AddDays(i).Month * 100) + date.AddDays(i).Day, Price = 5000 + (90 * Math.Sin(i * 1.3)) });
        }

        await CallAsync<SetFactorPricesRequest, SetFactorPricesResponse>(_operator, margin, "SetFactorPrices", history);
    }

    private async Task PublishAsync(decimal price, long later = 0)
    {
        using var call = _node.As(House.Feed1).ClientStreaming(Methods.PublishMarks);
        await call.Requests.WriteAsync(new PublishMarksRequest { Marks = { new Mark { Instrument = "ES", Source = "SRC1", Price = House.Number(price), Time = House.Noon - 1 + later } } });
        await call.CompleteRequestsAsync();
        (await call.ResponseAsync.Within()).Accepted.ShouldBe(1);
    }
}
