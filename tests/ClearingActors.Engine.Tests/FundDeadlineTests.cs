using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Tests;

/// <summary>A contribution that is called is due at its deadline, whatever is sized meanwhile (rulebook 10.2).</summary>
public sealed class FundDeadlineTests
{
    private const string Operator = "operator:test";

    [Fact]
    public async Task Sizing_the_fund_again_before_the_deadline_gives_nobody_who_has_paid_nothing_more_time()
    {
        await using var house = await TestHouse.StartAsync();
        await house.Engine.SetScenariosAsync(Operator, StressFundTests.Scenarios);
        await house.Engine.SetFundTermsAsync(Operator, StressFundTests.Terms);
        await PrepareAsync(house);
        await house.Engine.RunStressAsync(Operator);
        var first = (await house.Engine.SizeDefaultFundAsync(Operator, dryRun: false)).Sized;
        await house.Engine.AdvanceAsync(Operator, first.Deadline - 1);
        await house.Engine.SizeDefaultFundAsync(Operator, dryRun: false);
        await house.Engine.QuiesceAsync();
        await house.Engine.AdvanceAsync(Operator, first.Deadline);

        (await house.Engine.GetMarginRunsAsync(Operator)).Missed.Select(m => m.Account.Value).Order().ShouldBe(["FUND.ALPHA", "FUND.BETA"]);
    }

    [Fact]
    public async Task A_contribution_that_was_missed_stays_missed_when_the_fund_is_sized_again()
    {
        await using var house = await TestHouse.StartAsync();
        await house.Engine.SetScenariosAsync(Operator, StressFundTests.Scenarios);
        await house.Engine.SetFundTermsAsync(Operator, StressFundTests.Terms);
        await PrepareAsync(house);
        await house.Engine.RunStressAsync(Operator);
        var first = (await house.Engine.SizeDefaultFundAsync(Operator, dryRun: false)).Sized;
        await house.Engine.QuiesceAsync();
        await house.Engine.AdvanceAsync(Operator, first.Deadline);
        await house.Engine.SizeDefaultFundAsync(Operator, dryRun: false);
        await house.Engine.QuiesceAsync();

        (await house.Engine.GetDefaultFundAsync(Operator)).Held.Select(h => h.Status).ShouldAllBe(s => s == ContributionStatus.Missed);
    }

    /// <summary>500 lots from BETA to ALPHA, settled at their price, and margin on them.</summary>
    private static async Task PrepareAsync(TestHouse house)
    {
        await house.Engine.SetRiskModelAsync(Operator, """
            {
              "factors": { "SPX": { "change": "relative" } },
              "groups": { "*": { "confidence": 0.9, "lookback": 3, "ewmaLambda": 0.9, "ewmaSeedReturns": 1, "mporDays": 2, "scaling": "none" } },
              "calls": { "USD": { "minimumTransfer": 0, "callUnit": 1, "minutesToMeet": 60 } }
            }
            """);
        double[] prices = [2750, 2740, 2750, 2760, 2750];
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", [.. prices.Select((p, i) => new FactorPrice(new DateOnly(2020, 3, 2).AddDays(i), p))], Replaces: true));
        (await house.SubmitAsync(TestHouse.Report("T1", quantity: 500, price: 2750m))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2750_00)]);
        await house.Engine.RunMarginAsync(Operator);
    }
}
