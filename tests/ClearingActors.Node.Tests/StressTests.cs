using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Contracts.Stress.V1;
using ClearingActors.Grpc;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ClearingActors.Node.Tests;

/// <summary>Stress runs and the default fund over gRPC, and who may ask for what.</summary>
public sealed class StressTests : IAsyncLifetime
{
    private const string Model = """
        {
          "runs": { "at": ["13:00"] },
          "factors": { "SPX": { "change": "relative", "feed": "ES" } },
          "groups": { "*": { "confidence": 0.9, "lookback": 3, "ewmaLambda": 0.9, "ewmaSeedReturns": 1, "mporDays": 2, "scaling": "none" } },
          "calls": { "USD": { "minimumTransfer": 100, "callUnit": 100, "minutesToMeet": 60 } }
        }
        """;

    private const string Scenarios = """
        [{ "id": "down", "name": "Fall", "type": "hypothetical", "othersUnmoved": true, "shocks": [{ "factor": "price", "name": "SPX", "kind": "relative", "shock": -0.25, "assumed": "for the test" }] }]
        """;

    private const string Terms = """
        { "currency": "USD", "minorDigits": 2, "bufferPercent": 10, "minimumContribution": 1000, "minutesToMeet": 60, "juniorCapital": 0, "seniorCapital": 5000 }
        """;

    private const long Hour = 3_600_000_000_000;

    private RunningNode _node = null!;
    private GrpcChannel _operator = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.StartAsync();
        _operator = _node.As(House.Operator);
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task a_run_sizes_the_fund_and_a_member_sees_and_meets_its_own_contribution()
    {
        await SetUpAsync();
        var run = (await StressAsync<RunStressRequest, RunStressResponse>(_operator, new())).Run;
        (run.Run, run.Cycle, run.BusinessDate, run.By, run.Currency).ShouldBe((1, 1, House.Today, "operator:ops1", "USD"));

        // The buyer, BRAVO, loses a quarter of 1,000 lots of 50 at 5,000, less its margin.
        var margin = (await CallAsync<GetMarginRequest, GetMarginResponse>(MarginReflection.Descriptor, _operator, new() { Account = "B-HOUSE" })).Official.Coverage;
        var uncovered = 62_500_000m - Math.Min(House.Value(margin.Requirement), House.Value(margin.Collateral));
        run.Scenarios.ShouldHaveSingleItem().UncoveredLosses.Select(u => (u.Member, House.Value(u.Amount))).ShouldBe([("ALPHA", 0m), ("BRAVO", uncovered)]);
        House.Value(run.Scenarios[0].Unallocated).ShouldBe(uncovered - 5000m);
        var need = run.Scenarios[0].Liquidity.ShouldHaveSingleItem();
        (need.Currency, need.Members.Single(), House.Value(need.Payments), House.Value(need.Fund)).ShouldBe(("USD", "BRAVO", 62_500_000m, 0m));
        House.Value(need.Shortfall).ShouldBe(62_500_000m - House.Value(need.Cash));

        var sized = await StressAsync<SizeDefaultFundRequest, SizeDefaultFundResponse>(_operator, new());
        House.Value(sized.Size.CoverTwo).ShouldBe(uncovered);
        sized.Size.Contributions.Sum(c => House.Value(c.Amount)).ShouldBe(House.Value(sized.Size.Fund));
        var mine = (await StressAsync<GetContributionRequest, GetContributionResponse>(_node.As(House.Bravo), new() { Member = "BRAVO" })).Contribution;
        (mine.Account, mine.Status, House.Value(mine.Due)).ShouldBe(("FUND.BRAVO", Contribution.Types.Status.Due, House.Value(mine.Required)));
        (await EndOf<GetContributionRequest, GetContributionResponse>(_node.As(House.Bravo), new() { Member = "ALPHA" })).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await EndOf<GetDefaultFundRequest, GetDefaultFundResponse>(_node.As(House.Bravo), new())).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await EndOf<RunStressRequest, RunStressResponse>(_node.As(House.Auditor), new())).StatusCode.ShouldBe(StatusCode.PermissionDenied);

        await _node.Node.Engine.QuiesceAsync();
        await _operator.OperateAsync<BookCollateralRequest, BookCollateralResponse>(new() { RequestId = "fund-1", Account = "FUND.BRAVO", Currency = "USD", Amount = mine.Due });
        await _node.Node.Engine.QuiesceAsync();
        mine = (await StressAsync<GetContributionRequest, GetContributionResponse>(_node.As(House.Bravo), new() { Member = "BRAVO" })).Contribution;
        (mine.Status, House.Value(mine.Due)).ShouldBe((Contribution.Types.Status.Met, 0m));
        var fund = await StressAsync<GetDefaultFundRequest, GetDefaultFundResponse>(_node.As(House.Auditor), new());
        (House.Value(fund.Held), fund.Size.Call, fund.Contributions.Count).ShouldBe((House.Value(mine.Required), 1, 2));

        var runs = await StressAsync<GetStressRunsRequest, GetStressRunsResponse>(_node.As(House.Auditor), new());
        runs.Runs.ShouldHaveSingleItem().ScenarioVersion.ShouldBe(run.ScenarioVersion);
        runs.Scenarios.ShouldBe(Scenarios);
        var propagated = await StressAsync<PropagateFailureRequest, PropagateFailureResponse>(_operator, new() { Scenario = "down", FirstFailures = { "BRAVO" }, SearchUpTo = 1 });
        (propagated.Rounds, propagated.Failed[0].Members[0], House.Value(propagated.Loss)).ShouldBe((1, "BRAVO", uncovered));
        var geared = await StressAsync<GearingStressRequest, GearingStressResponse>(_operator, new() { Scenario = "down", Count = 1 });
        geared.Accounts.ShouldHaveSingleItem().Account.ShouldBe("B-HOUSE");
        var reverse = await StressAsync<RunReverseStressRequest, RunReverseStressResponse>(
            _operator, new() { Factor = "SPX", Kind = RunReverseStressRequest.Types.Kind.Relative, Furthest = -0.9, Steps = 50, Tolerance = 1e-6 });
        reverse.Found.ShouldBeTrue();
        reverse.Shock.ShouldBeInRange(-0.9, 0);
    }

    [Fact]
    public async Task a_scheduled_run_is_shown_with_its_cause()
    {
        await SetUpAsync();
        await _operator.OperateAsync<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(new() { Instant = House.Noon + Hour });
        await _node.Node.Engine.QuiesceAsync();
        var runs = await CallAsync<GetMarginRunsRequest, GetMarginRunsResponse>(MarginReflection.Descriptor, _operator, new());
        runs.Recent.Select(r => (r.Cause, r.By, r.Failure)).ShouldBe([(RunCause.Operator, "operator:ops1", ""), (RunCause.Scheduled, "time of day, 13:00", "")]);
        runs.Last.Cause.ShouldBe(RunCause.Scheduled);
    }

    [Fact]
    public async Task what_is_missing_or_malformed_is_refused_with_a_remedy()
    {
        (await EndOf<RunStressRequest, RunStressResponse>(_operator, new())).Message.ShouldContain("the scenarios are not set");
        var end = await EndOf<SetScenariosRequest, SetScenariosResponse>(_operator, new() { Scenarios = "[{}]" });
        (end.StatusCode, end.Message.Contains("malformed", StringComparison.Ordinal)).ShouldBe((StatusCode.FailedPrecondition, true));
        (await EndOf<SetFundTermsRequest, SetFundTermsResponse>(_operator, new() { Terms = "{" })).Message.ShouldContain("the fund's terms are malformed");
        (await EndOf<GetContributionRequest, GetContributionResponse>(_node.As(House.Alpha), new() { Member = "ALPHA" })).StatusCode.ShouldBe(StatusCode.NotFound);
        (await EndOf<RunReverseStressRequest, RunReverseStressResponse>(_operator, new() { Factor = "SPX" })).StatusCode.ShouldBe(StatusCode.InvalidArgument);
    }

    private async Task SetUpAsync()
    {
        await CallAsync<SetRiskModelRequest, SetRiskModelResponse>(MarginReflection.Descriptor, _operator, new() { Parameters = Model, Reason = "test" });
        var prices = new SetFactorPricesRequest { Factor = "SPX", Replaces = true, Reason = "test" };
        prices.Prices.Add(new double[] { 5000, 5010, 4990, 5005, 5000 }.Select((p, i) => new FactorPrice { Date = 20261115 + i, Price = p }));
        await CallAsync<SetFactorPricesRequest, SetFactorPricesResponse>(MarginReflection.Descriptor, _operator, prices);
        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.AskOneAsync(House.Trade("t1", 1_000));
        await _operator.OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(
            new() { NextBusinessDate = House.Monday, Prices = { new SettlementPrice { Instrument = "ES", Price = House.Number(5000) } } });
        await CallAsync<RunMarginRequest, RunMarginResponse>(MarginReflection.Descriptor, _operator, new());
        await StressAsync<SetScenariosRequest, SetScenariosResponse>(_operator, new() { Scenarios = Scenarios, Reason = "test" });
        await StressAsync<SetFundTermsRequest, SetFundTermsResponse>(_operator, new() { Terms = Terms, Reason = "test" });
    }

    private static Task<TResponse> StressAsync<TRequest, TResponse>(GrpcChannel channel, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> => CallAsync<TRequest, TResponse>(StressReflection.Descriptor, channel, request);

    private static Task<TResponse> CallAsync<TRequest, TResponse>(FileDescriptor file, GrpcChannel channel, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        channel.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(file.Services[0], typeof(TRequest).Name[..^"Request".Length]), request).Within();

    private static Task<RpcException> EndOf<TRequest, TResponse>(GrpcChannel channel, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        Should.ThrowAsync<RpcException>(() => StressAsync<TRequest, TResponse>(channel, request));
}
