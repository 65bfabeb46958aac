using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Backtests;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Journal;
using ClearingActors.Risk.Backtests;
using ClearingActors.Risk.Pricing;
using OptionType = ClearingActors.Risk.Pricing.OptionType;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 9 over the accounts of a house: frozen portfolios, margins of their date, losses by settlement prices, worked out here by hand.</summary>
public sealed class LiveBacktestTests
{
    private const string Operator = "operator:test";
    private const double Multiplier = 50.0;

    /// <summary>Trading dates before the first that is cleared, which is a Monday.</summary>
    private static readonly double[] Before = [2700, 2720, 2690, 2710, 2700, 2730, 2715, 2725];

    private static readonly double[] Closes = [2700, 2640, 2650, 2500, 2520, 2400, 2410, 2600];

    private static readonly DateOnly[] Dates =
        [new(2020, 3, 9), new(2020, 3, 10), new(2020, 3, 11), new(2020, 3, 12), new(2020, 3, 13), new(2020, 3, 16), new(2020, 3, 17), new(2020, 3, 18), new(2020, 3, 19)];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(3, 2)]
    public async Task Buyer_and_seller_are_held_against_the_prices_that_came(int shards, int days)
    {
        await using var house = await StartAsync(shards, days);
        await TradeAsync(house, noon => TestHouse.Report("T1", quantity: 10, price: 2720, guaranteed: true, executionTime: noon));
        foreach (var close in Closes)
        {
            await CloseAsync(house, close);
        }

        var result = Run(house, new LiveBacktestOptions { KeepsPeriods = true });

        (result.Closes, result.FirstDate, result.LastDate, result.Flat, result.Skipped).ShouldBe((8, Dates[0], Dates[7], 3, 0));
        result.Accounts.Count.ShouldBe(2);
        foreach (var (account, lots) in new[] { ("ALPHA.HOUSE", 10), ("BETA.HOUSE", -10) })
        {
            var found = result.Accounts.Single(a => a.Account.Value == account);
            var expected = Expected(lots, days);
            found.Observations.Count.ShouldBe(expected.Count);
            foreach (var (got, wanted) in found.Observations.Zip(expected))
            {
                (got.From, got.To, got.Loss).ShouldBe((wanted.From, wanted.To, wanted.Loss));
                got.Margin.ShouldBe(wanted.Margin, 1e-6);
            }

            found.Exceptions.ShouldBe(expected.Count(o => o.Loss > o.Margin));
            found.Periods.ShouldBe(expected.Count);
            found.Zone.ShouldBe(TrafficLight.Of(expected.Count, found.Exceptions, 0.8));
            found.Kupiec.ShouldBe(KupiecTest.Of(expected.Count, found.Exceptions, 0.8));
            found.Independence.ShouldBe(IndependenceTest.Of([.. expected.Select(o => o.Loss > o.Margin)]));
            found.Worst!.Value.From.ShouldBe(expected.MaxBy(o => o.Loss - o.Margin).From);
            (found.MarginDays, found.Confidence, found.Currency, found.Member.Value).ShouldBe((days, 0.8, TestHouse.Usd, account[..^6]));
        }

        // The falls of 60 and of 150 are more than any day before them was, and so are the two days that they are in.
        result.Accounts.Single(a => a.Account.Value == "ALPHA.HOUSE").Observations.Where(o => o.IsException).Select(o => o.From).ShouldBe([Dates[0], Dates[2]]);
        result.Exceptions.ShouldBe(result.Accounts.Sum(a => a.Exceptions));
    }

    [Fact]
    public async Task What_is_traded_within_a_period_does_not_change_its_loss_and_who_is_flat_has_no_period()
    {
        await using var house = await StartAsync(3, 2, confidence: 0.99);
        await TradeAsync(house, noon => TestHouse.Report("T1", quantity: 10, price: 2720, guaranteed: true, executionTime: noon));
        await CloseAsync(house, Closes[0]);
        await TradeAsync(house, noon => TestHouse.Report("T2", "BETA.HOUSE", "ALPHA.HOUSE", 10, 2650, guaranteed: true, executionTime: noon));
        await CloseAsync(house, Closes[1]);
        await CloseAsync(house, Closes[2]);
        await CloseAsync(house, Closes[3]);

        // Bought again, and closed out by an intraday cycle of the date: at the date's last cycle nothing is held.
        await TradeAsync(house, noon => TestHouse.Report("T3", quantity: 7, price: 2500, guaranteed: true, executionTime: noon));
        await house.Engine.RunSettlementCycleAsync(Operator, Dates[4], [new PricePoint(TestHouse.Future, 2515_00)]);
        await TradeAsync(house, noon => TestHouse.Report("T4", "BETA.HOUSE", "ALPHA.HOUSE", 7, 2510, guaranteed: true, executionTime: noon));
        await CloseAsync(house, Closes[4]);
        await CloseAsync(house, Closes[5]);

        var result = Run(house, new LiveBacktestOptions { KeepsPeriods = true });

        foreach (var (account, lots) in new[] { ("ALPHA.HOUSE", 10), ("BETA.HOUSE", -10) })
        {
            var only = result.Accounts.Single(a => a.Account.Value == account).Observations.ShouldHaveSingleItem();
            (only.From, only.To, only.Loss).ShouldBe((Dates[0], Dates[2], -lots * Multiplier * (Closes[2] - Closes[0])));
        }

        // One loss above margin in one period is red; one period without says nothing at 99 %.
        result.Accounts.Select(a => (a.Account.Value, a.Exceptions, a.Zone, a.TooFew, a.Unfinished)).ShouldBe(
            [("ALPHA.HOUSE", 1, TrafficLightZone.Red, false, null), ("BETA.HOUSE", 0, TrafficLightZone.Yellow, true, null)]);
        (result.TooFew, result.CountOf(TrafficLightZone.Yellow)).ShouldBe((1, 0));
    }

    [Fact]
    public async Task What_expires_within_a_period_counts_at_its_final_price_and_an_option_by_what_it_is_in_the_money()
    {
        await using var house = await StartAsync(16, 1);
        foreach (var instrument in new[] { Contracts.Index(), Contracts.Call(), Contracts.Put(), Contracts.Near() })
        {
            await house.Engine.DefineInstrumentAsync(Operator, instrument);
        }

        await MarkAsync(house, Contracts.Index().Id, 2590.5m);
        await TradeAsync(house, noon => TestHouse.Report("T1", quantity: 10, price: 90, instrument: "SPX.CALL", guaranteed: true, executionTime: noon));
        await TradeAsync(house, noon => TestHouse.Report("T2", "BETA.GROSS", "ALPHA.GROSS", 4, 20, instrument: "SPX.PUT", buyerClient: "C1", sellerClient: "C2", guaranteed: true, executionTime: noon));
        await TradeAsync(house, noon => TestHouse.Report("T3", "POOR.HOUSE", "BETA.GROSS", 3, 2700, sellerClient: "C2", instrument: "SPX.NEAR", guaranteed: true, executionTime: noon));
        await CloseAsync(house, 2700, new(Contracts.Call().Id, 90_00), new(Contracts.Put().Id, 15_00), new(Contracts.Near().Id, 2705_00));
        await AdvanceAsync(house, Contracts.Expiry);
        await house.Engine.FixFinalPriceAsync(Operator, Contracts.Call(), 2510_50, "no marks");
        await house.Engine.FixFinalPriceAsync(Operator, Contracts.Put(), 2520_00, "no marks");
        await house.Engine.FixFinalPriceAsync(Operator, Contracts.Near(), 2600_25, "no marks");
        await house.Engine.QuiesceAsync();
        await house.Engine.RunSettlementCycleAsync(Operator, Dates[1], [new PricePoint(TestHouse.Future, 2650_00)]);
        await CloseAsync(house, 2640);

        var result = Run(house, new LiveBacktestOptions { KeepsPeriods = true });

        double LossOf(string account) => result.Accounts.Single(a => a.Account.Value == account).Observations.ShouldHaveSingleItem().Loss;
        result.Skips.ShouldBeEmpty();
        LossOf("ALPHA.HOUSE").ShouldBe(10 * Multiplier * (90.0 - 10.5), "a call that was worth 90 is in the money by 10.5");
        LossOf("BETA.HOUSE").ShouldBe(-10 * Multiplier * (90.0 - 10.5));
        LossOf("ALPHA.GROSS").ShouldBe(-4 * Multiplier * 15.0, "a put out of the money ends at nothing");
        LossOf("POOR.HOUSE").ShouldBe(3 * Multiplier * (2705.0 - 2600.25));
        LossOf("BETA.GROSS").ShouldBe((4 * Multiplier * 15.0) - (3 * Multiplier * (2705.0 - 2600.25)));

        // The margin of the long call: Black-76 on the index' mark of the close, the worst of five unscaled changes; four hours are left.
        var returns = Returns([.. Before, 2700.0]).TakeLast(5);
        const double years = 4.0 / (24 * 365);
        double Price(double forward) => Black76.Price(OptionType.Call, forward, 2500, years, 0.2, 1.0);
        var worst = returns.Max(r => Price(2590.5) - Price(2590.5 * (1 + r)));
        result.Accounts.Single(a => a.Account.Value == "ALPHA.HOUSE").Observations[0].Margin.ShouldBe(10 * Multiplier * worst, 1e-6);
    }

    [Fact]
    public async Task Groups_of_other_margin_periods_are_tested_apart()
    {
        await using var house = await StartAsync(2, 1, """, "CL": { "confidence": 0.6, "lookback": 5, "ewmaLambda": 0.9, "ewmaSeedReturns": 2, "mporDays": 3, "scaling": "none" } """);
        await house.Engine.DefineInstrumentAsync(Operator, Contracts.Made(TestHouse.Instrument().Definition with { Id = "SPX.OTHER", ProductGroup = "CL" }));
        await TradeAsync(house, noon => TestHouse.Report("T1", quantity: 10, price: 2720, guaranteed: true, executionTime: noon));
        await TradeAsync(house, noon => TestHouse.Report("T2", quantity: 1, price: 2720, instrument: "SPX.OTHER", guaranteed: true, executionTime: noon));
        for (var i = 0; i < 4; i++)
        {
            await CloseAsync(house, Closes[i], new PricePoint(InstrumentId.Parse("SPX.OTHER"), (long)Closes[i] * 100));
        }

        var result = Run(house, new LiveBacktestOptions { Account = AccountId.Parse("ALPHA.HOUSE"), KeepsPeriods = true });

        var (three, one) = (result.Accounts.Single(a => a.MarginDays == 3), result.Accounts.Single(a => a.MarginDays == 1));
        (three.Confidence, one.Confidence).ShouldBe((0.6, 0.8));
        one.Observations.Count.ShouldBe(3);
        var whole = three.Observations.ShouldHaveSingleItem();
        whole.Loss.ShouldBe(Multiplier * (Closes[0] - Closes[3]));

        // Of five changes the worst two, on average, times the root of three days.
        var losses = Returns([.. Before, Closes[0]]).TakeLast(5).Select(r => -r).OrderDescending().Take(2);
        whole.Margin.ShouldBe(Multiplier * Closes[0] * losses.Average() * Math.Sqrt(3), 1e-6);
        result.Accounts.ShouldAllBe(a => a.Account.Value == "ALPHA.HOUSE");
    }

    [Fact]
    public async Task A_margin_knows_nothing_later_than_its_date_and_a_released_buffer_is_not_counted()
    {
        await using var house = await StartAsync(2, 1, buffer: true);
        await TradeAsync(house, noon => TestHouse.Report("T1", quantity: 10, price: 2720, guaranteed: true, executionTime: noon));
        await CloseAsync(house, Closes[0]);

        // An operator is ahead, and knows of the fall of 150 three dates before it comes.
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", [new(Dates[1], Closes[1]), new(Dates[2], Closes[2]), new(Dates[3], Closes[3])], false));
        await CloseAsync(house, Closes[1]);
        await house.Engine.DecideBufferAsync(Operator, released: true, "stress");
        await CloseAsync(house, Closes[2]);
        await CloseAsync(house, Closes[3]);

        var found = Run(house, new LiveBacktestOptions { Account = AccountId.Parse("ALPHA.HOUSE"), KeepsPeriods = true }).Accounts.ShouldHaveSingleItem().Observations;

        var expected = Expected(10, 1);
        found.Count.ShouldBe(3);
        found[0].Margin.ShouldBe(1.25 * expected[0].Margin, 1e-6);
        found[1].Margin.ShouldBe(1.25 * expected[1].Margin, 1e-6);
        found[2].Margin.ShouldBe(expected[2].Margin, 1e-6, "no run has found a margin with a buffer, so there is none to use up");
    }

    [Fact]
    public async Task Gains_in_another_currency_are_converted_at_the_end_of_the_period()
    {
        await using var house = await StartAsync(4, 1, sections: """ "base": "USD", "currencies": { "BTC": { "index": "BTC.INDEX", "factor": "SPX" } }, """);
        await house.Engine.DefineInstrumentAsync(Operator, Contracts.Index());
        await house.Engine.DefineInstrumentAsync(Operator, Contracts.Made(Contracts.Index().Definition with { Id = "BTC.INDEX", Underlying = "BTC" }));
        await house.Engine.DefineInstrumentAsync(Operator, Contracts.Inverse());
        await MarkAsync(house, InstrumentId.Parse("BTC.INDEX"), 5000m);
        await TradeAsync(house, noon => TestHouse.Report("T1", quantity: 20, price: 2500, instrument: "SPX.INVERSE", guaranteed: true, executionTime: noon));
        await CloseAsync(house, Closes[0], new PricePoint(Contracts.Inverse().Id, 2500_00));
        await MarkAsync(house, InstrumentId.Parse("BTC.INDEX"), 8000m, before: 1);
        await CloseAsync(house, Closes[1], new PricePoint(Contracts.Inverse().Id, 2000_00));

        var result = Run(house, new LiveBacktestOptions { KeepsPeriods = true });

        // 20 lots of 100 dollars: 20 x 100 x (1/2000 - 1/2500) bitcoins lost, at 8000 each.
        result.Skips.ShouldBeEmpty();
        result.Accounts.Single(a => a.Account.Value == "ALPHA.HOUSE").Observations.ShouldHaveSingleItem().Loss.ShouldBe(20 * 100 * 0.0001 * 8000, 1e-9);
    }

    [Fact]
    public async Task What_cannot_be_computed_is_counted_with_the_reason_of_its_first_date()
    {
        await using var house = await TestHouse.StartAsync(2);
        await TradeAsync(house, noon => TestHouse.Report("T1", quantity: 10, price: 2720, guaranteed: true, executionTime: noon));
        await CloseAsync(house, Closes[0]);
        await house.Engine.SetRiskModelAsync(Operator, Model(1));
        await CloseAsync(house, Closes[1]);
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", History(), true));
        await CloseAsync(house, Closes[2]);
        await CloseAsync(house, Closes[3]);

        var result = Run(house);

        result.Skips.Select(s => (s.Account.Value, s.Count, s.First)).ShouldBe([("ALPHA.HOUSE", 2, Dates[0]), ("BETA.HOUSE", 2, Dates[0])]);
        result.Skips[0].Reason.ShouldBe("the risk model was not set");
        result.Skipped.ShouldBe(4);
        result.Accounts.Select(a => a.Periods).ShouldBe([1, 1]);
        result.Accounts.ShouldAllBe(a => a.Observations.Count == 0);
    }

    [Fact]
    public async Task A_period_of_a_fraction_of_a_day_is_refused_and_nothing_is_made_up_for_it()
    {
        await using var house = await StartAsync(1, 1.5);
        await TradeAsync(house, noon => TestHouse.Report("T1", quantity: 10, price: 2720, guaranteed: true, executionTime: noon));
        await CloseAsync(house, Closes[0]);
        await CloseAsync(house, Closes[1]);

        var result = Run(house);

        result.Accounts.ShouldBeEmpty();
        result.Skips.ShouldAllBe(s => s.Reason == "the margin period is 1.5 days; a back-test needs 1 to 1000 whole days");
        (result.Skips.Count, result.Unstarted).ShouldBe((2, 2));
    }

    [Fact]
    public async Task A_journal_without_a_closed_date_and_an_account_that_is_not_there_are_refused()
    {
        await using var house = await StartAsync(2, 1);
        Should.Throw<ArgumentException>(() => Run(house)).Message.ShouldContain("no business date that was closed");
        await house.Engine.RunSettlementCycleAsync(Operator, Dates[0], [new PricePoint(TestHouse.Future, 2700_00)]);
        Should.Throw<ArgumentException>(() => Run(house)).Message.ShouldContain("no business date that was closed");
        await CloseAsync(house, Closes[0]);
        Should.Throw<ArgumentException>(() => Run(house, new LiveBacktestOptions { Account = AccountId.Parse("NOBODY") })).Message.ShouldContain("account NOBODY is not in the journal");
        Run(house, new LiveBacktestOptions { Account = AccountId.Parse("POOR.HOUSE") }).Flat.ShouldBe(1);
    }

    [Fact]
    public async Task The_worst_account_comes_first_and_lights_are_counted()
    {
        await using var house = await StartAsync(4, 1);
        await TradeAsync(house, noon => TestHouse.Report("T1", "BETA.HOUSE", "ALPHA.HOUSE", 10, 2720, guaranteed: true, executionTime: noon));
        double[] falls = [2700, 2600, 2400, 2100, 1700, 1200, 600];
        foreach (var close in falls)
        {
            await CloseAsync(house, close);
        }

        await TradeAsync(house, noon => TestHouse.Report("T2", "ALPHA.GROSS", "BETA.GROSS", 1, 600, buyerClient: "C1", sellerClient: "C2", guaranteed: true, executionTime: noon));
        await CloseAsync(house, 600);
        List<double> reports = [];
        var result = Run(house, progress: new Reports(reports));

        // Six falls, each deeper than any before, are red at 80 %. A period cannot begin on the last date, when the others traded.
        result.Accounts.Select(a => (a.Account.Value, a.Zone, a.Exceptions, a.Periods)).ShouldBe([("BETA.HOUSE", TrafficLightZone.Red, 6, 7), ("ALPHA.HOUSE", TrafficLightZone.Green, 0, 7)]);
        (result.CountOf(TrafficLightZone.Red), result.CountOf(TrafficLightZone.Yellow), result.CountOf(TrafficLightZone.Green), result.TooFew, result.Flat, result.Unstarted).ShouldBe((1, 0, 1, 0, 1, 2));
        reports.ShouldBe(reports.Order());
        reports[^1].ShouldBe(1.0);

        // Prices have never risen, so the seller needs no margin and loses more; six of eight are worse than one of one.
        await CloseAsync(house, 610);
        var more = Run(house);
        more.Accounts.Select(a => (a.Account.Value, a.Zone, a.Exceptions, a.Periods)).ShouldBe(
        [
            ("BETA.HOUSE", TrafficLightZone.Red, 6, 8), ("BETA.GROSS", TrafficLightZone.Red, 1, 1), ("ALPHA.HOUSE", TrafficLightZone.Green, 1, 8), ("ALPHA.GROSS", TrafficLightZone.Green, 0, 1),
        ]);
    }

    private static LiveBacktestResult Run(TestHouse house, LiveBacktestOptions? options = null, IProgress<double>? progress = null)
    {
        using var journal = SqliteJournal.OpenReadOnly(house.JournalPath);
        return LiveBacktest.Run(journal, options, progress, TestContext.Current.CancellationToken);
    }

    /// <summary>What a position held throughout comes to: the worst of the last five changes, its own date's included, against the prices that came.</summary>
    private static List<BacktestObservation> Expected(int lots, int days)
    {
        List<BacktestObservation> expected = [];
        for (var i = 0; i + days < Closes.Length; i += days)
        {
            var returns = Returns([.. Before, .. Closes[..(i + 1)]]).TakeLast(5);
            var margin = Math.Max(0.0, returns.Max(r => -Math.Sign(lots) * r)) * Math.Sqrt(days) * Math.Abs(lots) * Multiplier * Closes[i];
            expected.Add(new BacktestObservation(Dates[i], Dates[i + days], margin, -lots * Multiplier * (Closes[i + days] - Closes[i])));
        }

        return expected;
    }

    private static IEnumerable<double> Returns(double[] prices) => prices.Zip(prices.Skip(1), (before, after) => (after / before) - 1.0);

    private static List<FactorPrice> History() => [.. Before.Select((price, i) => new FactorPrice(Dates[0].AddDays(i - Before.Length - 2), price))];

    private static string Model(double days, string groups = "", bool buffer = false, string sections = "", double confidence = 0.8) => FormattableString.Invariant($$"""
        {
          {{sections}}
          "factors": { "SPX": { "change": "relative", "feed": "SPX.FUT" } },
          "options": { "*": { "volatility": 0.2 } },
          "groups": { "*": { "confidence": {{confidence}}, "lookback": 5, "ewmaLambda": 0.9, "ewmaSeedReturns": 2, "mporDays": {{days}}, "scaling": "none", "buffer25": {{(buffer ? "true" : "false")}} } {{groups}} },
          "calls": { "USD": { "minimumTransfer": 0, "callUnit": 1, "minutesToMeet": 60 } }
        }
        """);

    private static async Task<TestHouse> StartAsync(int shards, double days, string groups = "", bool buffer = false, string sections = "", double confidence = 0.8)
    {
        var house = await TestHouse.StartAsync(shards);
        await house.Engine.SetRiskModelAsync(Operator, Model(days, groups, buffer, sections, confidence));
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", History(), true));
        return house;
    }

    /// <summary>Closes the business date, at this price of the house's future.</summary>
    private static async Task CloseAsync(TestHouse house, double close, params PricePoint[] others)
    {
        await house.Engine.QuiesceAsync();
        var date = (await house.Engine.GetSettlementAsync(Operator)).BusinessDate;
        var next = Array.IndexOf(Dates, date) is var i && i + 1 < Dates.Length ? Dates[i + 1] : date.AddDays(1);
        await house.Engine.RunSettlementCycleAsync(Operator, next, [new PricePoint(TestHouse.Future, (long)(close * 100)), .. others]);
        await house.Engine.QuiesceAsync();
    }

    /// <summary>A trade at noon of the business date; business time comes to it.</summary>
    private static async Task TradeAsync(TestHouse house, Func<long, TradeReport> report)
    {
        var view = await house.Engine.GetSettlementAsync(Operator);
        var noon = UtcTime.StartOf(view.BusinessDate) + (TestHouse.Noon - UtcTime.StartOf(TestHouse.Monday));
        await AdvanceAsync(house, noon);
        (await house.SubmitAsync(report(noon))).Reason.ShouldBe(RejectReason.None);
    }

    private static async Task AdvanceAsync(TestHouse house, long instant)
    {
        await house.Engine.AdvanceAsync(Operator, instant);
    }

    private static async Task MarkAsync(TestHouse house, InstrumentId index, decimal price, long before = 2)
    {
        var underlying = (await house.Engine.FindInstrumentAsync(index))!.Underlying;
        var answer = await house.AskAsync(to => house.Engine.Mark("marketdata:M1", underlying, new MarkReport(index, MarkSourceId.Parse("M1"), price, TestHouse.Noon - before), to));
        var reply = answer.ShouldBeOfType<MarkReply>();
        if (reply.Kind == MarkDecisionKind.Held)
        {
            await house.Engine.DecideHeldMarkAsync(Operator, (await house.Engine.FindInstrumentAsync(index))!, confirm: true);
        }

        await house.Engine.QuiesceAsync();
    }

    private sealed class Reports(List<double> all) : IProgress<double>
    {
        public void Report(double value) => all.Add(value);
    }
}
