using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 8.7 to 8.9 through the actors: runs, calls, deadlines, and the same bits whatever the shards.</summary>
public sealed class MarginRunTests
{
    private const string Operator = "operator:test";
    private const long Hour = 3_600_000_000_000;

    private const string Model = """
        {
          // The house's one model.
          "factors": { "SPX": { "change": "relative" } },
          "groups": { "*": { "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid", "buffer25": true } },
          "calls": { "USD": { "minimumTransfer": 1000.00, "callUnit": 500.00, "minutesToMeet": 60 } },
        }
        """;

    private static readonly AccountId Alpha = AccountId.Parse("ALPHA.HOUSE");
    private static readonly DateOnly FirstDate = new(2019, 1, 1);

    [Fact]
    public async Task A_requirement_is_what_the_library_says_of_the_same_portfolio()
    {
        await using var house = await StartAsync(4);
        await house.SubmitAsync(TestHouse.Report("T1", quantity: 10));
        await MarkAsync(house, 2750.00m);
        var result = await house.Engine.RunMarginAsync(Operator);

        var shocks = FactorShocks.FromHistory(
            new PriceSeries(RiskFactorId.Price("SPX"), [.. Prices().Select(p => new DatedPrice(p.Date, p.Price))]),
            ChangeKind.Relative,
            Prices()[^1].Date,
            new ScenarioSettings { Lookback = 250, EwmaLambda = 0.97, EwmaSeedReturns = 30, MporDays = 2, Scaling = VolatilityScaling.Mid });
        double[] gains = [.. shocks.Shocks.Select(s => 10 * (50.0 * ((2750.0 * (1.0 + s)) - 2750.0)))];
        var expected = RequirementMoney.Of(1.25 * TailRisk.Of(gains, 0.99).ExpectedShortfall, TestHouse.Usd).MinorUnits;

        var margin = await MarginAsync(house, "ALPHA.HOUSE");
        Math.Abs(margin.Official.Last!.Coverage.Requirement - expected).ShouldBeLessThanOrEqualTo(1, "to the minor unit, but for the order of the sums");
        margin.Official.Last.Coverage.Collateral.ShouldBe(1_000_000_00);
        margin.Official.Last.Coverage.AccruedVariationMargin.ShouldBe((long)((2750.00m - 2750.25m) * 10 * 50 * 100));
        margin.Official.Last.Parts.Sum(p => p.AmountMinor).ShouldBe(margin.Official.Last.Coverage.Requirement);
        margin.Indicative.ShouldBe(margin.Official.Last.Coverage);

        // Buyer and seller, and nobody else, have positions.
        result.Totals.ShouldHaveSingleItem().Accounts.ShouldBe(2);
        result.Inputs.Marks.ShouldHaveSingleItem().Units.ShouldBe(275_000);
        result.Inputs.ScenarioSet.Length.ShouldBe(64);
    }

    [Fact]
    public async Task The_figures_are_the_same_bits_with_any_number_of_shards_and_after_a_replay()
    {
        List<string> figures = [];
        foreach (var shards in new[] { 1, 3, 8 })
        {
            await using var house = await StartAsync(shards);
            for (var i = 0; i < 20; i++)
            {
                await house.SubmitAsync(TestHouse.Report($"T{i}", "ALPHA.GROSS", "BETA.HOUSE", 1 + i, 2750.25m + i, buyerClient: $"C{i % 3}"));
            }

            await MarkAsync(house, 2751.25m);
            var run = await house.Engine.RunMarginAsync(Operator);
            var before = await FiguresAsync(house, run);
            house.Crash();
            house.Open(shards);
            (await FiguresAsync(house, run)).ShouldBe(before);

            // A second run on the same inputs comes to the same.
            var again = await house.Engine.RunMarginAsync(Operator);
            again.Inputs.ScenarioSet.ShouldBe(run.Inputs.ScenarioSet);
            again.Totals.Select(t => (t.Requirement, t.Shortfall)).ShouldBe(run.Totals.Select(t => (t.Requirement, t.Shortfall)));
            figures.Add(before);
        }

        figures.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_call_is_issued_once_met_by_deposits_and_nothing_leaves_meanwhile()
    {
        await using var house = await StartAsync(4);
        await ShortAsync(house);
        var first = await house.Engine.RunMarginAsync(Operator);
        first.Totals.Sum(t => t.Calls).ShouldBe(2);
        (await house.Engine.RunMarginAsync(Operator)).Totals.Sum(t => t.Calls).ShouldBe(0, "what is called is not called again");

        var call = (await MarginAsync(house, "ALPHA.HOUSE")).Official.Calls.ShouldHaveSingleItem();
        (call.AmountMinor % 500_00).ShouldBe(0);
        call.Deadline.ShouldBe(TestHouse.Noon + Hour);
        call.AmountMinor.ShouldBeGreaterThanOrEqualTo(-(await MarginAsync(house, "ALPHA.HOUSE")).Official.Last!.Coverage.Excess);
        var refused = await Should.ThrowAsync<RefusedException>(() => DepositAsync(house, "out", -1_00));
        refused.Message.ShouldContain($"margin calls of {call.AmountMinor} minor units are open");

        await DepositAsync(house, "in-1", call.AmountMinor - 1);
        (await MarginAsync(house, "ALPHA.HOUSE")).Official.Calls[0].RemainingMinor.ShouldBe(1);
        await DepositAsync(house, "in-1", call.AmountMinor - 1);
        (await MarginAsync(house, "ALPHA.HOUSE")).Official.Calls[0].RemainingMinor.ShouldBe(1, "the repeat of a request credits nothing");
        await DepositAsync(house, "in-2", 1);
        (await MarginAsync(house, "ALPHA.HOUSE")).Official.Calls[0].Status.ShouldBe(MarginCallStatus.Met);

        // Covered, but not by more than a call unit: nothing beyond that can go.
        (await Should.ThrowAsync<RefusedException>(() => DepositAsync(house, "out", -600_00))).Message.ShouldContain("would leave an excess of");

        await house.Engine.AdvanceAsync(Operator, call.Deadline);
        var view = await house.Engine.GetMarginRunsAsync(Operator);
        view.Missed.ShouldHaveSingleItem().Account.ShouldBe(AccountId.Parse("BETA.HOUSE"), "only who did not pay has missed a call");
    }

    [Fact]
    public async Task A_missed_call_survives_a_crash_before_its_deadline_and_reaches_the_door_once()
    {
        await using var house = await StartAsync(4);
        await ShortAsync(house);
        await house.Engine.RunMarginAsync(Operator);
        var call = (await MarginAsync(house, "ALPHA.HOUSE")).Official.Calls[0];
        house.Crash();
        house.Open();
        await house.Engine.AdvanceAsync(Operator, call.Deadline - 1);
        (await house.Engine.GetMarginRunsAsync(Operator)).Missed.ShouldBeEmpty();
        await house.Engine.AdvanceAsync(Operator, call.Deadline + Hour);
        house.Crash();
        house.Open();
        await house.Engine.QuiesceAsync();
        var missed = (await house.Engine.GetMarginRunsAsync(Operator)).Missed;
        missed.Select(m => (m.Account.Value, m.Member.Value, m.Call)).OrderBy(m => m).ShouldBe([("ALPHA.HOUSE", "ALPHA", 1), ("BETA.HOUSE", "BETA", 1)]);
        missed.Single(m => m.Account == Alpha).Missing.MinorUnits.ShouldBe(call.AmountMinor);
        (await MarginAsync(house, "ALPHA.HOUSE")).Official.Calls[0].Status.ShouldBe(MarginCallStatus.Missed);
    }

    [Fact]
    public async Task An_operator_takes_back_a_call_and_its_deadline_passes_without_a_word()
    {
        await using var house = await StartAsync(4);
        await ShortAsync(house);
        await house.Engine.RunMarginAsync(Operator);
        await house.Engine.WithdrawMarginCallAsync(Operator, Alpha, 1, "the mark was wrong");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.WithdrawMarginCallAsync(Operator, Alpha, 1, "again"))).Message.ShouldContain("is Withdrawn");
        await house.Engine.AdvanceAsync(Operator, TestHouse.Noon + (2 * Hour));
        (await house.Engine.GetMarginRunsAsync(Operator)).Missed.ShouldHaveSingleItem().Account.Value.ShouldBe("BETA.HOUSE");
    }

    [Fact]
    public async Task A_hypothetical_trade_shows_what_would_be_needed_and_changes_nothing()
    {
        await using var house = await StartAsync(4);
        await house.SubmitAsync(TestHouse.Report("T1", quantity: 10));
        await MarkAsync(house, 2750.25m);
        var now = (await MarginAsync(house, "ALPHA.HOUSE")).Indicative!.Value.Requirement;
        now.ShouldBePositive();
        (await MarginAsync(house, "ALPHA.HOUSE", new HypotheticalTrade(TestHouse.Future, default, -10))).Indicative!.Value.Requirement.ShouldBe(0);
        ((double)(await MarginAsync(house, "ALPHA.HOUSE", new HypotheticalTrade(TestHouse.Future, default, 10))).Indicative!.Value.Requirement).ShouldBe(2.0 * now, 2.0);
        (await MarginAsync(house, "ALPHA.HOUSE")).Indicative!.Value.Requirement.ShouldBe(now);
        (await MarginAsync(house, "ALPHA.HOUSE", new HypotheticalTrade(Domain.Instruments.InstrumentId.Parse("NONE"), default, 1))).Stale.ShouldContain("instrument NONE is not defined");
    }

    [Fact]
    public async Task What_cannot_be_computed_is_said_and_the_last_good_figures_stay()
    {
        await using var house = await TestHouse.StartAsync();
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunMarginAsync(Operator))).Message.ShouldContain("the risk model is not set");
        await house.Engine.SetRiskModelAsync(Operator, Model);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunMarginAsync(Operator))).Message.ShouldContain("the history of Price SPX is empty");
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", Prices()[..100], true));
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunMarginAsync(Operator))).Message.ShouldContain("need 280");
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", Prices(), true));
        await house.SubmitAsync(TestHouse.Report("T1"));
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunMarginAsync(Operator))).Message.ShouldContain("has neither a mark nor a settlement price");

        await MarkAsync(house, 2750.25m);
        await house.Engine.RunMarginAsync(Operator);
        var good = (await MarginAsync(house, "ALPHA.HOUSE")).Official.Last!;
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", [new(new DateOnly(2026, 1, 5), -1)], false));
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunMarginAsync(Operator))).Message.ShouldContain("2026-01-05 is -1");
        var stale = await MarginAsync(house, "ALPHA.HOUSE");
        stale.Stale.ShouldContain("2026-01-05");
        stale.Indicative.ShouldBe(good.Coverage);
        stale.Official.Last!.Coverage.ShouldBe(good.Coverage);
    }

    internal static async Task<TestHouse> StartAsync(int shards)
    {
        var house = await TestHouse.StartAsync(shards);
        await house.Engine.SetRiskModelAsync(Operator, Model);
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", Prices(), true));
        return house;
    }

    /// <summary>Positions that need more than the collateral.</summary>
    private static async Task ShortAsync(TestHouse house)
    {
        for (var i = 0; i < 9; i++)
        {
            (await house.SubmitAsync(TestHouse.Report($"S{i}", quantity: 100))).Kind.ShouldBe(Domain.Novation.TradeOutcomeKind.Novated);
        }

        await MarkAsync(house, 2750.25m);
    }

    private static List<FactorPrice> Prices() => [.. Enumerable.Range(0, 400).Select(i => new FactorPrice(FirstDate.AddDays(i), 2700.0 + (60.0 * Math.Sin(i * 1.7)) + (i % 7 * 11)))];

    internal static async Task MarkAsync(TestHouse house, decimal price, long beforeNoon = 1)
    {
        var answer = await house.AskAsync(replyTo => house.Engine.Mark("venue:VENUE", Domain.Instruments.UnderlyingId.Parse("SPX"), new MarkReport(TestHouse.Future, MarkSourceId.Parse("FEED"), price, TestHouse.Noon - beforeNoon), replyTo));
        answer.ShouldBeOfType<MarkReply>().Kind.ShouldBe(MarkDecisionKind.Accepted);
        await house.Engine.QuiesceAsync();
    }

    private static Task DepositAsync(TestHouse house, string request, long minor) =>
        house.Engine.BookCollateralAsync(Operator, Alpha, RequestId.Parse(request), new Money(minor, TestHouse.Usd));

    private static async Task<MarginView> MarginAsync(TestHouse house, string account, params HypotheticalTrade[] hypothetical) =>
        (await house.Engine.GetMarginAsync(Operator, AccountId.Parse(account), hypothetical)).ShouldNotBeNull();

    private static async Task<string> FiguresAsync(TestHouse house, MarginRunResult run)
    {
        List<string> figures = [run.Inputs.ScenarioSet, run.Inputs.ModelVersion];
        foreach (var account in new[] { "ALPHA.GROSS", "BETA.HOUSE" })
        {
            var last = (await MarginAsync(house, account)).Official.Last!;
            figures.Add($"{account} {last.Coverage} {string.Join(' ', last.Parts)}");
        }

        return string.Join('\n', figures);
    }
}
