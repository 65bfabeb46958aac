using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Tests.Scenarios;

public sealed class PriceSeriesTests
{
    [Fact]
    public void A_history_without_prices_with_a_nan_or_out_of_order_is_refused_by_date()
    {
        Should.Throw<ArgumentException>(() => Histories.Of("X")).Message.ShouldContain("Price X is empty");
        Should.Throw<ArgumentException>(() => Histories.Of("X", 1, double.NaN)).Message.ShouldContain("on 2024-01-02 is NaN");
        Should.Throw<ArgumentException>(() => Histories.Of("X", 1, double.PositiveInfinity)).Message.ShouldContain("2024-01-02");
        Should.Throw<ArgumentException>(() => new PriceSeries(RiskFactorId.Price("X"), [new(Histories.Day(1), 1), new(Histories.Day(1), 2)]))
            .Message.ShouldContain("2024-01-02 stands behind 2024-01-02");
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-36.98)]
    public void Relative_changes_refuse_a_price_that_is_not_above_zero_and_absolute_ones_take_it(double price)
    {
        var history = Histories.Of("WTI", 20, price, 10);

        Should.Throw<ArgumentException>(() => history.Changes(ChangeKind.Relative)).Message.ShouldContain("on 2024-01-02 is");
        history.Changes(ChangeKind.Absolute).ShouldBe([price - 20, 10 - price]);
    }

    [Fact]
    public void A_change_too_large_for_a_number_is_refused() =>
        Should.Throw<ArgumentException>(() => Histories.Of("X", 1e-300, 1e300).Changes(ChangeKind.Relative)).Message.ShouldContain("change of Price X to 2024-01-02");

    [Fact]
    public void A_date_between_two_is_refused_with_both()
    {
        var history = new PriceSeries(RiskFactorId.Price("X"), [new(Histories.Day(0), 1), new(Histories.Day(2), 2)]);

        Should.Throw<ArgumentException>(() => history.IndexOf(Histories.Day(1))).Message.ShouldContain("2024-01-01 and 2024-01-03");
        history.IndexOf(Histories.Day(2)).ShouldBe(1);
        history.From(Histories.Day(1)).FirstDate.ShouldBe(Histories.Day(2));
        Should.Throw<ArgumentException>(() => history.From(Histories.Day(3))).Message.ShouldContain("nothing is left");
    }
}
