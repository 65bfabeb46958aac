using ClearingActors.Cli.History;

namespace ClearingActors.Cli.Tests.History;

public sealed class PriceHistoryTests
{
    private const string Good = "date,open,high,low,close,volume\n2020-03-13,2569.99,2711.33,2492.37,2711.02,8\n2020-03-16,2508.59,2562.98,2380.94,2386.13,9\n";

    [Fact]
    public void The_build_restores_the_days_that_the_demo_clears()
    {
        var days = PriceHistory.Load(PriceHistory.RestoredFile).Between(new DateOnly(2020, 2, 18), new DateOnly(2020, 4, 17));

        days.Count.ShouldBe(43);
        days[0].ShouldBe(new DailyPrices(new DateOnly(2020, 2, 18), 3369.040039m, 3375.010010m, 3355.610107m, 3370.290039m));
        days.Single(d => d.Date == new DateOnly(2020, 3, 16)).Close.ShouldBe(2386.129883m);
    }

    [Fact]
    public void Columns_may_stand_in_any_order_and_among_others()
    {
        var history = Read("volume,CLOSE,low,high,open,date\n7,11,9,12,10,2020-01-02\n");

        history.Days.ShouldHaveSingleItem().ShouldBe(new DailyPrices(new DateOnly(2020, 1, 2), 10, 12, 9, 11));
    }

    [Theory]
    [InlineData("", 0, "", "", "empty")]
    [InlineData("date,open,high,low,close\n", 0, "", "", "no days")]
    [InlineData("date,open,high,low\n2020-01-02,1,1,1\n", 1, "close", "date,open,high,low", "0 times")]
    [InlineData("date,open,high,low,close,close\n2020-01-02,1,1,1,1,1\n", 1, "close", "date,open,high,low,close,close", "2 times")]
    [InlineData("date,open,high,low,close\n02/01/2020,1,1,1,1\n", 2, "date", "02/01/2020", "no date")]
    [InlineData("date,open,high,low,close\n2020-01-03,1,1,1,1\n2020-01-02,1,1,1,1\n", 3, "date", "2020-01-02", "sort")]
    [InlineData("date,open,high,low,close\n2020-01-03,1,1,1,1\n2020-01-03,1,1,1,1\n", 3, "date", "2020-01-03", "twice")]
    [InlineData("date,open,high,low,close\n2020-01-02,1,1,0,1\n", 2, "low", "0", "above 0")]
    [InlineData("date,open,high,low,close\n2020-01-02,1,1,-1,1\n", 2, "low", "-1", "above 0")]
    [InlineData("date,open,high,low,close\n2020-01-02,1,1000000.01,1,1\n", 2, "high", "1000000.01", "at most 1000000")]
    [InlineData("date,open,high,low,close\n2020-01-02,NaN,1,1,1\n", 2, "open", "NaN", "finite")]
    [InlineData("date,open,high,low,close\n2020-01-02,1,Infinity,1,1\n", 2, "high", "Infinity", "finite")]
    [InlineData("date,open,high,low,close\n2020-01-02,1,1e999,1,1\n", 2, "high", "1e999", "finite")]
    [InlineData("date,open,high,low,close\n2020-01-02,1,1,1\n", 2, "close", "", "no price")]
    [InlineData("date,open,high,low,close\n2020-01-02,5,4,6,5\n", 2, "high", "4", "below the day's low of 6")]
    [InlineData("date,open,high,low,close\n2020-01-02,7,6,4,5\n", 2, "open", "7", "outside")]
    [InlineData("date,open,high,low,close\n2020-01-02,5,6,4,3\n", 2, "close", "3", "outside")]
    public void A_bad_file_is_refused_with_line_column_value_and_what_would_be_right(string text, int line, string column, string value, string problem)
    {
        var refused = Should.Throw<PriceHistoryException>(() => Read(text));

        (refused.Line, refused.Column, refused.Value).ShouldBe((line, column, value));
        refused.Message.ShouldContain(problem);
        refused.Message.ShouldStartWith("prices.csv");
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        Should.Throw<PriceHistoryException>(() => PriceHistory.Load("/no/such/prices.csv")).Message.ShouldBe(
            "/no/such/prices.csv: there is no such file; name a CSV file with the columns date,open,high,low,close");
    }

    [Fact]
    public void Dates_without_a_single_day_are_refused_with_what_there_is()
    {
        Should.Throw<PriceHistoryException>(() => Read(Good).Between(new DateOnly(2021, 1, 1), new DateOnly(2021, 2, 1)))
            .Message.ShouldContain("2020-03-13 to 2020-03-16");
    }

    [Fact]
    public void Both_dates_are_included() =>
        Read(Good).Between(new DateOnly(2020, 3, 13), new DateOnly(2020, 3, 16)).Count.ShouldBe(2);

    private static PriceHistory Read(string text) => PriceHistory.Read("prices.csv", new StringReader(text));
}
