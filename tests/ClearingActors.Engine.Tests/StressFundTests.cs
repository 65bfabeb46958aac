using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 10 over the live house: stress runs of what a cycle left, the fund sized from them, its contributions called, paid and missed.</summary>
public sealed class StressFundTests
{
    private const string Operator = "operator:test";
    private const long Hour = 3_600_000_000_000;

    internal const string Scenarios = """
        [
          // A fall and a rise, of 20 and 30 per cent.
          { "id": "up", "name": "Rise", "type": "hypothetical", "othersUnmoved": true, "shocks": [{ "factor": "price", "name": "SPX", "kind": "relative", "shock": 0.3, "assumed": "for the test" }] },
          { "id": "down", "name": "Fall", "type": "hypothetical", "othersUnmoved": true, "shocks": [{ "factor": "price", "name": "SPX", "kind": "relative", "shock": -0.2, "assumed": "for the test" }] },
        ]
        """;

    internal const string Terms = """
        { "currency": "USD", "minorDigits": 2, "bufferPercent": 10, "minimumContribution": 1000.00, "minutesToMeet": 60, "juniorCapital": 50000.00, "seniorCapital": 100000.00 }
        """;

    private static readonly AccountId AlphaFund = AccountId.Parse("FUND.ALPHA");

    [Fact]
    public async Task Uncovered_losses_are_what_the_settled_positions_lose_beyond_margin()
    {
        await using var house = await StartAsync(4);

        // Not settled yet, so not in the run.
        await house.SubmitAsync(TestHouse.Report("T2", quantity: 50));
        var run = await house.Engine.RunStressAsync(Operator);
        (run.Inputs.Run, run.Inputs.Cycle, run.Inputs.By, run.Inputs.Date).ShouldBe((1, 1, Operator, TestHouse.Monday));
        run.Outcome!.Scenarios.Select(s => s.Scenario).ShouldBe(["down", "up"]);

        // 500 lots of 50 at 2,750: a fall of 20 % costs the buyer 13,750,000.00, a rise of 30 % the seller 20,625,000.00.
        var (alpha, beta) = (await MarginAsync(house, "ALPHA.HOUSE"), await MarginAsync(house, "BETA.HOUSE"));
        run.Outcome.Scenarios[0].UncoveredLosses.Select(u => (u.Member.Value, u.Minor)).ShouldBe([("ALPHA", 13_750_000_00 - alpha), ("BETA", 0)]);
        run.Outcome.Scenarios[1].UncoveredLosses.Select(u => (u.Member.Value, u.Minor)).ShouldBe([("ALPHA", 0), ("BETA", 20_625_000_00 - beta)]);

        // Nobody has paid in: the CCP's own 150,000.00 are all there is.
        run.Outcome.Scenarios[0].Unallocated.ShouldBe(13_750_000_00 - alpha - 150_000_00);
        run.Outcome.Scenarios[0].Failed.ShouldBe([["ALPHA"]]);

        // Its million of cash pays, whatever the requirement is.
        var need = run.Outcome.Scenarios[0].Liquidity.ShouldHaveSingleItem();
        need.Members.ShouldBe(["ALPHA"]);
        (need.Currency, need.Payments, need.Cash, need.Fund, need.Shortfall).ShouldBe((TestHouse.Usd, 13_750_000_00, 1_000_000_00, 0, 12_750_000_00));
    }

    [Fact]
    public async Task The_figures_are_the_same_bits_with_any_number_of_shards_and_after_a_crash()
    {
        List<string> figures = [];
        foreach (var shards in new[] { 1, 3, 8 })
        {
            await using var house = await StartAsync(shards);
            var run = await house.Engine.RunStressAsync(Operator);
            var size = await house.Engine.SizeDefaultFundAsync(Operator, dryRun: true);
            figures.Add($"{run.Inputs.Model} {string.Join(' ', run.Outcome!.Scenarios.SelectMany(s => s.UncoveredLosses))} {string.Join(' ', run.Outcome.Scenarios.SelectMany(s => s.Liquidity).Select(n => (n.Payments, n.Cash)))} {size.Sized.Fund} {string.Join(' ', size.Sized.Contributions)}");
            house.Crash();
            house.Open(shards);
            var again = (await house.Engine.GetStressRunsAsync(Operator)).Runs.ShouldHaveSingleItem();
            again.Outcome!.Scenarios.SelectMany(s => s.UncoveredLosses).ShouldBe(run.Outcome.Scenarios.SelectMany(s => s.UncoveredLosses));
            again.Outcome.Scenarios.SelectMany(s => s.Liquidity).Select(n => (n.Payments, n.Cash)).ShouldBe(run.Outcome.Scenarios.SelectMany(s => s.Liquidity).Select(n => (n.Payments, n.Cash)));
            (await house.Engine.SizeDefaultFundAsync(Operator, dryRun: true)).Sized.Contributions.ShouldBe(size.Sized.Contributions);
        }

        figures.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Contributions_sum_to_cover_two_and_the_buffer_and_are_met_by_deposits()
    {
        await using var house = await StartAsync(4);
        var run = await house.Engine.RunStressAsync(Operator);
        var size = (await house.Engine.SizeDefaultFundAsync(Operator, dryRun: false)).Sized;
        var decisive = run.Outcome!.Scenarios[1].UncoveredLosses.Sum(u => u.Minor);
        (size.Scenario, size.CoverTwo, size.Fund).ShouldBe(("up", decisive, (decisive * 11 / 10) + (decisive % 10 == 0 ? 0 : 1)));
        size.Contributions.Sum(c => c.Minor).ShouldBe(size.Fund);
        await house.Engine.QuiesceAsync();
        (await FundAsync(house)).Held.Select(h => (h.Member.Value, h.CashMinor, h.Status)).ShouldBe([("ALPHA", 0, ContributionStatus.Due), ("BETA", 0, ContributionStatus.Due)]);

        var due = size.Contributions[0].Minor;
        await PayAsync(house, "1", due - 1);
        (await FundAsync(house)).Held[0].Status.ShouldBe(ContributionStatus.Due);
        await PayAsync(house, "2", 1);
        await PayAsync(house, "2", 1);
        (await FundAsync(house)).Held[0].ShouldBe(new FundCashReported(MemberId.Parse("ALPHA"), 1, due, ContributionStatus.Met));

        // What is called stays; what is beyond it may go.
        (await Should.ThrowAsync<RefusedException>(() => PayAsync(house, "3", -1))).Message.ShouldContain("InsufficientHeadroom");
        await PayAsync(house, "4", 500);
        await PayAsync(house, "5", -500);
        (await house.Engine.ReadBooksAsync()).CashConserved.ShouldBeTrue();
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task Contributions_that_the_terms_give_are_called_as_they_stand_without_a_stress_run()
    {
        await using var house = await TestHouse.StartAsync(4);
        await house.Engine.SetFundTermsAsync(Operator, Given("\"BETA\": 20.00, \"ALPHA\": 1000.50"));
        var size = (await house.Engine.SizeDefaultFundAsync(Operator, dryRun: false)).Sized;
        (size.Call, size.Run, size.Scenario, size.CoverTwo, size.Fund).ShouldBe((1, 0, "", 0, 1020_50));
        size.Contributions.Select(c => (c.Member.Value, c.Minor)).ShouldBe([("ALPHA", 1000_50), ("BETA", 20_00)]);
        await house.Engine.QuiesceAsync();
        await PayAsync(house, "1", 1000_50);
        (await FundAsync(house)).Held.Select(h => (h.Member.Value, h.Status)).ShouldBe([("ALPHA", ContributionStatus.Met), ("BETA", ContributionStatus.Due)]);
        house.Crash();
        house.Open();
        (await FundAsync(house)).Sized!.Contributions.ShouldBe(size.Contributions);
        await house.Engine.SetFundTermsAsync(Operator, Given("\"NOBODY\": 20.00"));
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.SizeDefaultFundAsync(Operator, dryRun: true))).Message.ShouldContain("contributions.NOBODY");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.SetFundTermsAsync(Operator, Given("\"BETA\": 0")))).Message.ShouldContain("contributions.BETA is 0");
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_missed_contribution_reaches_the_door_once_also_after_a_crash_and_can_still_be_paid()
    {
        await using var house = await StartAsync(4);
        await house.Engine.RunStressAsync(Operator);
        var size = (await house.Engine.SizeDefaultFundAsync(Operator, dryRun: false)).Sized;
        await house.Engine.QuiesceAsync();
        await PayAsync(house, "1", 100);
        house.Crash();
        house.Open();
        await house.Engine.BookCollateralAsync(Operator, AccountId.Parse("FUND.BETA"), RequestId.Parse("all"), new Money(size.Contributions[1].Minor, TestHouse.Usd));
        await house.Engine.AdvanceAsync(Operator, size.Deadline);
        await house.Engine.AdvanceAsync(Operator, size.Deadline + Hour);
        var missed = (await house.Engine.GetMarginRunsAsync(Operator)).Missed.ShouldHaveSingleItem();
        (missed.Account, missed.Member.Value, missed.Call, missed.Missing.MinorUnits).ShouldBe((AlphaFund, "ALPHA", 1, size.Contributions[0].Minor - 100));
        (await FundAsync(house)).Held.Select(h => h.Status).ShouldBe([ContributionStatus.Missed, ContributionStatus.Met]);
        await PayAsync(house, "late", size.Contributions[0].Minor - 100);
        (await FundAsync(house)).Held[0].Status.ShouldBe(ContributionStatus.Met);
    }

    [Fact]
    public async Task An_account_of_the_fund_takes_no_trades_is_defined_by_nobody_and_is_not_closed()
    {
        await using var house = await StartAsync(4);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.DefineAccountAsync(Operator, AlphaFund, MemberId.Parse("ALPHA"), Segregation.House, TestHouse.Usd, 0))).Message.ShouldContain("define themselves");
        await house.Engine.RunStressAsync(Operator);
        await house.Engine.SizeDefaultFundAsync(Operator, dryRun: false);
        await house.Engine.QuiesceAsync();
        (await house.SubmitAsync(TestHouse.Report("F1", buyer: "FUND.ALPHA"))).Reason.ShouldBe(RejectReason.AccountNotActive);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.CloseAccountAsync(Operator, AlphaFund))).Message.ShouldContain("default fund");
        (await house.AccountAsync("FUND.ALPHA")).Segregation.ShouldBe(Segregation.DefaultFund);
    }

    [Fact]
    public async Task The_smallest_shock_exhausts_and_a_smaller_one_does_not()
    {
        await using var house = await StartAsync(4);
        await house.Engine.RunStressAsync(Operator);
        var reverse = await house.Engine.RunReverseStressAsync(Operator, "SPX", ChangeKind.Relative, -0.5, 100, 1e-7);
        reverse.Result.Found.ShouldBeTrue();

        // The loss, 68,750,000.00 x shock, less margin, is the CCP's own 150,000.00.
        var margin = await MarginAsync(house, "ALPHA.HOUSE");
        (-reverse.Result.Shock).ShouldBe((margin + 150_000_00) / 68_750_000_00.0, 2e-7);
        reverse.Outcome!.Unallocated.Sign.ShouldBe(1);

        var propagation = await house.Engine.PropagateFailureAsync(Operator, "up", ["ALPHA"], 2);
        (propagation.Result.Rounds, propagation.Result.Loss).ShouldBe((1, 0));
        propagation.Smallest!.Members.ShouldBe(["BETA"]);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.PropagateFailureAsync(Operator, "sideways", [], 0))).Message.ShouldContain("down, up");

        var gearing = await house.Engine.StressGearingAsync(Operator, "down", 5);
        gearing.Accounts.Select(a => (a.Account.Value, a.Gearing is null)).ShouldBe([("ALPHA.HOUSE", true), ("BETA.HOUSE", false)]);
        gearing.Accounts[1].Gearing.ShouldBe(decimal.Round(55_000_000m / (gearing.Accounts[1].Collateral / 100m + 13_750_000m), 4));
    }

    [Fact]
    public async Task What_a_run_lacks_is_said_and_nothing_is_sized_from_other_inputs()
    {
        await using var house = await TestHouse.StartAsync();
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunStressAsync(Operator))).Message.ShouldContain("the scenarios are not set");
        await house.Engine.SetScenariosAsync(Operator, Scenarios);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunStressAsync(Operator))).Message.ShouldContain("the fund's terms are not set");
        await house.Engine.SetFundTermsAsync(Operator, Terms);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunStressAsync(Operator))).Message.ShouldContain("no cycle has been settled");
        await PrepareAsync(house);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.SizeDefaultFundAsync(Operator, false))).Message.ShouldContain("no stress run has come to an end");
        await house.Engine.RunStressAsync(Operator);
        await house.Engine.SetFundTermsAsync(Operator, Terms.Replace("1000.00", "2000.00", StringComparison.Ordinal));
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.SizeDefaultFundAsync(Operator, false))).Message.ShouldContain("run stress again");
        await house.Engine.SetScenariosAsync(Operator, Scenarios.Replace("SPX", "WTI", StringComparison.Ordinal).Replace("\"othersUnmoved\": true", "\"othersUnmoved\": false", StringComparison.Ordinal));
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.RunStressAsync(Operator))).Message.ShouldContain("says nothing of Price SPX");
    }

    [Theory]
    [InlineData("[]", "0 scenarios")]
    [InlineData("""[{ "id": "a b", "name": "x", "type": "historical", "othersUnmoved": true, "shocks": [] }]""", "\"a b\" is not an id")]
    [InlineData("""[{ "id": "a", "name": "x", "type": "historical", "othersUnmoved": true, "shocks": [{ "factor": "price", "name": "SPX", "kind": "relative", "shock": 0.1 }] }]""", "needs either a source")]
    [InlineData("""[{ "id": "a", "name": "x", "type": "historical", "othersUnmoved": true, "shocks": [{ "factor": "price", "name": "SPX", "kind": "relative", "shock": -2, "source": "s" }] }]""", "scenario a")]
    public async Task Scenarios_that_are_none_are_refused_with_their_place(string text, string reason)
    {
        await using var house = await TestHouse.StartAsync();
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.SetScenariosAsync(Operator, text))).Message.ShouldContain(reason);
    }

    [Theory]
    [InlineData("1000.00", "1000.001", "minimumContribution is 1000.001")]
    [InlineData("\"bufferPercent\": 10", "\"bufferPercent\": -1", "bufferPercent is -1")]
    [InlineData("\"minutesToMeet\": 60", "\"minutesToMeet\": 0", "minutesToMeet is 0")]
    [InlineData("\"minorDigits\"", "\"digits\"", "malformed at $")]
    public async Task Terms_that_are_none_are_refused_with_their_place(string old, string wrong, string reason)
    {
        await using var house = await TestHouse.StartAsync();
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.SetFundTermsAsync(Operator, Terms.Replace(old, wrong, StringComparison.Ordinal)))).Message.ShouldContain(reason);
    }

    private static string Given(string contributions) => Terms.Replace("\"juniorCapital\"", $"\"contributions\": {{ {contributions} }}, \"juniorCapital\"", StringComparison.Ordinal);

    private static async Task<TestHouse> StartAsync(int shards)
    {
        var house = await TestHouse.StartAsync(shards);
        await house.Engine.SetScenariosAsync(Operator, Scenarios);
        await house.Engine.SetFundTermsAsync(Operator, Terms);
        await PrepareAsync(house);
        return house;
    }

    /// <summary>500 lots from BETA to ALPHA, settled at their price, and margin on them.</summary>
    internal static async Task PrepareAsync(TestHouse house)
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

    private static async Task<long> MarginAsync(TestHouse house, string account)
    {
        var coverage = (await house.Engine.GetMarginAsync(Operator, AccountId.Parse(account), [])).ShouldNotBeNull().Official.Last!.Coverage;
        coverage.Requirement.ShouldBePositive();
        return Math.Min(coverage.Requirement, coverage.Collateral);
    }

    private static async Task<FundView> FundAsync(TestHouse house)
    {
        await house.Engine.QuiesceAsync();
        return await house.Engine.GetDefaultFundAsync(Operator);
    }

    private static Task PayAsync(TestHouse house, string request, long minor) =>
        house.Engine.BookCollateralAsync(Operator, AlphaFund, RequestId.Parse(request), new Money(minor, TestHouse.Usd));
}
