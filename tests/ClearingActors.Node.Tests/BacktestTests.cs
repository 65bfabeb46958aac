using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Contracts.Stress.V1;
using ClearingActors.Engine.Backtests;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using ClearingActors.Risk.Backtests;
using ClearingActors.Testing;
using Google.Protobuf;

namespace ClearingActors.Node.Tests;

/// <summary>The back-test of the house's margin, as people who watch it see it.</summary>
public abstract class BacktestTests(TestJournal journal) : IAsyncLifetime
{
    private const string Viewer = "token-of-viewer-one";
    private const string Model = """
        {
          "factors": { "SPX": { "change": "relative", "feed": "ES" } },
          "groups": { "EQUITY": { "confidence": 0.8, "lookback": 5, "ewmaLambda": 0.9, "ewmaSeedReturns": 2, "mporDays": 1, "scaling": "none" } },
          "calls": { "USD": { "minimumTransfer": 100, "callUnit": 100, "minutesToMeet": 60 } }
        }
        """;

    private static readonly decimal[] Before = [5000, 5040, 4980, 5020, 5000, 5060, 5030, 5050];
    private static readonly decimal[] Closes = [5000, 4880, 4900, 4600, 4640, 4400];

    private RunningNode _node = null!;
    private GrpcChannel _operator = null!;
    private DateOnly _date = new(2026, 11, 20);

    public async ValueTask InitializeAsync()
    {
        var viewer = new PrincipalSettings { Name = "viewer:tv", Token = Viewer, Roles = Roles.Viewer };
        _node = await RunningNode.StartAsync(settings => journal.In(settings) with { Principals = [.. settings.Principals, viewer] });
        _operator = _node.As(House.Operator);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task it_says_what_the_back_test_of_the_journal_says_and_is_kept_until_a_date_closes()
    {
        await SetUpAsync();
        foreach (var close in Closes)
        {
            await CloseAsync(close);
        }

        (await AskAsync(House.Operator)).ShouldBe(new GetBacktestResponse { Outdated = true }, "nobody has started one");
        var result = await ResultAsync();
        LiveBacktestResult expected;
        using (var stored = journal.OpenReadOnly(_node.Folder))
        {
            expected = LiveBacktest.Run(stored, cancellation: TestContext.Current.CancellationToken);
        }

        (result.Closes, result.FirstDate, result.LastDate).ShouldBe((Closes.Length, House.Today, 20261127));
        (result.Total.Periods, result.Total.Exceptions, result.Total.Red, result.Total.Yellow, result.Total.Green, result.Total.TooFew).ShouldBe(
            (expected.Periods, expected.Exceptions, expected.CountOf(TrafficLightZone.Red), expected.CountOf(TrafficLightZone.Yellow), expected.CountOf(TrafficLightZone.Green), expected.TooFew));
        result.Total.Exceptions.ShouldBePositive("a fall of 6 % is above a margin of small days");
        result.Accounts.Select(a => (a.Account, a.Periods, a.Exceptions, a.TailProbability, a.KupiecP, a.IndependenceP, a.WorstMargin, a.WorstLoss)).ShouldBe(
            expected.Accounts.Select(a => (a.Account.Value, a.Periods, a.Exceptions, a.TailProbability, a.Kupiec!.Value.PValue, a.Independence!.Value.PValue, a.Worst!.Value.Margin, a.Worst.Value.Loss)));
        result.Members.Select(m => (m.Member, m.Count.Periods)).ShouldBe([("ALPHA", 5), ("BRAVO", 5)]);

        var one = (await AskAsync(House.Auditor, start: true, limit: 1)).Result;
        (one.EndedAt, one.Accounts.Count, one.More).ShouldBe((result.EndedAt, 1, 1), "the one of this date stands");
        (await AskAsync(Viewer, member: "BRAVO")).Result.Accounts.ShouldHaveSingleItem().Account.ShouldBe("B-HOUSE");

        await CloseAsync(4500);
        (await AskAsync(House.Operator)).Outdated.ShouldBeTrue();
        (await ResultAsync()).Closes.ShouldBe(Closes.Length + 1);
    }

    [Fact]
    public async Task viewers_read_and_do_not_start_members_do_neither_and_a_journal_without_a_closed_date_says_so()
    {
        (await EndOf(House.Alpha)).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await EndOf(Viewer, start: true)).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await AskAsync(Viewer)).State.ShouldBe(GetBacktestResponse.Types.State.Unspecified);
        (await Should.ThrowAsync<RpcException>(() => AskAsync(House.Operator, limit: 1_001))).Message.ShouldContain("limit is \"1001\"");

        await AskAsync(House.Operator, start: true);
        var response = new GetBacktestResponse();
        await Patience.UntilAsync(
            async () =>
            {
                response = await AskAsync(Viewer);
                return response.State == GetBacktestResponse.Types.State.Failed;
            },
            "the back-test has failed");
        response.Failure.ShouldStartWith("the journal has no business date that was closed");
        response.Failure.ShouldNotContain("Parameter");
        response.Result.ShouldBeNull();
    }

    private async Task SetUpAsync()
    {
        await MarginAsync<SetRiskModelRequest, SetRiskModelResponse>("SetRiskModel", new() { Parameters = Model, Reason = "test" });
        var history = new SetFactorPricesRequest { Factor = "SPX", Replaces = true };
        history.Prices.Add(Before.Select((price, i) => new FactorPrice { Date = 20261101 + i, Price = (double)price }));
        await MarginAsync<SetFactorPricesRequest, SetFactorPricesResponse>("SetFactorPrices", history);
        using var venue = new TradeConversation(_node.As(House.Venue));
        await venue.AskOneAsync(House.Trade("t1", 10));
    }

    private async Task CloseAsync(decimal price)
    {
        do
        {
            _date = _date.AddDays(1);
        }
        while (_date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday);
        await _operator.OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(new()
        {
            NextBusinessDate = (_date.Year * 10_000) + (_date.Month * 100) + _date.Day,
            Prices = { new SettlementPrice { Instrument = "ES", Price = House.Number(price) } },
        });
    }

    private async Task<Contracts.Stress.V1.BacktestResult> ResultAsync()
    {
        var response = await AskAsync(House.Operator, start: true);
        await Patience.UntilAsync(
            async () =>
            {
                response = await AskAsync(House.Operator);
                return response.State != GetBacktestResponse.Types.State.Running;
            },
            "the back-test has ended");
        (response.Failure, response.Outdated).ShouldBe(("", false));
        return response.Result;
    }

    private Task<GetBacktestResponse> AskAsync(string token, bool start = false, int limit = 0, string member = "") => _node.As(token).UnaryAsync(
        GrpcMethod.Of<GetBacktestRequest, GetBacktestResponse>(StressReflection.Descriptor.Services[0], "GetBacktest"), new GetBacktestRequest { Start = start, Limit = limit, Member = member }).Within();

    private Task<RpcException> EndOf(string token, bool start = false) => Should.ThrowAsync<RpcException>(() => AskAsync(token, start));

    private Task<TResponse> MarginAsync<TRequest, TResponse>(string method, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> => _operator.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(MarginReflection.Descriptor.Services[0], method), request).Within();
}

/// <summary>The back-test of a journal, in a file.</summary>
public sealed class SqliteBacktestTests() : BacktestTests(new TestJournal.InFile());

/// <summary>The back-test of a journal, in PostgreSQL.</summary>
public sealed class PostgresBacktestTests(PostgresServer server) : BacktestTests(new TestJournal.InPostgres(server));
