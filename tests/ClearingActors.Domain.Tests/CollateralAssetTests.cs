using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests;

/// <summary>Rulebook 3: securities and coins as collateral.</summary>
public sealed class CollateralAssetTests
{
    private readonly TestHouse _house = new();
    private readonly CollateralAsset _bond = Asset("BOND", 0);

    [Fact]
    public void A_deposit_is_a_double_entry_with_the_custodian_and_is_booked_once()
    {
        var account = _house.Buyer;
        var request = RequestId.Parse("a1");
        var entry = AssetRequests.Decide(account, request, _bond, 10, TestHouse.Monday).Event.Entry;
        entry.Mirrored().ShouldBe(entry with { Account = CcpAccounts.Custody, CounterAccount = account.Id, Units = -10 });
        account.Apply(new AssetBooked(entry));
        account.Assets!.UnitsOf(_bond.Id).ShouldBe(10);
        AssetRequests.Decide(account, request, _bond, 10, TestHouse.Monday).Kind.ShouldBe(AssetDecisionKind.AlreadyBooked);
        AssetRequests.Decide(account, request, _bond, 11, TestHouse.Monday).Kind.ShouldBe(AssetDecisionKind.Conflict);
        Should.Throw<InvalidOperationException>(() => account.Apply(new AssetBooked(entry)));

        var restored = AccountState.Restore(account.ToSnapshot());
        AssetRequests.Decide(restored, request, _bond, 10, TestHouse.Monday).Kind.ShouldBe(AssetDecisionKind.AlreadyBooked);
        restored.Assets!.Held.ShouldBe([new AssetHolding(_bond.Id, 10)]);
    }

    [Fact]
    public void Cash_and_assets_share_the_request_ids_of_an_account()
    {
        var account = _house.Buyer;
        account.Apply(AssetRequests.Decide(account, RequestId.Parse("a1"), _bond, 10, TestHouse.Monday).Event);
        CashRequests.DecideDeposit(account, RequestId.Parse("a1"), new Money(10, TestHouse.Usd), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.Conflict);
        account.Apply(CashRequests.DecideDeposit(account, RequestId.Parse("c1"), new Money(10, TestHouse.Usd), TestHouse.Monday).Event);
        AssetRequests.Decide(account, RequestId.Parse("c1"), _bond, 10, TestHouse.Monday).Kind.ShouldBe(AssetDecisionKind.Conflict);
    }

    [Theory]
    [InlineData(0, AssetDecisionKind.UnitsNotAllowed)]
    [InlineData(-11, AssetDecisionKind.InsufficientUnits)]
    [InlineData(-10, AssetDecisionKind.Booked)]
    [InlineData(AssetRequests.MaxUnits, AssetDecisionKind.UnitsNotAllowed)]
    [InlineData(AssetRequests.MaxUnits - 10, AssetDecisionKind.Booked)]
    [InlineData(long.MinValue, AssetDecisionKind.UnitsNotAllowed)]
    [InlineData(long.MaxValue, AssetDecisionKind.UnitsNotAllowed)]
    public void Nothing_leaves_that_is_not_there_and_nothing_overflows(long units, AssetDecisionKind kind)
    {
        var account = _house.Buyer;
        account.Apply(AssetRequests.Decide(account, RequestId.Parse("a1"), _bond, 10, TestHouse.Monday).Event);
        AssetRequests.Decide(account, RequestId.Parse("a2"), _bond, units, TestHouse.Monday).Kind.ShouldBe(kind);
    }

    [Fact]
    public void An_account_with_an_asset_is_not_flat_and_one_that_is_not_there_takes_none()
    {
        var account = _house.Account("ALPHA.X", TestHouse.Alpha, cash: 0);
        account.Apply(AssetRequests.Decide(account, RequestId.Parse("a1"), _bond, 10, TestHouse.Monday).Event);
        AccountOperations.Refuse(account, new AccountClosed(account.Id))!.ShouldContain("holds 10 units of BOND");
        AssetRequests.Decide(new AccountState(AccountId.Parse("NOBODY")), RequestId.Parse("a1"), _bond, 10, TestHouse.Monday).Kind.ShouldBe(AssetDecisionKind.AccountNotActive);
    }

    [Theory]
    [InlineData(9, "ISSUER", 1, "9 digits of quantity")]
    [InlineData(-1, "ISSUER", 1, "-1 digits of quantity")]
    [InlineData(0, "no issuer", 1, "the issuer \"no issuer\" of asset BOND")]
    [InlineData(0, "ISSUER", 0, "the price factor 0 of asset BOND")]
    [InlineData(0, "ISSUER", 1234567891, "the price factor 1234567891")]
    public void A_listing_that_cannot_be_is_refused_with_the_value(int digits, string issuer, long factor, string message)
    {
        CollateralAsset.TryCreate(AssetId.Parse("BOND"), TestHouse.Usd, digits, issuer, default, factor, out var asset)!.ShouldContain(message);
        asset.ShouldBeNull();
    }

    [Fact]
    public void What_holdings_are_counted_in_never_changes_and_the_way_to_the_price_may()
    {
        var book = _house.Directory.Collateral;
        book.Apply(new CollateralAssetDefined(_bond));
        book.Apply(new CollateralPricesSet([new AssetPrice(_bond.Id, 99.5m)], []));
        book.Refuse(new CollateralAssetDefined(Asset("BOND", 2)), _house.Directory)!.ShouldContain("has 0 digits of quantity and must keep them");
        book.Refuse(new CollateralAssetDefined(Asset("BOND", 0, issuer: "OTHER")), _house.Directory)!.ShouldContain("is of issuer ISSUER");
        book.Refuse(new CollateralAssetDefined(Asset("YEN", 0, currency: new Currency("USD", 3))), _house.Directory)!.ShouldContain("3 digits here and 2 in asset BOND");
        book.Refuse(new CollateralAssetDefined(Asset("BOND", 0, pricedBy: "NONE")), _house.Directory)!.ShouldContain("NONE, which is not defined");
        book.Refuse(new CollateralAssetDefined(Asset("YEN", 0, pricedBy: "ESH6", currency: new Currency("JPY", 0))), _house.Directory)!.ShouldContain("must be in JPY");
        var marked = new CollateralAssetDefined(Asset("BOND", 0, pricedBy: "ESH6"));
        book.Refuse(marked, _house.Directory).ShouldBeNull();
        book.Apply(marked);
        book.TryGetPrice(_bond.Id, out _).ShouldBeFalse("the mark takes the place of the operator's price");
        book.Refuse(new CollateralPricesSet([new AssetPrice(_bond.Id, 99.5m)], []))!.ShouldContain("priced by the marks of ESH6");
    }

    [Fact]
    public void Prices_and_rates_out_of_range_are_refused_with_the_value_and_nothing_changes()
    {
        var book = _house.Directory.Collateral;
        book.Apply(new CollateralAssetDefined(_bond));
        book.Refuse(new CollateralPricesSet([], []))!.ShouldContain("0 prices and 0 exchange rates");
        book.Refuse(new CollateralPricesSet([new(AssetId.Parse("NONE"), 1)], []))!.ShouldContain("asset NONE is not listed");
        book.Refuse(new CollateralPricesSet([new(_bond.Id, -0.01m)], []))!.ShouldContain("the price -0.01 of asset BOND");
        book.Refuse(new CollateralPricesSet([new(_bond.Id, 1_000_000_000_000_000_000m)], []))!.ShouldContain("at most 18 digits");
        book.Refuse(new CollateralPricesSet([], [new("EUR", "EUR", 1)]))!.ShouldContain("EUR/EUR needs two different currency codes");
        book.Refuse(new CollateralPricesSet([], [new("EUR", "usd", 1)]))!.ShouldContain("EUR/usd");
        book.Refuse(new CollateralPricesSet([], [new("EUR", "USD", 0)]))!.ShouldContain("the exchange rate 0 of EUR in USD must be above 0");
        Should.Throw<InvalidOperationException>(() => book.Apply(new CollateralPricesSet([], [new("EUR", "USD", -1)])));
        book.Rates.ShouldBeEmpty();

        var change = new CollateralPricesSet([new(_bond.Id, 0)], [new("EUR", "USD", 1.08m)]);
        book.Refuse(change).ShouldBeNull("a bond may be worth nothing");
        book.HasAlready(change).ShouldBeFalse();
        book.Apply(change);
        CollateralBook.Restore(book.ToSnapshot()).HasAlready(change).ShouldBeTrue();
    }

    private static CollateralAsset Asset(string id, int digits, string issuer = "ISSUER", string? pricedBy = null, Currency? currency = null)
    {
        CollateralAsset.TryCreate(AssetId.Parse(id), currency ?? TestHouse.Usd, digits, issuer, pricedBy is null ? default : InstrumentId.Parse(pricedBy), 10, out var asset).ShouldBeNull();
        return asset!;
    }
}
