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

namespace ClearingActors.Cli.Tests.Defaults;

/// <summary>A default from its trigger to its end by the command line alone, over a node that runs in this process.</summary>
public sealed class DefaultCommandTests : IAsyncLifetime
{
    private const string Anna = "token-of-operator-anna";
    private const string Ben = "token-of-operator-ben";
    private const string Alpha = "token-of-member-alpha";
    private const string Gamma = "token-of-member-gamma";
    private const string Operator = "operator:test";
    private static readonly Currency Usd = new("USD", 2);
    private static readonly InstrumentId Future = InstrumentId.Parse("SPX.FUT");
    private static readonly DateOnly Monday = new(2020, 3, 9);
    private static readonly long Noon = UtcTime.StartOf(Monday) + (UtcTime.NanosecondsPerDay / 2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-default-cli-");
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
                Principals =
                [
                    new PrincipalSettings { Name = "operator:anna", Token = Anna, Roles = Roles.Operator },
                    new PrincipalSettings { Name = "operator:ben", Token = Ben, Roles = Roles.Operator },
                    new PrincipalSettings { Name = "member:ALPHA", Token = Alpha, Roles = Roles.Member, Members = ["ALPHA"] },
                    new PrincipalSettings { Name = "member:GAMMA", Token = Gamma, Roles = Roles.Member, Members = ["GAMMA"] },
                ],
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
    public async Task A_default_is_managed_from_its_trigger_to_its_end()
    {
        (await OkAsync(Anna, "default", "list")).ShouldContain("No member is or was in default.");
        var terms = Path.Combine(_folder.FullName, "terms.json");
        await File.WriteAllTextAsync(terms, """{ "currency": "USD", "minorDigits": 2, "approvalMinutes": 60, "portingMinutes": 30, "auction": { "minutes": 20, "reserveMultiple": 100 } }""", TestContext.Current.CancellationToken);
        (await OkAsync(Anna, "default", "terms", terms, "--reason", "test")).ShouldContain("The terms are set.");

        (await OkAsync(Anna, "default", "trigger", "BETA", "--reason", "it cannot pay")).ShouldContain("Default 1 of BETA: triggered. Triggered 2020-03-09 12:00:00Z by operator:anna (operator): it cannot pay");
        (await OkAsync(Anna, "default", "declare", "1", "--reason", "it has not paid")).ShouldContain("by operator:anna: declare (it has not paid). Another operator must approve.");
        (await FailAsync(Anna, "default", "declare", "1", "--reason", "again")).ShouldStartWith("error: the node answered FailedPrecondition: operator:anna has proposed it; another operator must approve");
        (await OkAsync(Ben, "default", "declare", "1", "--reason", "seen")).ShouldContain("Decided 2020-03-09 12:00:00Z by operator:anna and operator:ben: declare (seen).");
        await _node.Engine.QuiesceAsync();

        var shown = await OkAsync(Anna, "default", "show", "1");
        shown.ShouldContain("closing out");
        shown.ShouldContain("porting");
        shown.ShouldContain("2020-03-09 12:30:00Z");
        shown.ShouldContain("-500 SPX.FUT");
        (await OkAsync(Anna, "default", "list")).ShouldContain("BETA");

        var offered = await OkAsync(Gamma, "auction", "list", "--member", "GAMMA");
        offered.ShouldContain("D1.1.1");
        offered.ShouldContain("-25,000");
        offered.ShouldContain("BETA.NET");
        (await OkAsync(Gamma, "auction", "offer", "1", "BETA.NET", "--member", "GAMMA")).ShouldContain("GAMMA offers to take BETA.NET over.");
        (await OkAsync(Anna, "default", "port", "1", "BETA.NET", "GAMMA", "--reason", "the client's wish")).ShouldContain("BETA.NET");
        await _node.Engine.QuiesceAsync();
        (await OkAsync(Anna, "default", "show", "1")).ShouldContain("ported");

        var bid = await OkAsync(Alpha, "auction", "bid", "D1.1.1", "--member", "ALPHA", "--account", "ALPHA.HOUSE", "--amount", "-1.5");
        bid.ShouldContain("Bid 1 for D1.1.1: -1.50 USD per unit, 1 units to ALPHA.HOUSE.");
        bid.ShouldContain("Commitment ");
        (await OkAsync(Alpha, "auction", "withdraw", "D1.1.1", "--member", "ALPHA")).ShouldContain("The bid for D1.1.1 is withdrawn.");
        await OkAsync(Gamma, "auction", "bid", "D1.1.1", "--member", "GAMMA", "--account", "GAMMA.HOUSE", "--amount", "-1234.56", "--currency", "USD");
        (await OkAsync(Gamma, "auction", "list", "--member", "GAMMA")).ShouldContain("Your bid 3 for D1.1.1: -1,234.56 USD per unit, 1 units to GAMMA.HOUSE.");
        (await OkAsync(Anna, "default", "show", "1")).ShouldNotContain("1,234.56");

        await OkAsync(Anna, "default", "cost", "1", "BETA.HOUSE", "--amount", "100.44", "--reason", "the broker");
        await _node.Engine.AdvanceBusinessTimeAsync(Operator, Noon + (21 * 60_000_000_000L));
        await _node.Engine.QuiesceAsync();
        shown = await OkAsync(Anna, "default", "show", "1");
        shown.ShouldContain("GAMMA 1 to GAMMA.HOUSE for -1,234.56");
        shown.ShouldContain("winner or near");
        await _node.Engine.RunSettlementCycleAsync(Operator, Monday.AddDays(2), [new PricePoint(Future, 2750_00)]);
        await _node.Engine.QuiesceAsync();
        var json = Path.Combine(_folder.FullName, "default.json");
        shown = await OkAsync(Anna, "default", "show", "1", "--json", json);
        shown.ShouldContain("Loss 1,335.00 USD, borne layer by layer:");
        shown.ShouldContain("defaulter_margin");
        shown.ShouldContain("Borne by nobody: 0.00 USD.");
        using (var written = JsonDocument.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken)))
        {
            written.RootElement.GetProperty("defaults")[0].GetProperty("allocation").GetProperty("loss").GetString().ShouldBe("133500");
        }

        (await OkAsync(Anna, "default", "close", "1", "--reason", "done")).ShouldContain("Default 1 of BETA: closed.");
        (await OkAsync(Anna, "default", "recover", "1", "--amount", "10.25", "--reason", "the estate")).ShouldContain("10.25 by operator:anna (the estate); repaid nothing; beyond all layers 10.25");
    }

    [Fact]
    public async Task What_cannot_be_is_told_with_value_limit_and_remedy_and_ends_with_2()
    {
        (await FailAsync(Anna, "default", "show", "0")).ShouldBe("error: the default's number is 0; 1 or more is needed, see clearing default list" + Environment.NewLine);
        (await FailAsync(Anna, "default", "show", "7")).ShouldBe("error: there is no default 7; see clearing default list" + Environment.NewLine);
        (await FailAsync(Anna, "default", "trigger", "BETA", "--reason", "x")).ShouldContain("the terms of default management are not set; set them first");
        (await FailAsync(Anna, "default", "cost", "7", "BETA.HOUSE", "--amount", "1", "--reason", "x")).ShouldContain("there is no default 7");
        (await FailAsync(Anna, "default", "terms", "nowhere.json", "--reason", "x")).ShouldContain("nowhere.json cannot be read");
        (await FailAsync(Alpha, "auction", "bid", "LOT", "--member", "ALPHA", "--account", "ALPHA.HOUSE", "--amount", "1")).ShouldContain("the lot is \"LOT\"; an id such as D1.1.1 is needed");
        (await FailAsync(Alpha, "auction", "list", "--member", "GAMMA")).ShouldContain("member:ALPHA may not act for member GAMMA");
        (await FailAsync(Anna, "auction", "list", "--member", "ALPHA")).ShouldContain("PermissionDenied");
    }

    [Fact]
    public async Task Lifting_and_amounts_in_another_currency_are_refused_as_they_should()
    {
        await _node.Engine.SetDefaultTermsAsync(Operator, """{ "currency": "USD", "minorDigits": 2, "approvalMinutes": 60, "portingMinutes": 30, "auction": { "minutes": 20 } }""");
        await OkAsync(Anna, "default", "trigger", "BETA", "--reason", "x");
        (await FailAsync(Anna, "default", "cost", "1", "BETA.HOUSE", "--amount", "1", "--currency", "EUR", "--reason", "x")).ShouldContain("--currency is EUR; the default has USD: exchange it");
        (await FailAsync(Anna, "default", "cost", "1", "BETA.HOUSE", "--amount", "1.005", "--reason", "x")).ShouldContain("--amount is 1.005; USD has 2 decimal places");
        (await FailAsync(Anna, "default", "cost", "1", "BETA.HOUSE", "--amount", "100000000000000000000", "--reason", "x")).ShouldContain("at most 9223372036854775807 minor units");
        (await FailAsync(Anna, "default", "close", "1", "--reason", "x")).ShouldContain("default 1 is Triggered");
        (await OkAsync(Anna, "default", "lift", "1", "--reason", "it has paid")).ShouldContain("Default 1 of BETA: lifted.");
        (await FailAsync(Anna, "default", "lift", "1", "--reason", "x")).ShouldContain("only what is triggered can be lifted");
        (await OkAsync(Anna, "default", "show", "1")).ShouldContain("to operator:anna: lift the trigger of default 1:");
    }

    [Theory]
    [InlineData("hedge", "1", "B", "--instrument", "ES", "--lots", "-1", "--counterparty", "A", "--reason", "x", "--price")]
    [InlineData("sell", "1", "B", "--asset", "BTC", "--units", "1", "--reason", "x", "--proceeds")]
    [InlineData("cost", "1", "B", "--reason", "x", "--amount")]
    [InlineData("recover", "1", "--reason", "x", "--amount")]
    public void Prices_and_amounts_take_no_commas(params string[] command)
    {
        Root().Parse(["default", .. command, "1,5", "--node", "http://localhost"]).Errors.ShouldHaveSingleItem().Message.ShouldBe($"{command[^1]} is \"1,5\"; a decimal number without commas, such as 1234.50, is needed");
        Root().Parse(["default", .. command, "-1.5", "--node", "http://localhost"]).Errors.ShouldBeEmpty();
    }

    [Fact]
    public void A_bid_takes_no_commas()
    {
        string[] bid = ["auction", "bid", "D1.1.1", "--member", "A", "--account", "A", "--node", "http://localhost", "--amount"];
        Root().Parse([.. bid, "1,5"]).Errors.ShouldHaveSingleItem().Message.ShouldContain("--amount is \"1,5\"");
        Root().Parse([.. bid, "-1.5"]).Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_command_has_help_with_an_example_of_itself()
    {
        foreach (var group in new[] { DefaultCommand.Create(), AuctionCommand.Create() })
        {
            foreach (var command in group.Subcommands)
            {
                var output = new StringWriter();
                var code = await CommandLineRunner.RunAsync(Root(), [group.Name, command.Name, "--help"], output, TextWriter.Null, TestContext.Current.CancellationToken);
                code.ShouldBe(ExitCode.Ok);
                var examples = output.ToString().Split('\n').Where(l => l.StartsWith($"  clearing {group.Name} {command.Name} ", StringComparison.Ordinal)).ToList();
                examples.ShouldNotBeEmpty($"{command.Name}: {output}");
                foreach (var example in examples)
                {
                    Root().Parse(example.Trim()["clearing ".Length..]).Errors.ShouldBeEmpty(example);
                }
            }
        }
    }

    private static RootCommand Root() => new() { DefaultCommand.Create(), AuctionCommand.Create() };

    private async Task<string> OkAsync(string token, params string[] args)
    {
        var (code, output, error) = await RunAsync(token, args);
        code.ShouldBe(ExitCode.Ok, error);
        error.ShouldBeEmpty();
        return output;
    }

    private async Task<string> FailAsync(string token, params string[] args)
    {
        var (code, output, error) = await RunAsync(token, args);
        code.ShouldBe(ExitCode.BadInput);
        output.ShouldBeEmpty();
        return error;
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(string token, string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLineRunner.RunAsync(Root(), [.. args, "--node", _node.GrpcAddress.ToString(), "--token", token], output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    private async Task DefineAsync()
    {
        var engine = _node.Engine;
        await engine.AdvanceBusinessTimeAsync(Operator, Noon);
        await engine.DefineTradeSourceAsync(Operator, SourceId.Parse("VENUE"), 1);
        new InstrumentDefinition
        {
            Id = Future.Value,
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
        foreach (var member in new[] { "ALPHA", "BETA", "GAMMA" })
        {
            await engine.DefineMemberAsync(Operator, MemberId.Parse(member));
            await AccountAsync($"{member}.HOUSE", member, Segregation.House);
        }

        await AccountAsync("BETA.NET", "BETA", Segregation.ClientOmnibusNet);
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
            Instrument = Future,
            Buyer = new TradeSide(AccountId.Parse("ALPHA.HOUSE"), default, PositionEffect.Unspecified),
            Seller = new TradeSide(AccountId.Parse("BETA.HOUSE"), default, PositionEffect.Unspecified),
            Quantity = 500,
            Price = 2750m,
            ExecutionTime = Noon,
        };
        engine.Submit([engine.Trade("venue:VENUE", report, cancel: false, default)]);
        await engine.QuiesceAsync();
        await engine.RunSettlementCycleAsync(Operator, Monday.AddDays(1), [new PricePoint(Future, 2750_00)]);
    }

    private async Task AccountAsync(string account, string member, Segregation segregation)
    {
        await _node.Engine.DefineAccountAsync(Operator, AccountId.Parse(account), MemberId.Parse(member), segregation, Usd, 0);
        await _node.Engine.BookCollateralAsync(Operator, AccountId.Parse(account), RequestId.Parse("1"), new Money(1_000_000_00, Usd));
    }
}
