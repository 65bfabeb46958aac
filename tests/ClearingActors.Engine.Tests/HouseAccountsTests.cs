using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Tests;

/// <summary>What members may bring in, the house's own accounts must be able to book.</summary>
public sealed class HouseAccountsTests
{
    private const string Operator = "operator:test";

    [Fact]
    public async Task Units_that_every_account_may_hold_do_not_overflow_the_custodian_and_the_house_still_settles()
    {
        await using var house = await TestHouse.StartAsync();
        var bond = AssetId.Parse("BOND");
        CollateralAsset.TryCreate(bond, TestHouse.Usd, 8, "ISSUER", default, 1, out var asset).ShouldBeNull();
        await house.Engine.DefineCollateralAssetAsync(Operator, asset!);
        for (var i = 0; i < 11; i++)
        {
            var account = AccountId.Parse($"ALPHA.C{i}");
            await house.Engine.DefineAccountAsync(Operator, account, MemberId.Parse("ALPHA"), Segregation.ClientIndividual, TestHouse.Usd, 0);
            try
            {
                await house.Engine.MoveAssetAsync(Operator, account, RequestId.Parse("1"), bond, AssetRequests.MaxUnits);
            }
            catch (RefusedException)
            {
                // A refusal at the door is as good.
            }
        }

        await house.Engine.QuiesceAsync();
        house.Alarms.ShouldBeEmpty();
        var books = await house.Engine.ReadBooksAsync();
        books.AssetsConserved.ShouldBeTrue();
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday, [new PricePoint(TestHouse.Future, 2750_00)], soon.Token);
    }

    [Fact]
    public async Task Cash_that_every_account_may_hold_does_not_overflow_the_bank_and_the_house_still_settles()
    {
        await using var house = await TestHouse.StartAsync();
        for (var i = 0; i < 11; i++)
        {
            var account = AccountId.Parse(i % 2 == 0 ? "ALPHA.HOUSE" : "BETA.HOUSE");
            try
            {
                await house.Engine.BookCollateralAsync(Operator, account, RequestId.Parse($"big-{i}"), new Money(CashRequests.MaxAmount, TestHouse.Usd));
            }
            catch (RefusedException)
            {
                // A refusal at the door is as good.
            }
        }

        await house.Engine.QuiesceAsync();
        house.Alarms.ShouldBeEmpty();
        (await house.Engine.ReadBooksAsync()).CashConserved.ShouldBeTrue();
    }

    [Fact]
    public async Task One_accounts_position_in_another_currency_does_not_keep_all_others_from_being_margined()
    {
        await using var house = await TestHouse.StartAsync(1);
        await house.Engine.SetRiskModelAsync(Operator, """
            {
              "base": "USD",
              "factors": { "SPX": { "change": "relative" }, "BTC": { "change": "relative" } },
              "currencies": { "BTC": { "factor": "BTC" } },
              "groups": { "*": { "confidence": 0.9, "lookback": 3, "ewmaLambda": 0.9, "ewmaSeedReturns": 1, "mporDays": 2, "scaling": "none" } },
              "calls": { "USD": { "minimumTransfer": 0, "callUnit": 1, "minutesToMeet": 60 } }
            }
            """);
        foreach (var factor in new[] { "SPX", "BTC" })
        {
            double[] prices = [2750, 2740, 2750, 2760, 2750];
            await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet(factor, [.. prices.Select((p, i) => new FactorPrice(new DateOnly(2020, 3, 2).AddDays(i), p))], Replaces: true));
        }

        await house.Engine.DefineInstrumentAsync(Operator, Contracts.Index());
        await house.Engine.DefineInstrumentAsync(Operator, Contracts.Inverse());
        await house.SubmitAsync(TestHouse.Report("T1"));
        (await house.SubmitAsync(TestHouse.Report("T2", "ALPHA.GROSS", "BETA.GROSS", 1, 2750m, "C1", "C2", instrument: Contracts.Inverse().Id.Value))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday, [new PricePoint(TestHouse.Future, 2750_00), new PricePoint(Contracts.Inverse().Id, 2750_00)]);

        var run = await house.Engine.RunMarginAsync(Operator);

        run.Totals.Sum(t => t.Accounts).ShouldBeGreaterThanOrEqualTo(2);
    }
}
