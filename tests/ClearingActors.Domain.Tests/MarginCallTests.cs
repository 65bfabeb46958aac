using ClearingActors.Domain.Margin;

namespace ClearingActors.Domain.Tests;

/// <summary>Rulebook 8.7 and 8.8: coverage, calls, deadlines.</summary>
public sealed class MarginCallTests
{
    private const long Hour = 3_600_000_000_000;
    private static readonly Currency Usd = new("USD", 2);

    // 2026-03-06 was a Friday.
    private static readonly long FridayNoon = UtcTime.StartOf(new DateOnly(2026, 3, 6)) + (12 * Hour);

    [Theory]
    [InlineData(1000, 1500, 0, 0, 0, 0, 0, 500)]
    [InlineData(1000, 700, 0, 0, 0, 0, 0, -300)]
    [InlineData(1000, 0, 5000, 0, 0, 0, 0, 0)] // a long option book pays its own requirement and nothing more
    [InlineData(1000, 0, 300, 200, 0, 0, 0, -500)]
    [InlineData(1000, 1000, 600, 0, 600, 0, 0, 0)] // premium still to be paid takes back what the option is worth
    [InlineData(1000, 5000, -2500, 0, 0, 0, 0, 1500)] // short options are owed in full
    [InlineData(1000, 1000, 0, 0, 0, 900, 0, 0)] // a gain that is not settled is not counted
    [InlineData(1000, 1000, 0, 0, 0, -900, 0, -900)]
    [InlineData(1000, 2000, 0, 0, 0, -100, 250, 650)]
    public void Excess_is_what_stands_against_the_requirement(
        long requirement, long collateral, long options, long receivable, long payable, long accrued, long unpaid, long excess) =>
        new Coverage(requirement, collateral, options, receivable, payable, accrued, unpaid).Excess.ShouldBe(excess);

    [Fact]
    public void The_largest_figures_do_not_overflow_and_larger_ones_are_refused()
    {
        const long Most = Coverage.MaxAmount;
        var worst = new Coverage(Most, -Most, -Most, 0, Most, -Most, Most);
        worst.Refuse().ShouldBeNull();
        worst.Excess.ShouldBe(-6 * Most);
        (worst with { Requirement = Most + 1 }).Refuse()!.ShouldContain("Requirement of 1000000000000000001 minor units: 0 to 1000000000000000000");
        (worst with { PremiumPayable = -1 }).Refuse()!.ShouldContain("PremiumPayable of -1");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-99, 0)]
    [InlineData(-100, 0)] // the minimum transfer itself is not called
    [InlineData(-101, 500)]
    [InlineData(-500, 500)]
    [InlineData(-501, 1000)]
    public void A_shortfall_above_the_minimum_transfer_is_called_in_whole_units(long excess, long called)
    {
        var state = new MarginState();
        var decision = MarginDecisions.DecideAssessment(state, Assessed(1, excess), Terms());
        (decision.Issued?.AmountMinor ?? 0).ShouldBe(called);
    }

    [Fact]
    public void Only_what_open_calls_do_not_ask_for_is_called()
    {
        var state = new MarginState();
        Run(state, Assessed(1, -1200)).ShouldBe(1500);
        Run(state, Assessed(2, -1400)).ShouldBe(0);
        Run(state, Assessed(3, -2100)).ShouldBe(1000);
        state.OpenMinor.ShouldBe(2500);
        Deposit(state, 2000);
        state.Calls.Select(c => c.Status).ShouldBe([MarginCallStatus.Met, MarginCallStatus.Issued]);
        state.OpenMinor.ShouldBe(500);
        Run(state, Assessed(4, -2600)).ShouldBe(2500);
        state.Calls.Select(c => c.Number).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void A_run_that_finds_the_account_covered_takes_back_what_is_open()
    {
        var state = new MarginState();
        Run(state, Assessed(1, -1200));
        Run(state, Assessed(2, -2100));
        Deposit(state, 100);
        Run(state, Assessed(3, -1));
        state.OpenMinor.ShouldBe(2400, "a shortfall too small to be called is one still");
        MarginDecisions.DecideAssessment(state, Assessed(4, 0), Terms()).Withdrawn
            .ShouldBe([new MarginCallWithdrawn(1, "run 4 finds the account covered", 4), new MarginCallWithdrawn(2, "run 4 finds the account covered", 4)]);
        Run(state, Assessed(4, 0));
        state.Calls.ShouldAllBe(c => c.Status == MarginCallStatus.Withdrawn);
        MarginDecisions.DecideAssessment(state, Assessed(5, 0), Terms()).Withdrawn.ShouldBeEmpty();
        Run(state, Assessed(6, -500)).ShouldBe(500, "a new shortfall is a new call");
    }

    [Fact]
    public void An_older_run_and_a_repeated_one_change_nothing()
    {
        var state = new MarginState();
        Run(state, Assessed(5, -1000));
        MarginDecisions.DecideAssessment(state, Assessed(5, -1000), Terms()).Refused!.ShouldContain("run 5 is not newer than run 5");
        MarginDecisions.DecideAssessment(state, Assessed(4, -9000), Terms()).Refused.ShouldNotBeNull();
        Should.Throw<InvalidOperationException>(() => state.Apply(Assessed(4, -9000)));
    }

    [Fact]
    public void Parts_that_do_not_sum_to_the_requirement_are_refused()
    {
        var wrong = Assessed(1, -1000) with { Parts = [new RequirementPart("model", 999)] };
        MarginDecisions.DecideAssessment(new MarginState(), wrong, Terms()).Refused!.ShouldContain("the parts sum to 999, the requirement is 1000");
    }

    [Fact]
    public void A_call_is_missed_at_its_deadline_and_not_before_and_not_when_it_was_met()
    {
        var state = new MarginState();
        Run(state, Assessed(1, -1000));
        Deposit(state, 400);
        var deadline = state.Calls[0].Deadline;
        MarginDecisions.DecideDeadline(state, 1, deadline - 1).ShouldBeNull();
        var missed = MarginDecisions.DecideDeadline(state, 1, deadline).ShouldNotBeNull();
        missed.MissingMinor.ShouldBe(600);
        state.Apply(missed);
        MarginDecisions.DecideDeadline(state, 1, deadline).ShouldBeNull();
        state.OpenMinor.ShouldBe(0);
        Should.Throw<InvalidOperationException>(() => state.Apply(new MarginCallCredited(1, 600)));

        Run(state, Assessed(2, -1000));
        Deposit(state, 1000);
        MarginDecisions.DecideDeadline(state, 2, long.MaxValue).ShouldBeNull();
        state.Calls[1].Status.ShouldBe(MarginCallStatus.Met);
    }

    [Fact]
    public void An_operator_takes_back_an_open_call_only_and_says_why()
    {
        var state = new MarginState();
        MarginDecisions.DecideWithdraw(state, 1, "error", out _)!.ShouldContain("margin call 1 is unknown");
        Run(state, Assessed(1, -1000));
        MarginDecisions.DecideWithdraw(state, 1, "", out _)!.ShouldContain("a reason of 0 characters");
        MarginDecisions.DecideWithdraw(state, 1, "wrong mark", out var withdrawn).ShouldBeNull();
        state.Apply(withdrawn);
        MarginDecisions.DecideWithdraw(state, 1, "wrong mark", out _)!.ShouldContain("is Withdrawn");
        state.OpenMinor.ShouldBe(0);
    }

    [Fact]
    public void Nothing_leaves_that_the_account_needs_or_while_a_call_is_open()
    {
        var state = new MarginState();
        var now = new Coverage(1000, 1500, 0, 0, 0, 0, 0);
        MarginDecisions.RefuseWithdrawal(state, now, 500).ShouldBeNull();
        MarginDecisions.RefuseWithdrawal(state, now, 501)!.ShouldContain("at most 500 can go");
        Run(state, Assessed(1, -1000));
        MarginDecisions.RefuseWithdrawal(state, now, 1)!.ShouldContain("are open");
    }

    [Fact]
    public void A_deadline_on_a_weekend_moves_to_monday_unless_the_market_never_closes()
    {
        Terms(24 * Hour).DeadlineOf(FridayNoon).ShouldBe(FridayNoon + (72 * Hour));
        Terms(48 * Hour).DeadlineOf(FridayNoon).ShouldBe(FridayNoon + (72 * Hour));
        Terms(72 * Hour).DeadlineOf(FridayNoon).ShouldBe(FridayNoon + (72 * Hour));
        Terms(24 * Hour, weekendsCount: true).DeadlineOf(FridayNoon).ShouldBe(FridayNoon + (24 * Hour));
        Terms(1 * Hour).DeadlineOf(FridayNoon).ShouldBe(FridayNoon + Hour);
    }

    [Theory]
    [InlineData(-1, 1, Hour, "minimum transfer -1")]
    [InlineData(0, 0, Hour, "call unit 0")]
    [InlineData(0, 1, 1, "time to meet 1 ns")]
    [InlineData(0, 1, 8 * 24 * Hour, "time to meet")]
    public void Terms_out_of_range_are_refused_with_the_value(long minimum, long unit, long time, string message)
    {
        MarginTerms.TryCreate(Usd, minimum, unit, time, false, out var terms)!.ShouldContain(message);
        terms.ShouldBeNull();
        MarginTerms.TryCreate(default, 0, 1, Hour, false, out _)!.ShouldContain("currency");
    }

    [Fact]
    public void Whatever_comes_calls_and_credits_add_up_and_a_restored_state_goes_on_alike()
    {
        for (var seed = 1; seed <= 200; seed++)
        {
            var random = new Random(seed);
            var state = new MarginState();
            var (called, credited, lost, run) = (0L, 0L, 0L, 0L);
            for (var step = 0; step < 300; step++)
            {
                switch (random.Next(4))
                {
                    case 0:
                        var before = state.OpenMinor;
                        var excess = random.Next(-5000, 1000);
                        called += Run(state, Assessed(++run, excess));
                        lost += excess >= 0 ? before : 0;
                        break;
                    case 1:
                        var open = state.OpenMinor;
                        var value = random.Next(-10, 3000);
                        Deposit(state, value);
                        credited += open - state.OpenMinor;
                        (open - state.OpenMinor).ShouldBe(Math.Clamp(value, 0, open));
                        break;
                    case 2 when state.LastCall > 0:
                        if (MarginDecisions.DecideDeadline(state, random.NextInt64(1, state.LastCall + 1), long.MaxValue) is { } missed)
                        {
                            lost += missed.MissingMinor;
                            state.Apply(missed);
                        }

                        break;
                    default:
                        state = MarginState.Restore(state.ToSnapshot());
                        break;
                }

                state.OpenMinor.ShouldBe(called - credited - lost);
                state.Calls.Count(c => c.Status != MarginCallStatus.Issued).ShouldBeLessThanOrEqualTo(MarginState.RememberedCalls);
            }
        }
    }

    private static MarginTerms Terms(long timeToMeet = 2 * Hour, bool weekendsCount = false)
    {
        MarginTerms.TryCreate(Usd, 100, 500, timeToMeet, weekendsCount, out var terms).ShouldBeNull();
        return terms!;
    }

    private static MarginAssessed Assessed(long run, long excess) =>
        new(run, new Coverage(1000, 1000 + excess, 0, 0, 0, 0, 0), [new RequirementPart("model", 1200), new RequirementPart("offset", -200)], FridayNoon);

    private static long Run(MarginState state, MarginAssessed assessed)
    {
        var decision = MarginDecisions.DecideAssessment(state, assessed, Terms());
        decision.Refused.ShouldBeNull();
        state.Apply(decision.Assessed!);
        foreach (var withdrawn in decision.Withdrawn)
        {
            state.Apply(withdrawn);
        }

        if (decision.Issued is { } issued)
        {
            state.Apply(issued);
        }

        return decision.Issued?.AmountMinor ?? 0;
    }

    private static void Deposit(MarginState state, long value)
    {
        foreach (var credit in MarginDecisions.DecideDeposit(state, value))
        {
            state.Apply(credit);
        }
    }
}
