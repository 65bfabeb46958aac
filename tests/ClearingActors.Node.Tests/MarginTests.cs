using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Node.Tests;

/// <summary>Margin over gRPC: the model, runs, calls, and who may ask for what.</summary>
public sealed class MarginTests : IAsyncLifetime
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
    public async Task a_call_goes_out_is_seen_by_its_member_only_and_is_met_by_a_deposit()
    {
        await SetUpAsync();
        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.AskOneAsync(House.Trade("t1", 90_000));
        await PublishAsync(5000);
        var run = (await CallAsync<RunMarginRequest, RunMarginResponse>(_operator, "RunMargin", new())).Run;
        run.Run.ShouldBe(1);
        var usd = run.Totals.ShouldHaveSingleItem();
        (usd.Accounts, usd.Calls).ShouldBe((2, 2));
        House.Value(usd.Called).ShouldBeGreaterThanOrEqualTo(House.Value(usd.Shortfall));

        var mine = await CallAsync<GetMarginRequest, GetMarginResponse>(_node.As(House.Alpha), "GetMargin", new() { Account = "A-HOUSE" });
        var call = mine.Calls.ShouldHaveSingleItem();
        call.Status.ShouldBe(MarginCall.Types.Status.Issued);
        House.Value(mine.Official.Coverage.Excess).ShouldBeNegative();
        House.Value(mine.Indicative.Requirement).ShouldBe(House.Value(mine.Official.Coverage.Requirement));
        mine.Official.Parts.Sum(p => House.Value(p.Amount)).ShouldBe(House.Value(mine.Official.Coverage.Requirement));
        mine.Stale.ShouldBeEmpty();
        (await EndOf<GetMarginRequest, GetMarginResponse>(_node.As(House.Bravo), "GetMargin", new() { Account = "A-HOUSE" })).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await EndOf<RunMarginRequest, RunMarginResponse>(_node.As(House.Alpha), "RunMargin", new())).StatusCode.ShouldBe(StatusCode.PermissionDenied);

        await _operator.OperateAsync<BookCollateralRequest, BookCollateralResponse>(new() { RequestId = "call-1", Account = "A-HOUSE", Currency = "USD", Amount = call.Amount });
        var after = await CallAsync<GetMarginRequest, GetMarginResponse>(_node.As(House.Alpha), "GetMargin", new() { Account = "A-HOUSE" });
        after.Calls.Single().Status.ShouldBe(MarginCall.Types.Status.Met);
        House.Value(after.Indicative.Excess).ShouldBeGreaterThanOrEqualTo(0);

        await _operator.OperateAsync<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(new() { Instant = call.Deadline });
        var runs = new GetMarginRunsResponse();
        await Patience.UntilAsync(
            async () =>
            {
                runs = await CallAsync<GetMarginRunsRequest, GetMarginRunsResponse>(_node.As(House.Auditor), "GetMarginRuns", new());
                return runs.Missed.Count > 0;
            },
            "a call is missed");
        runs.Missed.ShouldHaveSingleItem().Account.ShouldBe("B-HOUSE");
    }

    [Fact]
    public async Task the_buffer_is_released_by_an_operator_who_says_why()
    {
        await SetUpAsync();
        var release = new DecideBufferRequest { Released = true, Reason = "stress" };
        (await EndOf<DecideBufferRequest, DecideBufferResponse>(_node.As(House.Alpha), "DecideBuffer", release)).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await EndOf<DecideBufferRequest, DecideBufferResponse>(_operator, "DecideBuffer", release)).Message.ShouldContain("no product group of the risk model has buffer25");

        var buffered = Model.Replace("\"mid\"", "\"mid\", \"buffer25\": true", StringComparison.Ordinal);
        await CallAsync<SetRiskModelRequest, SetRiskModelResponse>(_operator, "SetRiskModel", new() { Parameters = buffered, Reason = "test" });
        (await EndOf<DecideBufferRequest, DecideBufferResponse>(_operator, "DecideBuffer", new() { Released = true })).Message.ShouldContain("say why the buffer is released");
        await CallAsync<DecideBufferRequest, DecideBufferResponse>(_operator, "DecideBuffer", release);

        // New in the stress: no buffer is built.
        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.AskOneAsync(House.Trade("t1", 10));
        await PublishAsync(5000);
        await CallAsync<RunMarginRequest, RunMarginResponse>(_operator, "RunMargin", new());
        var margin = await CallAsync<GetMarginRequest, GetMarginResponse>(_node.As(House.Alpha), "GetMargin", new() { Account = "A-HOUSE" });
        margin.Official.Parts.ShouldHaveSingleItem().Name.ShouldBe("model");
        margin.IndicativeParts.Select(p => p.Name).ShouldContain("buffer", "before novation it counts whole");
    }

    [Fact]
    public async Task a_hypothetical_trade_is_margined_and_leaves_no_trace()
    {
        await SetUpAsync();
        await PublishAsync(5000);
        var alpha = _node.As(House.Alpha);
        SimulateMarginRequest Of(long lots) => new() { Account = "A-HOUSE", Trades = { new HypotheticalTrade { Instrument = "ES", Lots = lots } } };
        var one = House.Value((await CallAsync<SimulateMarginRequest, SimulateMarginResponse>(alpha, "SimulateMargin", Of(1))).Coverage.Requirement);
        one.ShouldBePositive();
        House.Value((await CallAsync<SimulateMarginRequest, SimulateMarginResponse>(alpha, "SimulateMargin", Of(1000))).Coverage.Requirement).ShouldBeInRange(999 * one, 1000 * one);
        House.Value((await CallAsync<GetMarginRequest, GetMarginResponse>(alpha, "GetMargin", new() { Account = "A-HOUSE" })).Indicative.Requirement).ShouldBe(0);
        (await EndOf<SimulateMarginRequest, SimulateMarginResponse>(alpha, "SimulateMargin", Of(0))).Message.ShouldContain("trades[0].lots");
        var unknown = new SimulateMarginRequest { Account = "A-HOUSE", Trades = { new HypotheticalTrade { Instrument = "NONE", Lots = 1 } } };
        (await EndOf<SimulateMarginRequest, SimulateMarginResponse>(alpha, "SimulateMargin", unknown)).Message.ShouldContain("instrument NONE is not defined");
    }

    [Fact]
    public async Task a_watch_tells_the_current_figure_at_once_then_every_newest_one_and_again_after_a_break()
    {
        await SetUpAsync();
        await PublishAsync(5000);
        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.AskOneAsync(House.Trade("t1", 10));
        var watch = GrpcMethod.Of<WatchMarginRequest, WatchMarginResponse>(MarginReflection.Descriptor.Services[0], "WatchMargin");
        decimal first;
        using (var call = _node.As(House.Alpha).ServerStreaming(watch, new WatchMarginRequest { Account = "A-HOUSE" }))
        {
            (await call.Responses.MoveNextAsync().Within()).ShouldBeTrue();
            var margin = call.Responses.Current.Margin;
            first = House.Value(margin.Indicative.Requirement);
            first.ShouldBePositive();
            margin.IndicativeParts.Sum(p => House.Value(p.Amount)).ShouldBe(first);
            margin.Official.ShouldBeNull();
            var mark = margin.Marks.ShouldHaveSingleItem();
            (mark.Underlying, mark.Mark, mark.Lag).ShouldBe(("SPX", 1, 0));

            await PublishAsync(5005, 1);
            await PublishAsync(5010, 2);
            do
            {
                (await call.Responses.MoveNextAsync().Within()).ShouldBeTrue();
            }
            while (call.Responses.Current.Margin.Marks.Single().Mark < 3);
            House.Value(call.Responses.Current.Margin.Indicative.Requirement).ShouldBeGreaterThan(first);
        }

        using (var again = _node.As(House.Auditor).ServerStreaming(watch, new WatchMarginRequest { Account = "A-HOUSE" }))
        {
            (await again.Responses.MoveNextAsync().Within()).ShouldBeTrue();
            again.Responses.Current.Margin.Marks.Single().Mark.ShouldBe(3);
            await _operator.OperateAsync<BookCollateralRequest, BookCollateralResponse>(new() { RequestId = "in", Account = "A-HOUSE", Currency = "USD", Amount = House.Number(7) });
            var before = House.Value(again.Responses.Current.Margin.Indicative.Collateral);
            (await again.Responses.MoveNextAsync().Within()).ShouldBeTrue();
            House.Value(again.Responses.Current.Margin.Indicative.Collateral).ShouldBe(before + 7);
        }

        using var foreign = _node.As(House.Bravo).ServerStreaming(watch, new WatchMarginRequest { Account = "A-HOUSE" });
        (await Should.ThrowAsync<RpcException>(async () => await foreign.Responses.MoveNextAsync().Within())).StatusCode.ShouldBe(StatusCode.PermissionDenied);
    }

    [Theory]
    [InlineData("", "malformed")]
    [InlineData("{}", "factors")]
    [InlineData("""{ "factors": { "SPX": { "change": "sideways" } }, "groups": {}, "calls": {} }""", "$.factors.SPX.change")]
    [InlineData("""{ "factors": { "SPX": { "change": "relative" } }, "groups": { "*": { "confidence": 2, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid" } }, "calls": { "USD": { "minimumTransfer": 1, "callUnit": 1, "minutesToMeet": 60 } } }""", "groups.*: ")]
    [InlineData("""{ "factors": { "SPX": { "change": "relative" } }, "groups": { "*": { "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid", "surprise": 1 } }, "calls": { "USD": { "minimumTransfer": 1, "callUnit": 1, "minutesToMeet": 60 } } }""", "surprise")]
    [InlineData("""{ "factors": { "SPX": { "change": "relative" } }, "groups": { "*": { "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid" } }, "calls": { "USD": { "minimumTransfer": -1, "callUnit": 1, "minutesToMeet": 60 } } }""", "minimum transfer -100")]
    [InlineData("""{ "factors": { "SPX": { "change": "relative" } }, "groups": { "*": { "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid" } }, "calls": { "us dollar": { "minimumTransfer": 1, "callUnit": 1, "minutesToMeet": 60 } } }""", "calls.us dollar: ")]
    [InlineData("""{ "factors": { "SPX": { "change": "relative" } }, "groups": { "*": { "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid" } }, "calls": { "USD": { "minimumTransfer": 1, "callUnit": 1, "minutesToMeet": 2147483647 } } }""", "time to meet")]
    public async Task bad_parameters_are_refused_with_their_place(string parameters, string message)
    {
        var end = await EndOf<SetRiskModelRequest, SetRiskModelResponse>(_operator, "SetRiskModel", new() { Parameters = parameters });
        end.StatusCode.ShouldBe(StatusCode.InvalidArgument);
        end.Message.ShouldContain(message);
        (await EndOf<RunMarginRequest, RunMarginResponse>(_operator, "RunMargin", new())).Message.ShouldContain("the risk model is not set");
    }

    private async Task SetUpAsync()
    {
        (await CallAsync<SetRiskModelRequest, SetRiskModelResponse>(_operator, "SetRiskModel", new() { Parameters = Model, Reason = "test" })).Version.Length.ShouldBe(64);
        var prices = new SetFactorPricesRequest { Factor = "SPX", Replaces = true, Reason = "test" };
        var date = new DateOnly(2025, 1, 1);
        for (var i = 0; i < 300; i++)
        {
            prices.Prices.Add(new FactorPrice { Date = (date.AddDays(i).Year * 10_000) + (date.AddDays(i).Month * 100) + date.AddDays(i).Day, Price = 5000 + (90 * Math.Sin(i * 1.3)) });
        }

        await CallAsync<SetFactorPricesRequest, SetFactorPricesResponse>(_operator, "SetFactorPrices", prices);
    }

    private async Task PublishAsync(decimal price, long later = 0)
    {
        using var call = _node.As(House.Feed1).ClientStreaming(Methods.PublishMarks);
        await call.Requests.WriteAsync(new PublishMarksRequest { Marks = { new Mark { Instrument = "ES", Source = "SRC1", Price = House.Number(price), Time = House.Noon - 1 + later } } });
        await call.CompleteRequestsAsync();
        (await call.ResponseAsync.Within()).Accepted.ShouldBe(1);
    }

    private static Task<TResponse> CallAsync<TRequest, TResponse>(GrpcChannel channel, string method, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        channel.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(MarginReflection.Descriptor.Services[0], method), request).Within();

    private static Task<RpcException> EndOf<TRequest, TResponse>(GrpcChannel channel, string method, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        Should.ThrowAsync<RpcException>(() => CallAsync<TRequest, TResponse>(channel, method, request));
}
