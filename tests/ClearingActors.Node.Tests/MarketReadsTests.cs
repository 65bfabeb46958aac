using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Node.Tests;

/// <summary>What people see of the markets.</summary>
public sealed class MarketReadsTests : IAsyncLifetime
{
    private const string Model = """
        {
          "factors": { "SPX": { "change": "relative", "feed": "ES" } },
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
    public async Task members_and_sources_of_prices_may_not_read_the_whole_market()
    {
        foreach (var token in (string[])[House.Alpha, House.Feed1, House.Venue])
        {
            (await Should.ThrowAsync<RpcException>(() => MarketsAsync(token))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
            (await Should.ThrowAsync<RpcException>(() => HistoryAsync("ES", token: token))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        }

        (await MarketsAsync(House.Auditor)).Markets.ShouldHaveSingleItem().Instrument.ShouldBe("ES");
    }

    [Fact]
    public async Task an_instrument_is_told_with_its_newest_and_its_held_mark()
    {
        var before = (await MarketsAsync()).Markets.Single();
        before.Newest.ShouldBeNull();
        before.Held.ShouldBeNull();
        (before.Underlying, before.ProductGroup, before.Kind, before.Currency, before.PriceScale).ShouldBe(("SPX", "EQUITY", Market.Types.Kind.Future, "USD", 2));

        await PublishAsync((5000, 1), (5001.25m, 2), (4501.12m, 3));
        var market = (await MarketsAsync()).Markets.Single();
        (House.Value(market.Newest.Price), market.Newest.Source, market.Newest.Number, market.Newest.Stale).ShouldBe((5001.25m, "SRC1", 2L, false));
        (House.Value(market.Held.Price), market.Held.Source, market.Held.Time).ShouldBe((4501.12m, "SRC1", House.Noon + 3000));
        market.Held.JumpBasisPoints.ShouldBe(-1000, "-1000.1 towards zero");
        market.MarkJumpBasisPoints.ShouldBe(500);

        await _operator.OperateAsync<ConfirmMarkRequest, ConfirmMarkResponse>(new() { Instrument = "ES", Reason = "seen elsewhere" });
        var confirmed = (await MarketsAsync()).Markets.Single();
        House.Value(confirmed.Newest.Price).ShouldBe(4501.12m);
        confirmed.Newest.Source.ShouldBe("SRC1", "the price is the source's, whoever confirmed it");
        confirmed.Held.ShouldBeNull();
    }

    [Fact]
    public async Task a_mark_is_stale_when_business_time_has_left_it_behind()
    {
        await PublishAsync((5000, 0));
        await _operator.OperateAsync<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(new() { Instant = House.Noon + 3_600_000_000_000 });
        var limit = (await MarketsAsync()).Markets.Single();
        (limit.Newest.Age, limit.Newest.Stale).ShouldBe((limit.MarkStaleness, false), "exactly as old as allowed");
        await _operator.OperateAsync<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(new() { Instant = House.Noon + 3_600_000_000_001 });
        var response = await MarketsAsync();
        response.BusinessTime.ShouldBe(House.Noon + 3_600_000_000_001);
        (response.Markets.Single().Newest.Age, response.Markets.Single().Newest.Stale).ShouldBe((3_600_000_000_001, true));
    }

    [Fact]
    public async Task halts_of_an_instrument_and_of_the_house_are_told_apart()
    {
        await _operator.OperateAsync<HaltInstrumentRequest, HaltInstrumentResponse>(new() { Instrument = "ES" });
        var instrument = await MarketsAsync();
        (instrument.HouseHalted, instrument.Markets.Single().Halted).ShouldBe((false, true));
        await _operator.OperateAsync<ResumeInstrumentRequest, ResumeInstrumentResponse>(new() { Instrument = "ES" });
        await _operator.OperateAsync<HaltHouseRequest, HaltHouseResponse>(new());
        var house = await MarketsAsync();
        (house.HouseHalted, house.Markets.Single().Halted).ShouldBe((true, false));
    }

    [Fact]
    public async Task open_interest_counts_lots_once_and_accounts_that_hold_any()
    {
        (await MarketsAsync()).Markets.Single().OpenInterest.ShouldBe(0);
        using (var venue = new TradeConversation(_node.As(House.Venue)))
        {
            await venue.AskAsync(House.Trade("t1", 7), House.Trade("t2", 3), House.Trade("t3", 4, seller: "B-HOUSE", buyer: "A-HOUSE"));
        }

        var market = new Market();
        await Patience.UntilAsync(
            async () =>
            {
                market = (await MarketsAsync()).Markets.Single();
                return market.OpenInterest == 6;
            },
            "the open interest of the three trades is read");
        market.Holders.ShouldBe(2);
        var books = await _node.Node.Engine.ReadBooksAsync();
        ((Int128)market.OpenInterest).ShouldBe(books.Positions.Single().Value.Long);
    }

    [Fact]
    public async Task a_settlement_price_is_told_with_its_cycle_and_goes_behind_the_daily_prices()
    {
        await MarginAsync<SetRiskModelRequest, SetRiskModelResponse>("SetRiskModel", new() { Parameters = Model, Reason = "test" });
        await MarginAsync<SetFactorPricesRequest, SetFactorPricesResponse>(
            "SetFactorPrices", new() { Factor = "SPX", Replaces = true, Prices = { new FactorPrice { Date = 20261118, Price = 4900 }, new FactorPrice { Date = 20261119, Price = 4950.5 } } });
        var before = await HistoryAsync("ES");
        before.Daily.Select(d => (d.Date, d.Price)).ShouldBe([(20261118, 4900.0), (20261119, 4950.5)]);
        before.Factor.ShouldBe("SPX");
        before.NoDaily.ShouldBeEmpty();

        var cycle = new RunSettlementCycleRequest { NextBusinessDate = House.Monday, Prices = { new SettlementPrice { Instrument = "ES", Price = House.Number(5000.5m) } } };
        await _operator.OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(cycle);
        var market = (await MarketsAsync()).Markets.Single();
        (House.Value(market.SettlementPrice), market.SettlementCycle).ShouldBe((5000.5m, 1L));
        await Patience.UntilAsync(async () => (await HistoryAsync("ES")).Daily.Count == 3, "the settlement price is behind the history");
        var last = (await HistoryAsync("ES", 1)).Daily.ShouldHaveSingleItem();
        (last.Date, last.Price).ShouldBe((House.Today, 5000.5));
    }

    [Fact]
    public async Task a_history_keeps_the_newest_two_thousand_marks_and_says_that_there_were_more()
    {
        (await HistoryAsync("ES")).Times.ShouldBeEmpty();
        await PublishAsync([.. Enumerable.Range(1, 2_000).Select(i => (5000m + (i % 7), i))]);
        var full = await HistoryAsync("ES");
        (full.Times.Count, full.Older, full.Begins).ShouldBe((2_000, false, House.Noon + 1_000));

        await PublishAsync([.. Enumerable.Range(2_001, 1_500).Select(i => (5000m + (i % 7), i))]);
        var turned = await HistoryAsync("ES");
        turned.Older.ShouldBeTrue();
        turned.Times.ShouldBe(Enumerable.Range(1_501, 2_000).Select(i => House.Noon + (i * 1_000L)));
        turned.Prices.ShouldBe(Enumerable.Range(1_501, 2_000).Select(i => 500_000L + (i % 7 * 100)));

        var some = await HistoryAsync("ES", 3);
        some.Times.ShouldBe(turned.Times.TakeLast(3));
        (some.Begins, some.Older).ShouldBe((turned.Times[^3], true));
        some.NoDaily.ShouldContain("no risk factor");
        (await Should.ThrowAsync<RpcException>(() => HistoryAsync("ES", 2_001))).Message.ShouldContain("limit is \"2001\"");
        (await Should.ThrowAsync<RpcException>(() => HistoryAsync("NONE"))).StatusCode.ShouldBe(StatusCode.NotFound);
    }

    private Task<GetMarketsResponse> MarketsAsync(string token = House.Operator) =>
        _node.As(token).UnaryAsync(GrpcMethod.Of<GetMarketsRequest, GetMarketsResponse>(MarketsReflection.Descriptor.Services[0], "GetMarkets"), new GetMarketsRequest()).Within();

    private Task<GetMarkHistoryResponse> HistoryAsync(string instrument, int limit = 0, string token = House.Auditor) => _node.As(token).UnaryAsync(
        GrpcMethod.Of<GetMarkHistoryRequest, GetMarkHistoryResponse>(MarketsReflection.Descriptor.Services[0], "GetMarkHistory"), new GetMarkHistoryRequest { Instrument = instrument, Limit = limit }).Within();

    private Task<TResponse> MarginAsync<TRequest, TResponse>(string method, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> => _operator.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(MarginReflection.Descriptor.Services[0], method), request).Within();

    private async Task PublishAsync(params (decimal Price, int Microseconds)[] marks)
    {
        using var call = _node.As(House.Feed1).ClientStreaming(Methods.PublishMarks);
        await call.Requests.WriteAsync(new PublishMarksRequest
        {
            Marks = { marks.Select(m => new Mark { Instrument = "ES", Price = House.Number(m.Price), Source = "SRC1", Time = House.Noon + (m.Microseconds * 1000L) }) },
        });
        await call.CompleteRequestsAsync();
        (await call.ResponseAsync.Within()).Rejected.ShouldBe(0);
    }
}
