using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using Action = ClearingActors.Contracts.Defaults.V1.Action;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 11.6: of two defaults that are open together the later one finds what the earlier one has left, and survivors are called anew afterwards.</summary>
public sealed class TwoDefaultsTests
{
    private const string Anna = "operator:anna";
    private const string Ben = "operator:ben";
    private const long Minute = 60_000_000_000;

    private static readonly AccountId AlphaFund = FundAccounts.Of(MemberId.Parse("ALPHA"));

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Money_that_one_default_has_drawn_is_not_drawn_by_another_and_is_not_late_when_it_is_called_again(int shards)
    {
        await using var house = await StartAsync(shards);
        var engine = house.Engine;
        foreach (var (number, member) in new[] { (1, "BETA"), (2, "GAMMA") })
        {
            await engine.ManageDefaultAsync(Anna, new TriggerDefaultRequest { Member = member, Reason = "it says that it cannot pay" });
            await engine.ManageDefaultAsync(Anna, Decide(number));
            await engine.ManageDefaultAsync(Ben, Decide(number));
            await engine.QuiesceAsync();
            var lot = (await GetAsync(house))[number - 1].Auctions.ShouldHaveSingleItem().Lots.ShouldHaveSingleItem();
            await engine.PlaceBidAsync("member:ALPHA", new PlaceBidRequest { Member = "ALPHA", Number = number, Lot = lot.Id, Account = "ALPHA.HOUSE", Amount = -1_400_000_00, Currency = "USD", Units = 1 });
        }

        await engine.AdvanceAsync(Anna, TestHouse.Noon + (21 * Minute));
        await engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(2), [new PricePoint(TestHouse.Future, 2750_00)]);
        await engine.QuiesceAsync();

        // Each lost 1,400,000.00 over 1,000,000.00 of its own, and ALPHA has 500,000.00 in the fund.
        var defaults = await GetAsync(house);
        defaults.Select(d => (d.Stage, d.Allocation?.Loss)).ShouldBe([(Stage.Allocated, 1_400_000_00), (Stage.Allocated, 1_400_000_00)]);
        var layers = defaults.Select(d => d.Allocation.Layers.Single(l => l.Layer == "default_fund")).OrderByDescending(l => l.Available).ToList();
        layers.Select(l => (l.Available, l.Used)).ShouldBe([(500_000_00, 400_000_00), (100_000_00, 100_000_00)]);
        defaults.Sum(d => d.Allocation.Unallocated).ShouldBe(300_000_00);
        (await CashAsync(house)).ShouldBe(0);

        // The contribution had been paid in time long before; closing calls it again, with its own deadline.
        foreach (var d in defaults)
        {
            if (d.Allocation.Unallocated > 0)
            {
                await engine.ManageDefaultAsync(Anna, Decide((int)d.Number, Action.WriteOff));
                await engine.ManageDefaultAsync(Ben, Decide((int)d.Number, Action.WriteOff));
            }

            await engine.ManageDefaultAsync(Anna, new CloseDefaultRequest { Number = d.Number, Reason = "done" });
            await engine.QuiesceAsync();
        }

        (await GetAsync(house)).Select(d => (d.Member, d.Stage)).ShouldBe([("BETA", Stage.Closed), ("GAMMA", Stage.Closed)]);
        (await engine.GetDefaultFundAsync(Anna)).Held.Single(h => h.Member.Value == "ALPHA").Status.ShouldBe(ContributionStatus.Due);
        await engine.AdvanceAsync(Anna, TestHouse.Noon + (90 * Minute));
        (await GetAsync(house))[^1].Member.ShouldBe("ALPHA", "it was called, and did not pay until the new deadline");
        house.Alarms.ShouldBeEmpty();
    }

    private static DecideDefaultRequest Decide(int number, Action action = Action.Declare) => new() { Number = number, Action = action, Reason = "as seen" };

    private static async Task<IReadOnlyList<Default>> GetAsync(TestHouse house) => (await house.Engine.GetDefaultsAsync("auditor:x")).Defaults;

    private static async Task<long> CashAsync(TestHouse house) => (await house.AccountAsync(AlphaFund.Value)).Balances.Sum(b => b.Cash);

    /// <summary>400 lots from BETA and 400 from GAMMA to ALPHA, settled at their price; ALPHA has paid 500,000.00 into the fund, and the deadline for it has passed.</summary>
    private static async Task<TestHouse> StartAsync(int shards)
    {
        var house = await TestHouse.StartAsync(shards);
        var engine = house.Engine;
        await engine.SetRiskModelAsync(Anna, """
            {
              "factors": { "SPX": { "change": "relative" } },
              "groups": { "*": { "confidence": 0.9, "lookback": 3, "ewmaLambda": 0.9, "ewmaSeedReturns": 1, "mporDays": 2, "scaling": "none" } },
              "calls": { "USD": { "minimumTransfer": 0, "callUnit": 1, "minutesToMeet": 60 } }
            }
            """);
        double[] prices = [2750, 2740, 2750, 2760, 2750];
        await engine.SetFactorPricesAsync(Anna, new FactorPricesSet("SPX", [.. prices.Select((p, i) => new FactorPrice(new DateOnly(2020, 3, 2).AddDays(i), p))], Replaces: true));
        await engine.DefineMemberAsync(Anna, MemberId.Parse("GAMMA"));
        await engine.DefineAccountAsync(Anna, AccountId.Parse("GAMMA.HOUSE"), MemberId.Parse("GAMMA"), Segregation.House, TestHouse.Usd, 0);
        await engine.BookCollateralAsync(Anna, AccountId.Parse("GAMMA.HOUSE"), RequestId.Parse("1"), new Money(1_000_000_00, TestHouse.Usd));
        await engine.SetDefaultTermsAsync(Anna, DefaultTests.Terms.Replace("\"portingMinutes\": 30", "\"portingMinutes\": 0", StringComparison.Ordinal));
        await engine.SetFundTermsAsync(Anna, """
            {
              "currency": "USD", "minorDigits": 2, "bufferPercent": 0, "minimumContribution": 0, "minutesToMeet": 15, "juniorCapital": 0, "seniorCapital": 0, "assessmentMultiple": 0,
              "contributions": { "ALPHA": 500000.00 },
            }
            """);
        await engine.SizeDefaultFundAsync(Anna, dryRun: false);
        await engine.QuiesceAsync();
        await engine.BookCollateralAsync(Anna, AlphaFund, RequestId.Parse("1"), new Money(500_000_00, TestHouse.Usd));
        foreach (var seller in new[] { "BETA.HOUSE", "GAMMA.HOUSE" })
        {
            (await house.SubmitAsync(TestHouse.Report($"T.{seller}", seller: seller, quantity: 400, price: 2750m))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        }

        await engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2750_00)]);
        return house;
    }
}
