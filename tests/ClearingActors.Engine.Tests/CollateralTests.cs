using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 3 and 8.7 through the actors: securities, coins and other currencies as collateral.</summary>
public sealed partial class CollateralTests
{
    private const string Operator = "operator:test";
    private static readonly AccountId Alpha = AccountId.Parse("ALPHA.HOUSE");
    private static readonly AssetId Bond = AssetId.Parse("BOND");

    [Fact]
    public async Task What_came_in_is_held_or_went_out_and_a_crash_loses_nothing()
    {
        await using var house = await TestHouse.StartAsync();
        await house.Engine.DefineCollateralAssetAsync(Operator, Asset("BOND", 2));
        (await house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("a1"), Bond, 500)).ShouldBe(500);
        (await house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("a1"), Bond, 500)).ShouldBe(500, "a repeat books nothing");
        (await house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("a2"), Bond, -200)).ShouldBe(300);
        await house.Engine.QuiesceAsync();
        house.Crash();
        house.Open();
        await ExpectAsync(house);
        await house.Engine.StopAsync();
        house.Crash();
        house.Open();
        await ExpectAsync(house);
        house.FromSnapshot.ShouldBePositive();

        (await Should.ThrowAsync<RefusedException>(() => house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("a2"), Bond, -201))).Message.ShouldContain("Conflict");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("a3"), Bond, -301))).Message
            .ShouldContain("request a3 of -3.01 BOND on account ALPHA.HOUSE (Active, it holds 3, at most 9000000000000 are allowed): InsufficientUnits");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.MoveAssetAsync(Operator, Alpha, RequestId.Parse("a3"), AssetId.Parse("NONE"), 1))).Message.ShouldContain("asset NONE is not listed");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.MoveAssetAsync(Operator, AccountId.Parse("GHOST"), RequestId.Parse("a3"), Bond, 1))).Message.ShouldContain("AccountNotActive");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.DefineCollateralAssetAsync(Operator, Asset("BOND", 3)))).Message.ShouldContain("has 2 digits of quantity");
        house.Alarms.ShouldBeEmpty();
    }

    private static async Task ExpectAsync(TestHouse house)
    {
        (await house.AccountAsync("ALPHA.HOUSE")).Assets!.Holdings.ShouldBe([new AssetHolding(Bond, 300)]);
        (await house.AccountAsync("CCP.CUSTODY")).Assets!.Holdings.ShouldBe([new AssetHolding(Bond, -300)]);
        var books = await house.Engine.ReadBooksAsync();
        (books.AssetsConserved, books.Assets[Bond]).ShouldBe((true, 0));
        (await house.Engine.ReadCollateralAsync()).Assets.ShouldHaveSingleItem().ShouldBe(Asset("BOND", 2));
    }

    private static CollateralAsset Asset(string id, int digits, string issuer = "ISSUER", string pricedBy = "", Currency? currency = null, decimal factor = 1)
    {
        CollateralAsset.TryCreate(
            AssetId.Parse(id), currency ?? TestHouse.Usd, digits, issuer, pricedBy.Length == 0 ? default : Domain.Instruments.InstrumentId.Parse(pricedBy), factor, out var asset).ShouldBeNull();
        return asset!;
    }
}
