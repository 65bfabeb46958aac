using ClearingActors.Cli.Demo;
using ClearingActors.Cli.History;
using ClearingActors.Risk.Pricing;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Cli.Tests.Demo;

public sealed class DemoOptionTests
{
    private static readonly PriceHistory History = PriceHistory.Load(PriceHistory.RestoredFile);

    [Fact]
    public void Calls_and_puts_are_listed_around_the_first_price_and_outlive_the_last_day()
    {
        var options = DemoOption.ListFor(History.Between(new DateOnly(2020, 2, 18), new DateOnly(2020, 4, 17)));

        options.Take(2).Select(option => option.Symbol).ShouldBe(["SPX.MAR20.C3375", "SPX.MAR20.P3025"]);
        options.Take(2).ShouldAllBe(option => option.Expiry == new DateOnly(2020, 3, 20));
        options.Skip(2).Select(option => option.Symbol).ShouldBe(["SPX.JUN20.C3375", "SPX.JUN20.C3525", "SPX.JUN20.P3375", "SPX.JUN20.P3025", "SPX.JUN20.P2700"]);
        options.Skip(2).ShouldAllBe(option => option.Expiry == new DateOnly(2020, 6, 19));
    }

    [Theory]
    [InlineData(17, 19)]
    [InlineData(18, 31)]
    public void Nothing_expires_among_days_without_a_third_Friday_or_just_before_it(int first, int last) =>
        DemoOption.ListFor(History.Between(new DateOnly(2020, 3, first), new DateOnly(2020, 3, last))).ShouldAllBe(option => option.Expiry == new DateOnly(2020, 6, 19));

    [Theory]
    [InlineData(12.1, "12", "9.75")]
    [InlineData(150, "150", "120")]
    [InlineData(900, "900", "720")]
    public void Strikes_of_lower_prices_are_closer(double open, string atTheMoney, string lowest)
    {
        var price = (decimal)open;
        var options = DemoOption.ListFor([new DailyPrices(new DateOnly(2030, 1, 2), price, price, price, price)]);

        options[0].Symbol.ShouldBe($"SPX.MAR30.C{atTheMoney}");
        options[^1].Symbol.ShouldBe($"SPX.MAR30.P{lowest}");
    }

    [Fact]
    public void The_price_is_Black_76_s_to_the_tick_and_never_less_than_one()
    {
        var put = new DemoOption(OptionType.Put, 2700, new DateOnly(2020, 6, 19));
        var close = TradingSession.Of(new DateOnly(2020, 3, 16)).Close;
        var years = (TradingSession.Of(put.Expiry).Close - close) / (365.0 * 86_400e9);

        var ticks = put.TicksAt(DemoInstrument.ToTicks(2386.25m), close, 0.72);

        ((double)DemoInstrument.ToPrice(ticks)).ShouldBe(Black76.Price(OptionType.Put, 2386.25, 2700, years, 0.72, 1.0), 0.125);
        put.TicksAt(DemoInstrument.ToTicks(10_000), close, 0.05).ShouldBe(1);
    }

    [Fact]
    public void The_synthetic_volatility_is_what_21_days_realised_and_four_points()
    {
        // Up and down by a hundredth each day.
        var closes = Enumerable.Range(0, 30).Select(i => new DatedPrice(new DateOnly(2020, 1, 1).AddDays(i), i % 2 == 0 ? 100 : 101)).ToArray();

        var volatilities = SyntheticVolatility.Of(closes);

        volatilities.Count.ShouldBe(30 - 21);
        volatilities[0].Date.ShouldBe(new DateOnly(2020, 1, 22));
        volatilities[^1].Price.ShouldBe(SyntheticVolatility.Now(closes));
        volatilities.ShouldAllBe(v => Math.Abs(v.Price - 0.04 - (0.00995 * Math.Sqrt(252))) < 0.001);
    }
}
