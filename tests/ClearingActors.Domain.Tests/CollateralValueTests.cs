using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Domain.Tests;

/// <summary>Rulebook 8.7: collateral after haircuts, in other currencies, and under concentration limits.</summary>
public sealed class CollateralValueTests
{
    private static readonly Currency Usd = new("USD", 2);
    private static readonly Currency Eur = new("EUR", 2);
    private static readonly Currency Jpy = new("JPY", 0);

    [Theory]
    [InlineData("USD", 100_00, 100_00)]
    [InlineData("USD", -100_00, -100_00)]
    [InlineData("EUR", 100_00, 99_36)] // 100 x 1.08 x (1 - 0.08)
    [InlineData("EUR", -100_00, -116_64)] // 100 x 1.08 x (1 + 0.08): what is owed weighs more
    [InlineData("EUR", 1, 0)] // 0.9936 of a cent, rounded down
    [InlineData("EUR", -1, -2)] // 1.1664 of a cent owed, rounded against the member
    [InlineData("JPY", 155, 90)] // by the reciprocal of 155 JPY per USD, less 10 %
    [InlineData("JPY", 154, 89)] // 0.8941...
    public void Cash_counts_in_the_margin_currency_less_the_further_haircut(string code, long minor, long counted)
    {
        var currency = code == "USD" ? Usd : code == "EUR" ? Eur : Jpy;
        Of(Cash(currency, minor), 0).TotalMinor.ShouldBe(counted);
    }

    [Fact]
    public void The_haircuts_of_an_asset_and_of_its_currency_add_up()
    {
        var bond = Asset("BOND", Eur, 0, "STATE");
        var line = Of(Held((bond, 7)), 0, terms: [("BOND", new AssetTerms(0.05m, ConcentrationLimit.None))]).Lines.ShouldHaveSingleItem();
        line.Haircut.ShouldBe(0.13m);
        line.ValueMinor.ShouldBe(6_467_03, "7 x 983.25 x 1.08 x 0.87 = 6467.0319");
    }

    [Fact]
    public void What_is_cut_is_cut_by_the_asset_first_and_then_by_the_issuer_from_the_last()
    {
        var (a, b, c) = (Asset("A", Usd, 0, "STATE"), Asset("B", Usd, 0, "STATE"), Asset("C", Usd, 0, "OTHER"));
        var half = new ConcentrationLimit(0.5m, null);
        var value = Of(Held((c, 10), (b, 10), (a, 10)), 10_000_00, issuer: ("STATE", new ConcentrationLimit(0.8m, null)), terms: [("A", new AssetTerms(0, half)), ("B", new AssetTerms(0, half)), ("C", new AssetTerms(0, ConcentrationLimit.None))]);
        value.Lines.Select(l => (l.Name, l.CountedMinor, l.CutMinor)).ShouldBe([("A", 5_000_00, 4_832_50), ("B", 3_000_00, 6_832_50), ("C", 9_832_50, 0)]);
        value.TotalMinor.ShouldBe(17_832_50);
    }

    [Fact]
    public void The_lower_of_share_and_amount_holds_and_a_currency_without_an_amount_may_have_nothing()
    {
        var bond = Asset("BOND", Usd, 0, "STATE");
        long Counted(long requirement, params (string Code, decimal Amount)[] amounts) => Of(
            Held((bond, 10)), requirement, terms: [("BOND", new AssetTerms(0, new ConcentrationLimit(0.5m, amounts.ToDictionary(m => m.Code, m => m.Amount))))]).TotalMinor;
        Counted(10_000_00, ("USD", 4_000.019m)).ShouldBe(4_000_01);
        Counted(6_000_01, ("USD", 4_000m)).ShouldBe(3_000_00, "half a cent is no cent");
        Counted(10_000_00, ("EUR", 4_000m)).ShouldBe(0);
    }

    [Fact]
    public void What_cannot_be_valued_counts_as_nothing_and_says_why_and_a_debt_is_an_error()
    {
        var gbp = new Currency("GBP", 2);
        var sek = new Currency("SEK", 2);
        var (unlisted, unpriced, foreign) = (Asset("UNLISTED", Usd, 0, "X"), Asset("UNPRICED", Usd, 0, "X"), Asset("FOREIGN", sek, 0, "X"));
        var terms = new AssetTerms(0, ConcentrationLimit.None);
        var value = Of(
            new CollateralHeld(new Dictionary<Currency, long> { [gbp] = 100, [sek] = 100 }, new Dictionary<CollateralAsset, long> { [unlisted] = 1, [unpriced] = 1, [foreign] = 1 }),
            0,
            terms: [("UNPRICED", terms), ("FOREIGN", terms)]);
        value.TotalMinor.ShouldBe(0);
        value.Lines.Select(l => l.Why).ShouldBe(
        [
            "there is no exchange rate of GBP in USD, nor the other way round; set one",
            "the risk model has no collateral.currencies.SEK; add it",
            "the risk model has no collateral.currencies.SEK; add it",
            "the risk model has no collateral.assets.UNLISTED; add it",
            "asset UNPRICED has no price; set one",
        ]);
        Should.Throw<ArgumentException>(() => Of(Cash(gbp, -1), 0)).Message.ShouldContain("GBP is owed by an account margined in USD");
        Should.Throw<ArgumentException>(() => Of(Cash(sek, -1), 0)).Message.ShouldContain("collateral.currencies.SEK; add it");
    }

    [Fact]
    public void A_haircut_above_all_leaves_nothing_and_the_largest_values_do_not_overflow()
    {
        var bond = Asset("BOND", Eur, 0, "STATE");
        Of(Held((bond, 7)), 0, terms: [("BOND", new AssetTerms(0.95m, ConcentrationLimit.None))]).TotalMinor.ShouldBe(0);
        var most = Of(Held((bond, AssetRequests.MaxUnits)), 0, terms: [("BOND", new AssetTerms(0, ConcentrationLimit.None))]);
        most.TotalMinor.ShouldBe(Coverage.MaxAmount, "more counts as that, which is against the member");
        Should.Throw<OverflowException>(() => Of(Cash(Eur, long.MinValue), 0));
    }

    [Fact]
    public void More_of_anything_never_counts_less_and_never_more_than_it_is_worth() => Prop.ForAll(
        ArbMap.Default.GeneratorFor<int>().Four().ToArbitrary(),
        t =>
        {
            var (units, more, requirement, cash) = (Math.Abs((long)t.Item1), Math.Abs((long)t.Item2), Math.Abs((long)t.Item3), (long)t.Item4);
            var bond = Asset("BOND", Eur, 0, "STATE");
            (string, AssetTerms)[] terms = [("BOND", new AssetTerms(0.05m, new ConcentrationLimit(0.5m, null)))];
            CollateralHeld With(long n) => new(new Dictionary<Currency, long> { [Jpy] = cash }, new Dictionary<CollateralAsset, long> { [bond] = n });
            var less = Of(With(units), requirement, terms: terms);
            var all = Of(With(units + more), requirement, terms: terms);
            all.TotalMinor.ShouldBeGreaterThanOrEqualTo(less.TotalMinor);
            all.Lines.Where(l => l.Asset is not null).ShouldAllBe(l => l.CountedMinor >= 0 && l.CountedMinor <= requirement / 2 && l.ValueMinor <= l.Units * 983.25m * 1.08m * 0.87m * 100);
        }).QuickCheckThrowOnFailure();

    private static CollateralHeld Cash(Currency currency, long minor) => new(new Dictionary<Currency, long> { [currency] = minor }, new Dictionary<CollateralAsset, long>());

    private static CollateralHeld Held(params (CollateralAsset Asset, long Units)[] assets) => new(new Dictionary<Currency, long>(), assets.ToDictionary(a => a.Asset, a => a.Units));

    private static CollateralAsset Asset(string id, Currency currency, int digits, string issuer)
    {
        CollateralAsset.TryCreate(AssetId.Parse(id), currency, digits, issuer, default, 1, out var asset).ShouldBeNull();
        return asset!;
    }

    private static CollateralValue Of(CollateralHeld held, long requirement, (string Issuer, ConcentrationLimit Limit)? issuer = null, params (string Asset, AssetTerms Terms)[] terms)
    {
        var prices = new CollateralPrices(
            [.. new[] { "A", "B", "BOND", "C", "FOREIGN", "UNLISTED" }.Select(id => new AssetPrice(AssetId.Parse(id), 983.25m))], [new("EUR", "USD", 1.08m), new("USD", "JPY", 155m)]);
        var all = new CollateralTerms(
            new Dictionary<string, decimal> { ["EUR"] = 0.08m, ["JPY"] = 0.1m, ["GBP"] = 0.1m },
            terms.ToDictionary(t => AssetId.Parse(t.Asset), t => t.Terms),
            issuer is { } i ? new Dictionary<string, ConcentrationLimit> { [i.Issuer] = i.Limit } : new Dictionary<string, ConcentrationLimit>(),
            new Dictionary<string, InstrumentId>());
        return CollateralValue.Of(held, new MarginConversion(Usd, all, prices), requirement);
    }
}
