using ClearingActors.Domain.Margin;

namespace ClearingActors.Domain.Tests;

/// <summary>Rulebook 8.1: what margin is computed from.</summary>
public sealed class RiskBookTests
{
    private static readonly DateOnly Monday = new(2020, 3, 9);

    [Fact]
    public void Prices_are_kept_to_the_bit_and_added_behind_the_last()
    {
        var book = new RiskBook();
        book.Apply(Prices("SPX", 0, 2746.56, 2882.23));
        book.Apply(Prices("SPX", 2, 0.1 + 0.2));
        book.PricesOf("SPX").ToArray().Select(p => BitConverter.DoubleToInt64Bits(p.Price))
            .ShouldBe(new[] { 2746.56, 2882.23, 0.1 + 0.2 }.Select(BitConverter.DoubleToInt64Bits));
        book.PricesOf("WTI").IsEmpty.ShouldBeTrue();
        book.Version.ShouldBe(2);
    }

    [Fact]
    public void A_history_is_corrected_by_replacing_it_as_a_whole()
    {
        var book = new RiskBook();
        book.Apply(Prices("SPX", 0, 1, 2, 3));
        book.Refuse(Prices("SPX", 2, 4))!.ShouldContain("the price of SPX on 2020-03-11 stands behind 2020-03-11");
        Should.Throw<InvalidOperationException>(() => book.Apply(Prices("SPX", 2, 4)));
        book.Apply(Prices("SPX", 0, 7) with { Replaces = true });
        book.PricesOf("SPX").Length.ShouldBe(1);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_price_that_is_no_number_is_refused_with_its_date(double price) =>
        new RiskBook().Refuse(Prices("SPX", 0, 1, price))!.ShouldContain("the price of SPX on 2020-03-10 is");

    [Fact]
    public void A_negative_price_is_a_real_day() => new RiskBook().Refuse(Prices("WTI", 0, 18.27, -37.63)).ShouldBeNull();

    [Fact]
    public void What_is_too_much_or_no_id_is_refused_with_the_limit()
    {
        var book = new RiskBook();
        book.Refuse(Prices("S&P", 0, 1))!.ShouldContain("risk factor \"S&P\" is not an id");
        book.Refuse(Prices("SPX", 0))!.ShouldContain("0 prices of SPX: 1 to 4096");
        book.Refuse(new FactorPricesSet("SPX", [.. Enumerable.Range(0, 4097).Select(i => new FactorPrice(Monday.AddDays(i), 1))], false))!.ShouldContain("4097 prices of SPX: 1 to 4096");
        RiskBook.Refuse(new RiskModelSet(""))!.ShouldContain("parameters of 0 characters");
        RiskBook.Refuse(new RiskModelSet(new string(' ', 65_537)))!.ShouldContain("65537 characters: 1 to 65536");
        for (var i = 0; i < RiskBook.MaxFactors; i++)
        {
            book.Apply(Prices($"F{i}", 0, 1));
        }

        book.Refuse(Prices("ONE.MORE", 0, 1))!.ShouldContain("would be risk factor 257; 256 are allowed");
        book.Refuse(Prices("F0", 1, 1)).ShouldBeNull();
    }

    [Fact]
    public void A_history_has_a_most_length()
    {
        var book = new RiskBook();
        var day = 0;
        while (book.PricesOf("SPX").Length + 4000 <= RiskBook.MaxPrices)
        {
            book.Apply(new FactorPricesSet("SPX", [.. Enumerable.Range(day, 4000).Select(i => new FactorPrice(Monday.AddDays(i), 1))], false));
            day += 4000;
        }

        book.Refuse(Prices("SPX", day, 1))!.ShouldContain("SPX would have 20001 prices; 20000 are allowed");
    }

    private static FactorPricesSet Prices(string factor, int firstDay, params double[] prices) =>
        new(factor, [.. prices.Select((p, i) => new FactorPrice(Monday.AddDays(firstDay + i), p))], false);
}
