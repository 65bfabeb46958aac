using System.Numerics;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests;

/// <summary>Rulebook 10.2: what the fund remembers, and what its accounts refuse.</summary>
public sealed class FundStateTests
{
    private static readonly Currency Usd = new("USD", 2);
    private static readonly MemberId Alpha = MemberId.Parse("ALPHA");
    private static readonly MemberId Beta = MemberId.Parse("BETA");

    [Fact]
    public void Trailing_margins_count_a_date_once_and_only_the_last_days()
    {
        var fund = new FundState();
        var day = new DateOnly(2026, 3, 2);
        fund.Apply(new DayMargins(day, [new(Alpha, 1000)]));
        fund.Apply(new DayMargins(day.AddDays(1), [new(Alpha, 10), new(Beta, 7)]));
        fund.Apply(new DayMargins(day.AddDays(1), [new(Alpha, 20), new(Beta, 5)]));
        fund.Apply(new DayMargins(day.AddDays(2), [new(Alpha, 30)]));
        fund.TrailingMargins(2).ShouldBe(new Dictionary<MemberId, BigInteger> { [Alpha] = 50, [Beta] = 5 }, ignoreOrder: true);
        fund.TrailingMargins(9)[Alpha].ShouldBe(1050);
        Should.Throw<InvalidOperationException>(() => fund.Apply(new DayMargins(day, []))).Message.ShouldContain("2026-03-02");
    }

    [Fact]
    public void A_sizing_whose_contributions_do_not_sum_to_the_fund_or_out_of_order_is_refused()
    {
        var fund = new FundState();
        var sized = new FundSized(1, 1, 5, 10, Usd, 90, "down", 100, [new(Alpha, 60), new(Beta, 40)]);
        Should.Throw<InvalidOperationException>(() => fund.Apply(sized with { Fund = 101 }));
        Should.Throw<InvalidOperationException>(() => fund.Apply(sized with { Call = 2 }));
        fund.Apply(sized);
        Should.Throw<InvalidOperationException>(() => fund.Apply(sized));
    }

    [Fact]
    public void What_is_called_cannot_be_drawn_out_and_a_miss_is_of_what_lacks()
    {
        var account = Account();
        account.Apply(new FundRequirementSet(1, 500, 100));
        Deposit(account, "1", 400);
        FundAccounts.StatusOf(account.Fund!, 400).ShouldBe(ContributionStatus.Due);
        FundAccounts.DecideDeadline(account, 99).ShouldBeNull();
        var missed = FundAccounts.DecideDeadline(account, 100).ShouldNotBeNull();
        missed.ShouldBe(new ContributionMissed(1, 100));
        account.Apply(missed);
        FundAccounts.DecideDeadline(account, 101).ShouldBeNull("a miss is told once");
        FundAccounts.StatusOf(account.Fund!, 400).ShouldBe(ContributionStatus.Missed);
        Deposit(account, "2", 150);
        FundAccounts.StatusOf(account.Fund!, 550).ShouldBe(ContributionStatus.Met);
        CashRequests.DecideWithdraw(account, RequestId.Parse("3"), new Money(51, Usd), new DateOnly(2026, 3, 2)).Kind.ShouldBe(CashDecisionKind.InsufficientHeadroom);
        CashRequests.DecideWithdraw(account, RequestId.Parse("3"), new Money(50, Usd), new DateOnly(2026, 3, 2)).Kind.ShouldBe(CashDecisionKind.Booked);
        AccountState.Restore(account.ToSnapshot()).Fund.ShouldBe(account.Fund);
    }

    [Fact]
    public void What_a_default_draws_is_due_with_the_next_call_and_what_was_not_paid_keeps_its_deadline()
    {
        var paid = Account();
        paid.Apply(new FundRequirementSet(1, 500, 100));
        Deposit(paid, "1", 500);
        Draw(paid, 300);
        Draw(paid, 100);
        FundAccounts.DecideDeadline(paid, 1_000).ShouldBeNull();
        FundAccounts.DecideRequirement(paid, new FundRequirementSet(2, 500, 2_000)).Deadline.ShouldBe(2_000);
        AccountState.Restore(paid.ToSnapshot()).Fund.ShouldBe(paid.Fund);

        var unpaid = Account();
        unpaid.Apply(new FundRequirementSet(1, 500, 100));
        Deposit(unpaid, "1", 499);
        Draw(unpaid, 300);
        FundAccounts.DecideDeadline(unpaid, 100).ShouldBe(new ContributionMissed(1, 301));
        FundAccounts.DecideRequirement(unpaid, new FundRequirementSet(2, 500, 2_000)).Deadline.ShouldBe(100);
    }

    [Fact]
    public void Who_paid_late_and_is_drawn_on_has_missed_nothing_of_the_next_call()
    {
        var account = Account();
        account.Apply(new FundRequirementSet(1, 500, 100));
        account.Apply(FundAccounts.DecideDeadline(account, 100).ShouldNotBeNull());
        Deposit(account, "1", 500);
        Draw(account, 200);
        account.Apply(FundAccounts.DecideRequirement(account, new FundRequirementSet(2, 500, 2_000)));
        FundAccounts.StatusOf(account.Fund!, 300).ShouldBe(ContributionStatus.Due);
    }

    [Fact]
    public void Only_an_account_of_the_fund_can_be_asked_and_only_by_a_later_sizing()
    {
        var house = new AccountState(AccountId.Parse("ALPHA.HOUSE"));
        house.Apply(new AccountDefined(house.Id, Alpha, Segregation.House, Usd, 0));
        Should.Throw<InvalidOperationException>(() => house.Apply(new FundRequirementSet(1, 500, 100)));
        var account = Account();
        account.Apply(new FundRequirementSet(2, 500, 100));
        Should.Throw<InvalidOperationException>(() => account.Apply(new FundRequirementSet(2, 600, 100)));
        FundAccounts.Is(account.Id).ShouldBeTrue();
        FundAccounts.Is(house.Id).ShouldBeFalse();
    }

    private static AccountState Account()
    {
        var account = new AccountState(FundAccounts.Of(Alpha));
        account.Apply(new AccountDefined(account.Id, Alpha, Segregation.DefaultFund, Usd, 0));
        return account;
    }

    private static void Draw(AccountState account, long minor) => account.Apply(new CashBooked(new CashEntry(
        CashEntryType.Default, new DateOnly(2026, 3, 2), account.Id, CcpAccounts.Default, new Money(-minor, Usd), CashCause.OfRequest(RequestId.Parse($"DEFAULT.1.{minor}")))));

    private static void Deposit(AccountState account, string request, long minor) =>
        account.Apply(CashRequests.DecideDeposit(account, RequestId.Parse(request), new Money(minor, Usd), new DateOnly(2026, 3, 2)).Event);
}
