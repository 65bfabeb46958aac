using System.CommandLine;
using System.Text.Json;
using ClearingActors.Cli.Commands;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using ClearingActors.Node;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClearingActors.Cli.Tests.Stress;

/// <summary>The stress commands over a node that runs in this process.</summary>
public sealed class LiveHouseTests : IAsyncLifetime
{
    private const string Operator = "operator:test";
    private const string Token = "token-of-operator-1";
    private static readonly Currency Usd = new("USD", 2);
    private static readonly DateOnly Monday = new(2020, 3, 9);
    private static readonly long Noon = UtcTime.StartOf(Monday) + (UtcTime.NanosecondsPerDay / 2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-live-stress-");
    private ClearingNode _node = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await ClearingNode.StartAsync(
            new NodeSettings
            {
                DataDirectory = Path.Combine(_folder.FullName, "node"),
                Listen = new ListenSettings { Port = 0 },
                Journal = new JournalSettings { Shards = 4 },
                BusinessClock = BusinessClockMode.Manual,
                Principals = [new PrincipalSettings { Name = Operator, Token = Token, Roles = Roles.Operator }],
                StopSeconds = 20,
            },
            NullLoggerFactory.Instance);
        await DefineAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_live_house_is_stressed_its_fund_sized_and_its_breaking_point_found()
    {
        var terms = Path.Combine(_folder.FullName, "terms.json");
        await File.WriteAllTextAsync(terms, """{ "currency": "USD", "minorDigits": 2, "bufferPercent": 10, "minimumContribution": 1000, "minutesToMeet": 60, "juniorCapital": 100, "seniorCapital": 200 }""");
        var (code, output, error) = await RunAsync("fund", "--terms", terms);
        (code, error, output.Contains("has not been sized", StringComparison.Ordinal)).ShouldBe((ExitCode.Ok, "", true));

        // The ten scenarios of the repository: the fall of 1987 takes more than margin and capital, so the code says so.
        var json = Path.Combine(_folder.FullName, "run.json");
        (code, output, error) = await RunAsync("run", "--scenarios", StressCommandTests.ScenarioDirectory, "--json", json);
        error.ShouldBeEmpty();
        code.ShouldBe(ExitCode.Failed, output);
        output.ShouldContain("Stress run 1 of cycle 1, 20200309, in USD");
        output.ShouldContain("1987-10-19");
        output.ShouldContain("Two largest");
        using var run = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        run.RootElement.GetProperty("scenarios").GetArrayLength().ShouldBe(10);
        var need = run.RootElement.GetProperty("scenarios")[0].GetProperty("liquidity").EnumerateArray().ShouldHaveSingleItem();
        (need.GetProperty("currency").GetString(), need.GetProperty("members").GetArrayLength()).ShouldBe(("USD", 1));

        (code, output, _) = await RunAsync("fund", "--dry-run");
        (code, output.Contains("computed only", StringComparison.Ordinal)).ShouldBe((ExitCode.Ok, true));
        (code, output, _) = await RunAsync("fund", "--size");
        code.ShouldBe(ExitCode.Ok);
        output.ShouldContain("FUND.ALPHA");
        output.ShouldContain("call 1");
        (code, output, _) = await RunAsync("reverse", "--factor", "SPX", "--steps", "100");
        code.ShouldBe(ExitCode.Ok);
        output.ShouldContain("exhausts the resources");
    }

    [Fact]
    public async Task What_the_node_refuses_is_told_and_ends_with_2()
    {
        var (code, _, error) = await RunAsync("run");
        (code, error.Contains("the scenarios are not set", StringComparison.Ordinal)).ShouldBe((ExitCode.BadInput, true));
        var output = new StringWriter();
        code = await CommandLineRunner.RunAsync(new RootCommand { StressCommand.Create() }, ["stress", "run", "--node", "nowhere"], TextWriter.Null, output);
        (code, output.ToString().Contains("--node is \"nowhere\"", StringComparison.Ordinal)).ShouldBe((ExitCode.BadInput, true));
    }

    [Fact]
    public async Task The_buffer_is_released_and_restored_and_a_run_goes_by_it()
    {
        var (code, _, error) = await BufferAsync("--release", "--reason", "stress");
        (code, error.Contains("no product group of the risk model has buffer25", StringComparison.Ordinal)).ShouldBe((ExitCode.BadInput, true), error);
        await _node.Engine.SetRiskModelAsync(Operator, """
            {
              "factors": { "SPX": { "change": "relative" } },
              "groups": { "*": { "confidence": 0.99, "lookback": 3, "ewmaLambda": 0.9, "ewmaSeedReturns": 1, "mporDays": 2, "scaling": "none", "buffer25": true } },
              "calls": { "USD": { "minimumTransfer": 0, "callUnit": 1, "minutesToMeet": 60 } }
            }
            """);

        (code, var output, error) = await BufferAsync("--release", "--reason", "the index fell");
        (code, error, output.Contains("The 25 % buffer is released", StringComparison.Ordinal)).ShouldBe((ExitCode.Ok, "", true));
        (await _node.Engine.RunMarginAsync(Operator)).Inputs.BufferReleased.ShouldBeTrue();
        (code, output, _) = await BufferAsync("--restore", "--reason", "calm");
        (code, output.Contains("The 25 % buffer is whole", StringComparison.Ordinal)).ShouldBe((ExitCode.Ok, true));
        (await _node.Engine.RunMarginAsync(Operator)).Inputs.BufferReleased.ShouldBeFalse();

        (code, _, error) = await BufferAsync("--release", "--reason", " ");
        (code, error.Contains("say why the buffer is released", StringComparison.Ordinal)).ShouldBe((ExitCode.BadInput, true));
        (code, _, error) = await BufferAsync("--release", "--restore", "--reason", "both");
        (code, error.Contains("and not both", StringComparison.Ordinal)).ShouldBe((ExitCode.BadInput, true));
        (code, _, _) = await BufferAsync("--reason", "neither");
        code.ShouldBe(ExitCode.BadInput);
        (code, _, _) = await BufferAsync("--release");
        code.ShouldBe(ExitCode.BadInput, "a decision without a reason");
    }

    private async Task<(int Code, string Output, string Error)> BufferAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLineRunner.RunAsync(
            new RootCommand { MarginCommand.Create() }, ["margin", "buffer", .. args, "--node", _node.GrpcAddress.ToString(), "--token", Token], output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLineRunner.RunAsync(new RootCommand { StressCommand.Create() }, ["stress", .. args, "--node", _node.GrpcAddress.ToString(), "--token", Token], output, error);
        return (code, output.ToString(), error.ToString());
    }

    private async Task DefineAsync()
    {
        var engine = _node.Engine;
        await engine.AdvanceBusinessTimeAsync(Operator, Noon);
        await engine.DefineTradeSourceAsync(Operator, SourceId.Parse("VENUE"), 1);
        var future = InstrumentId.Parse("SPX.FUT");
        new InstrumentDefinition
        {
            Id = future.Value,
            Kind = InstrumentKind.Future,
            Underlying = "SPX",
            Multiplier = 50,
            Currency = Usd,
            PriceScale = 2,
            Tick = 0.25m,
            PriceLow = 0.25m,
            PriceHigh = 100_000m,
            MarkJumpBps = 500,
            MarkStalenessNs = UtcTime.NanosecondsPerDay,
            MaxTradeQuantity = 1000,
            HeadroomPerLot = 1000m,
            Calendar = new ClearingCalendar("America/Chicago", new TimeOnly(16, 0), [], false),
            ProductGroup = "SPX",
        }.Validate(out var instrument).ShouldBeEmpty();
        await engine.DefineInstrumentAsync(Operator, instrument!);
        foreach (var member in new[] { "ALPHA", "BETA" })
        {
            var account = AccountId.Parse($"{member}.HOUSE");
            await engine.DefineMemberAsync(Operator, MemberId.Parse(member));
            await engine.DefineAccountAsync(Operator, account, MemberId.Parse(member), Segregation.House, Usd, 0);
            await engine.BookCollateralAsync(Operator, account, RequestId.Parse("1"), new Money(1_000_000_00, Usd));
        }

        await engine.SetRiskModelAsync(Operator, """
            {
              "factors": { "SPX": { "change": "relative" } },
              "groups": { "*": { "confidence": 0.9, "lookback": 3, "ewmaLambda": 0.9, "ewmaSeedReturns": 1, "mporDays": 2, "scaling": "none" } },
              "calls": { "USD": { "minimumTransfer": 0, "callUnit": 1, "minutesToMeet": 60 } }
            }
            """);
        double[] prices = [2750, 2740, 2750, 2760, 2750];
        await engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", [.. prices.Select((p, i) => new FactorPrice(new DateOnly(2020, 3, 2).AddDays(i), p))], Replaces: true));
        var report = new TradeReport
        {
            Source = SourceId.Parse("VENUE"),
            TradeId = TradeId.Parse("T1"),
            Instrument = future,
            Buyer = new TradeSide(AccountId.Parse("ALPHA.HOUSE"), default, PositionEffect.Unspecified),
            Seller = new TradeSide(AccountId.Parse("BETA.HOUSE"), default, PositionEffect.Unspecified),
            Quantity = 500,
            Price = 2750m,
            ExecutionTime = Noon,
        };
        engine.Submit([engine.Trade("venue:VENUE", report, cancel: false, default)]);
        await engine.QuiesceAsync();
        await engine.RunSettlementCycleAsync(Operator, Monday.AddDays(1), [new PricePoint(future, 2750_00)]);
        await engine.RunMarginAsync(Operator);
    }
}
