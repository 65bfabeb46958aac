using ClearingActors.Domain.Default;
using ClearingActors.Domain.Margin;

namespace ClearingActors.Domain.Tests.Default;

/// <summary>Rulebook 11.4: what a defaulter's accounts come to, in several currencies, with numbers worked out by hand.</summary>
public sealed class CloseOutLedgerTests
{
    private static readonly Currency Usd = new("USD", 2);
    private static readonly Currency Eur = new("EUR", 2);
    private static readonly Currency Btc = new("BTC", 8);
    private static readonly CollateralPrices Prices = new([], [new("EUR", "USD", 1.1m), new("BTC", "USD", 20_000m), new("BTC", "EUR", 18_000m)]);

    [Fact]
    public void Own_cash_of_the_same_currency_pays_first_and_nothing_is_exchanged()
    {
        var result = One(new("H", true, [M(100_00, Usd), M(50_00, Eur)], [M(-30_00, Usd), M(-50_00, Eur)]));
        (result.Shortfall, result.Loss).ShouldBe((0, 85_00));
        result.Conversions.ShouldBeEmpty();
    }

    [Fact]
    public void Only_what_is_needed_is_exchanged_the_fund_currency_first_and_rounded_against_the_account()
    {
        // 10.00 EUR are owed: 11.00 USD buy them. The coin stays.
        var result = One(new("H", true, [M(11_00, Usd), M(1_00000000, Btc)], [M(-10_00, Eur)]));
        result.Conversions.ShouldBe([new CashConversion(M(11_00, Usd), M(10_00, Eur), ExactFraction.From(1L) / ExactFraction.From(1.1m))]);
        (result.OwnUsed, result.Shortfall).ShouldBe((11_00, 0));

        // 0.01 EUR costs 0.011 USD, so 0.02.
        One(new("H", true, [M(11_00, Usd)], [M(-1, Eur)])).Conversions.ShouldHaveSingleItem().From.ShouldBe(M(2, Usd));
    }

    [Fact]
    public void What_own_collateral_does_not_cover_is_a_shortfall_in_the_fund_currency()
    {
        // 5.50 USD buy 5.00 EUR, 0.001 coin 18.00 EUR; 77.00 EUR are missing, 84.70 USD.
        var result = One(new("H", true, [M(5_50, Usd), M(100_000, Btc)], [M(-100_00, Eur)]));
        result.Conversions.Select(c => (c.From, c.To)).ShouldBe([(M(5_50, Usd), M(5_00, Eur)), (M(100_000, Btc), M(18_00, Eur)), (M(84_70, Usd), M(77_00, Eur))]);
        (result.OwnUsed, result.Shortfall, result.Loss).ShouldBe((25_50, 84_70, 110_20));
    }

    [Fact]
    public void A_house_surplus_covers_clients_pro_rata_and_a_clients_covers_nobody()
    {
        var results = CloseOutLedger.Of([
            new("A.RICH", false, [M(1_000_00, Usd)], []),
            new("B.POOR", false, [M(10_00, Usd)], [M(-40_00, Usd)]),
            new("C.POOR", false, [], [M(-60_00, Usd)]),
            new("HOUSE", true, [M(50_00, Eur)], [M(-10_00, Usd)]),
        ], Usd, Prices);

        // The house pays its 10.00 USD with 9.10 EUR; the other 40.90 EUR are 44.99 USD towards 30.00 and 60.00. The odd cent of the exchange is used up too.
        results.Select(r => (r.Account, r.Loss, r.Shortfall, r.FromHouse, r.Given)).ShouldBe([
            ("A.RICH", 0, 0, 0, 0), ("B.POOR", 40_00, 30_00, 15_00, 0), ("C.POOR", 60_00, 60_00, 29_99, 0), ("HOUSE", 10_01, 0, 0, 44_99)]);
        results.Sum(r => r.Loss).ShouldBe(results.Sum(r => r.OwnUsed + r.FromHouse + r.Uncovered));
    }

    [Fact]
    public void A_second_house_account_is_covered_before_clients()
    {
        var results = CloseOutLedger.Of([new("A", false, [], [M(-50_00, Usd)]), new("H1", true, [M(60_00, Usd)], []), new("H2", true, [], [M(-50_00, Usd)])], Usd, Prices);
        results.Select(r => (r.FromHouse, r.Given)).ShouldBe([(10_00, 0), (0, 60_00), (50_00, 0)]);
    }

    [Fact]
    public void A_gain_of_the_close_out_is_the_accounts()
    {
        var result = One(new("C", false, [M(-20_00, Usd)], [M(50_00, Usd)]));
        (result.Loss, result.Shortfall, result.Conversions.Count).ShouldBe((0, 0, 0));
    }

    [Fact]
    public void A_missing_rate_is_named()
    {
        var e = Should.Throw<ArgumentException>(() => One(new("H", true, [M(10_00, new Currency("CHF", 2))], [M(-5_00, Usd)])));
        e.Message.ShouldContain("CHF");
        e.Message.ShouldContain("USD");
    }

    /// <summary>Random houses: nothing is made or lost but by rounding of exchanges, and clients pay for nobody.</summary>
    [Fact]
    public void Losses_are_own_collateral_house_and_uncovered_and_conversions_explain_every_balance()
    {
        var random = new Random(11);
        for (var round = 0; round < 2_000; round++)
        {
            var accounts = Enumerable.Range(0, random.Next(1, 6)).Select(i => new CloseOutFigures(
                $"A{i}", random.Next(2) == 0, Some(random, 0), Some(random, -200_000))).ToList();
            var results = CloseOutLedger.Of(accounts, Usd, Prices);
            results.Sum(r => r.FromHouse).ShouldBe(results.Sum(r => r.Given));
            for (var i = 0; i < accounts.Count; i++)
            {
                var (a, r) = (accounts[i], results[i]);
                var net = new Dictionary<Currency, long> { [Usd] = 0 };
                foreach (var money in a.Own.Concat(a.Result))
                {
                    net[money.Currency] = net.GetValueOrDefault(money.Currency) + money.MinorUnits;
                }

                foreach (var c in r.Conversions)
                {
                    c.From.MinorUnits.ShouldBePositive();
                    c.To.MinorUnits.ShouldBePositive();
                    net[c.From.Currency] -= c.From.MinorUnits;
                    net[c.To.Currency] += c.To.MinorUnits;
                }

                net[Usd] += r.FromHouse - r.Given;
                net[Usd].ShouldBe(r.Uncovered > 0 ? -r.Uncovered : net[Usd]);
                net.Values.Min().ShouldBeGreaterThanOrEqualTo(-r.Uncovered);
                (r.Given > 0 && !a.IsHouse).ShouldBeFalse();
                (r.FromHouse <= r.Shortfall && r.OwnUsed >= 0).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void Another_clients_collateral_changes_nothing_for_a_client()
    {
        CloseOutFigures[] accounts = [new("A", false, [M(10_00, Usd)], [M(-40_00, Usd)]), new("B", false, [M(5_00, Usd)], []), new("H", true, [M(20_00, Usd)], [])];
        var first = CloseOutLedger.Of(accounts, Usd, Prices);
        accounts[1] = accounts[1] with { Own = [M(5_000_00, Usd), M(70_00, Eur)] };
        var second = CloseOutLedger.Of(accounts, Usd, Prices);
        (second[0].Shortfall, second[0].FromHouse, second[0].OwnUsed).ShouldBe((first[0].Shortfall, first[0].FromHouse, first[0].OwnUsed));
        (second[1].OwnUsed, second[1].Given).ShouldBe((0, 0));
    }

    private static List<Money> Some(Random random, int least) =>
        [.. new[] { Usd, Eur, Btc }.Where(_ => random.Next(2) == 0).Select(c => M(random.NextInt64(least, 150_000) * (c == Btc ? 1000 : 1), c)).Where(m => m.MinorUnits != 0)];

    private static Money M(long minor, Currency currency) => new(minor, currency);

    private static CloseOutResult One(CloseOutFigures figures) => CloseOutLedger.Of([figures], Usd, Prices).ShouldHaveSingleItem();
}
