using ClearingActors.Cli.Demo;
using ClearingActors.Cli.History;

namespace ClearingActors.Cli.Tests.Demo;

public sealed class DayPathTests
{
    private static readonly IReadOnlyList<DailyPrices> Crash =
        PriceHistory.Load(PriceHistory.RestoredFile).Between(new DateOnly(2020, 2, 18), new DateOnly(2020, 4, 17));

    [Fact]
    public void A_path_goes_from_open_through_high_and_low_to_close_and_never_outside()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            foreach (var day in Crash)
            {
                var path = DayPath.Create(day, 120, new SeededRandom(seed));
                var ticks = path.Ticks.ToArray();
                ticks.Length.ShouldBe(120);
                ticks[0].ShouldBe(DemoInstrument.ToTicks(day.Open));
                ticks[^1].ShouldBe(DemoInstrument.ToTicks(day.Close));
                ticks.Max().ShouldBe(DemoInstrument.ToTicks(day.High), $"seed {seed}, {day.Date}");
                ticks.Min().ShouldBe(DemoInstrument.ToTicks(day.Low), $"seed {seed}, {day.Date}");
            }
        }
    }

    [Fact]
    public void Both_orders_of_high_and_low_occur_and_the_nearer_one_mostly_comes_first()
    {
        var day = new DailyPrices(new DateOnly(2020, 1, 2), 100, 101, 90, 95);
        var highFirst = Enumerable.Range(0, 400).Count(seed =>
        {
            var ticks = DayPath.Create(day, 64, new SeededRandom((ulong)seed)).Ticks.ToArray();
            return Array.IndexOf(ticks, ticks.Max()) < Array.IndexOf(ticks, ticks.Min());
        });

        highFirst.ShouldBeInRange(220, 380);
    }

    [Fact]
    public void The_same_seed_gives_the_same_path_and_another_one_another()
    {
        var day = Crash[19];

        DayPath.Create(day, 120, new SeededRandom(5)).Ticks.ToArray().ShouldBe(DayPath.Create(day, 120, new SeededRandom(5)).Ticks.ToArray());
        DayPath.Create(day, 120, new SeededRandom(5)).Ticks.ToArray().ShouldNotBe(DayPath.Create(day, 120, new SeededRandom(6)).Ticks.ToArray());
    }

    [Fact]
    public void A_path_is_the_same_on_every_machine()
    {
        var day = new DailyPrices(new DateOnly(2020, 3, 16), 2508.59m, 2562.98m, 2380.94m, 2386.13m);

        string.Join(',', DayPath.Create(day, 16, new SeededRandom(1)).Ticks.ToArray()).ShouldBe("10034,10067,10068,10115,10116,10131,10173,10217,10231,10252,10078,9914,9723,9524,9524,9545");
    }

    [Fact]
    public void No_step_of_a_crash_is_so_wide_that_the_second_source_cannot_confirm_the_first()
    {
        foreach (var day in Crash)
        {
            var ticks = DayPath.Create(day, 120, new SeededRandom(1)).Ticks.ToArray();
            for (var i = 1; i < ticks.Length; i++)
            {
                (Math.Abs(ticks[i] - ticks[i - 1]) * 10_000 / ticks[i - 1]).ShouldBeLessThan(300, $"{day.Date}, point {i}");
            }
        }
    }

    [Fact]
    public void A_day_without_movement_stays_where_it_is()
    {
        var ticks = DayPath.Create(new DailyPrices(new DateOnly(2020, 1, 2), 10, 10, 10, 10), 32, new SeededRandom(3)).Ticks.ToArray();

        ticks.ShouldAllBe(t => t == 40);
    }

    [Theory]
    [InlineData("3370.125", 13480)]
    [InlineData("3370.375", 13482)]
    [InlineData("3370.130", 13481)]
    [InlineData("2386.129883", 9545)]
    public void Prices_are_rounded_half_even_to_the_tick(string price, long ticks) =>
        DemoInstrument.ToTicks(decimal.Parse(price, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(ticks);
}
