using ClearingActors.Cli.Demo;
using ClearingActors.Cli.History;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Risk.Pricing;

namespace ClearingActors.Cli.Tests.Demo;

public sealed class TradeFlowTests
{
    private static readonly IReadOnlyList<DailyPrices> Days =
        PriceHistory.Load(PriceHistory.RestoredFile).Between(new DateOnly(2020, 3, 9), new DateOnly(2020, 3, 18));

    private static readonly RejectReason[] Reasons =
    [
        RejectReason.UnknownInstrument, RejectReason.UnknownAccount, RejectReason.PriceOutsideBands, RejectReason.OffTick, RejectReason.QuantityLimit,
        RejectReason.InsufficientHeadroom, RejectReason.SameAccount, RejectReason.ClientMissing, RejectReason.StaleTradeDate, RejectReason.Conflict,
    ];

    private static readonly DemoInstrument Instrument = new(Days);
    private static readonly DemoHouse House = new(Instrument);

    [Fact]
    public void The_same_seed_gives_the_same_reports()
    {
        Flow(1).ShouldBe(Flow(1));
        Flow(1).ShouldNotBe(Flow(2));

        static IEnumerable<PlannedTrade> Flow(ulong seed) => Plan(seed).SelectMany(day => day.Trades);
    }

    [Fact]
    public void Every_day_has_its_trades_and_each_reason_of_rejection_and_repeats()
    {
        foreach (var (_, trades) in Plan(1))
        {
            trades.Count(t => t.Expected == RejectReason.Unspecified && !t.IsRepeat).ShouldBeGreaterThanOrEqualTo(3000);
            trades.Count(t => t.IsRepeat).ShouldBeInRange(2, 4);
            foreach (var reason in Reasons)
            {
                trades.Count(t => t.Expected == reason).ShouldBeInRange(2, 4, $"{reason}");
            }
        }
    }

    [Fact]
    public void Good_trades_are_within_session_day_and_tick_between_two_accounts_and_name_the_client_where_one_is_needed()
    {
        var accounts = House.Accounts.ToDictionary(a => a.Id);
        foreach (var (day, trades) in Plan(3))
        {
            var session = TradingSession.Of(day.Date);
            foreach (var report in trades.Where(t => t.Expected == RejectReason.Unspecified).Select(t => t.Report).Where(r => r.TradeId.StartsWith($"{day.Date:yyyyMMdd}", StringComparison.Ordinal)))
            {
                report.ExecutionTime.ShouldBeInRange(session.Open, session.Close);
                ExactDecimal.FromWire(report.Price).ShouldBeInRange(
                    DemoInstrument.ToPrice(DemoInstrument.ToTicks(day.Low)), DemoInstrument.ToPrice(DemoInstrument.ToTicks(day.High)));
                (ExactDecimal.FromWire(report.Price) % DemoInstrument.Tick).ShouldBe(0);
                report.Quantity.ShouldBeInRange(1, DemoInstrument.MaxTradeQuantity);
                report.Buyer.Account.ShouldNotBe(report.Seller.Account);
                foreach (var side in new[] { report.Buyer, report.Seller })
                {
                    (side.Client.Length > 0).ShouldBe(accounts[side.Account].Segregation == AccountDefinition.Types.Segregation.ClientOmnibusGross);
                }
            }
        }
    }

    [Fact]
    public void No_position_passes_its_limit_and_no_account_can_run_out_of_room_for_it()
    {
        var positions = new Dictionary<(string, string), long>();
        foreach (var report in Plan(4).SelectMany(day => day.Trades).Where(t => t is { Expected: RejectReason.Unspecified, IsRepeat: false }).Select(t => t.Report))
        {
            Move(report.Buyer, report.Quantity);
            Move(report.Seller, -report.Quantity);
        }

        positions.Values.Max(Math.Abs).ShouldBeLessThanOrEqualTo(TradeFlow.PositionLimit);
        foreach (var account in House.Accounts)
        {
            var lots = TradeFlow.PositionLimit * Math.Max(1, account.Clients.Count);
            account.Room.ShouldBeGreaterThan(lots * (Instrument.HeadroomPerLot + (Instrument.Highest * DemoInstrument.Multiplier)));
        }

        House.TinyAccount.Room.ShouldBeLessThan(Instrument.HeadroomPerLot);

        void Move(Contracts.Members.V1.Side side, long lots)
        {
            positions[(side.Account, side.Client)] = positions.GetValueOrDefault((side.Account, side.Client)) + lots;
            Math.Abs(positions[(side.Account, side.Client)]).ShouldBeLessThanOrEqualTo(TradeFlow.PositionLimit);
        }
    }

    [Fact]
    public void A_small_share_of_trades_is_in_options_at_the_price_of_the_synthetic_volatility()
    {
        var random = new SeededRandom(8);
        var flow = new TradeFlow(House, Instrument, random.Fork(0), 3000);
        var quotes = new OptionQuotes(DemoOption.ListFor(Days), 0.5);
        var positions = new Dictionary<(string, string, string), long>();
        foreach (var day in Days)
        {
            var path = DayPath.Create(day, 120, random.Fork((ulong)day.Date.DayNumber));
            var trades = flow.NextDay(day.Date, path, TradingSession.Of(day.Date), quotes)
                .Where(t => t is { Expected: RejectReason.Unspecified, IsRepeat: false } && t.Report.Instrument != DemoInstrument.Symbol).Select(t => t.Report).ToList();

            trades.Count.ShouldBeInRange(80, 160);
            foreach (var report in trades)
            {
                var option = quotes.Options.Single(o => o.Symbol == report.Instrument);
                var least = option.TicksAt(option.Type == OptionType.Call ? path.Low : path.High, report.ExecutionTime, 0.5);
                var most = option.TicksAt(option.Type == OptionType.Call ? path.High : path.Low, report.ExecutionTime, 0.5);
                ExactDecimal.FromWire(report.Price).ShouldBeInRange(DemoInstrument.ToPrice(least), DemoInstrument.ToPrice(most));
                Move(report.Instrument, report.Buyer, report.Quantity);
                Move(report.Instrument, report.Seller, -report.Quantity);
            }
        }

        void Move(string instrument, Contracts.Members.V1.Side side, long lots)
        {
            var key = (instrument, side.Account, side.Client);
            positions[key] = positions.GetValueOrDefault(key) + lots;
            Math.Abs(positions[key]).ShouldBeLessThanOrEqualTo(TradeFlow.OptionPositionLimit);
        }
    }

    [Fact]
    public void A_repeat_is_its_first_report_again_and_a_conflict_is_not()
    {
        var seen = new Dictionary<(string, string), PlannedTrade>();
        var conflicts = 0;
        foreach (var trade in Plan(5).SelectMany(day => day.Trades))
        {
            var key = (trade.Report.Source, trade.Report.TradeId);
            if (trade.IsRepeat)
            {
                trade.Report.ShouldBe(seen[key].Report);
                trade.Reporter.ShouldBe(seen[key].Reporter);
            }
            else if (trade.Expected == RejectReason.Conflict)
            {
                conflicts++;
                trade.Report.ShouldNotBe(seen[key].Report);
            }
            else
            {
                seen.Add(key, trade);
            }
        }

        conflicts.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Each_fault_is_the_one_it_says()
    {
        var accounts = House.AllAccounts.Select(a => a.Id).ToHashSet();
        foreach (var trade in Plan(6).SelectMany(day => day.Trades))
        {
            var report = trade.Report;
            var price = ExactDecimal.FromWire(report.Price);
            (report.Instrument != DemoInstrument.Symbol).ShouldBe(trade.Expected == RejectReason.UnknownInstrument);
            (!accounts.Contains(report.Seller.Account)).ShouldBe(trade.Expected == RejectReason.UnknownAccount);
            (price > DemoInstrument.ToPrice(Instrument.BandHighTicks)).ShouldBe(trade.Expected == RejectReason.PriceOutsideBands);
            (price % DemoInstrument.Tick != 0).ShouldBe(trade.Expected == RejectReason.OffTick);
            (report.Quantity > DemoInstrument.MaxTradeQuantity).ShouldBe(trade.Expected == RejectReason.QuantityLimit);
            (report.Seller.Account == House.TinyAccount.Id).ShouldBe(trade.Expected == RejectReason.InsufficientHeadroom);
            (report.Buyer.Account == report.Seller.Account).ShouldBe(trade.Expected == RejectReason.SameAccount);
            (report.Seller.Account.EndsWith("-GROSS", StringComparison.Ordinal) && report.Seller.Client.Length == 0).ShouldBe(trade.Expected == RejectReason.ClientMissing);
        }
    }

    [Fact]
    public void There_are_a_dozen_members_with_house_and_client_accounts_of_every_segregation()
    {
        House.Members.Count.ShouldBeGreaterThanOrEqualTo(12);
        foreach (var accounts in House.Accounts.GroupBy(a => a.Member))
        {
            accounts.Select(a => a.Segregation).ShouldBe(
                [
                    AccountDefinition.Types.Segregation.House,
                    AccountDefinition.Types.Segregation.ClientOmnibusNet,
                    AccountDefinition.Types.Segregation.ClientOmnibusGross,
                    AccountDefinition.Types.Segregation.ClientIndividual,
                ],
                ignoreOrder: true);
        }
    }

    [Theory]
    [InlineData(2020, 3, 6, "2020-03-06T14:30:00Z", "2020-03-06T21:00:00Z")]
    [InlineData(2020, 3, 9, "2020-03-09T13:30:00Z", "2020-03-09T20:00:00Z")]
    public void A_session_is_New_York_s_in_winter_and_in_summer(int year, int month, int day, string open, string close)
    {
        var session = TradingSession.Of(new DateOnly(year, month, day));

        session.Open.ShouldBe(Ns(open));
        session.Close.ShouldBe(Ns(close));
        session.After(1, 2).ShouldBe((session.Open + session.Close) / 2);

        static long Ns(string text) => (DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch).Ticks * 100;
    }

    [Theory]
    [InlineData("0.25", 25, -2)]
    [InlineData("11800", 11800, 0)]
    [InlineData("-1234.5", -12345, -1)]
    public void Decimals_travel_exactly(string text, long mantissa, int exponent)
    {
        var value = decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

        ExactDecimal.ToWire(value).ShouldBe(new Contracts.Common.V1.Decimal { Mantissa = mantissa, Exponent = exponent });
        ExactDecimal.FromWire(ExactDecimal.ToWire(value)).ShouldBe(value);
        ExactDecimal.FromWire(new Contracts.Common.V1.Decimal { Mantissa = 3, Exponent = 4 }).ShouldBe(30_000);
    }

    [Fact]
    public void Prices_too_low_for_the_tick_are_refused_with_the_day() =>
        Should.Throw<CommandException>(() => new DemoInstrument([new DailyPrices(new DateOnly(2020, 1, 2), 1, 1, 0.1m, 1)])).Message.ShouldContain("2020-01-02");

    private static List<(DailyPrices Day, IReadOnlyList<PlannedTrade> Trades)> Plan(ulong seed)
    {
        var random = new SeededRandom(seed);
        var flow = new TradeFlow(House, Instrument, random.Fork(0), 3000);
        return [.. Days.Select(day => (day, flow.NextDay(day.Date, DayPath.Create(day, 120, random.Fork((ulong)day.Date.DayNumber)), TradingSession.Of(day.Date))))];
    }
}
