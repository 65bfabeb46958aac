using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Domain.Tests;

public sealed class CashTests
{
    private readonly TestHouse _house = new();

    [Fact]
    public void A_deposit_is_a_double_entry_with_the_bank()
    {
        var entry = CashRequests.DecideDeposit(_house.Buyer, RequestId.Parse("r1"), Usd(500), TestHouse.Monday).Event.Entry;
        entry.ShouldBe(new CashEntry(
            CashEntryType.Collateral, TestHouse.Monday, _house.Buyer.Id, CcpAccounts.Bank, Usd(500), CashCause.OfRequest(RequestId.Parse("r1"))));
        entry.Mirrored().ShouldBe(entry with { Account = CcpAccounts.Bank, CounterAccount = _house.Buyer.Id, Amount = Usd(-500) });

        var bank = new AccountState(CcpAccounts.Bank);
        bank.Apply(new AccountDefined(bank.Id, CcpAccounts.Member, Segregation.House, TestHouse.Usd, 1));
        bank.Apply(new CashBooked(entry.Mirrored()));
        bank.Apply(new CashBooked(entry.Mirrored()));
        bank.BalanceOf(TestHouse.Usd).Cash.ShouldBe(-1000, "the CCP's accounts may be negative, and two accounts may use the same request id");
    }

    [Fact]
    public void A_request_is_booked_once_and_its_id_stands_for_one_amount()
    {
        var request = RequestId.Parse("r1");
        _house.Buyer.Apply(CashRequests.DecideDeposit(_house.Buyer, request, Usd(500), TestHouse.Monday).Event);
        CashRequests.DecideDeposit(_house.Buyer, request, Usd(500), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.AlreadyBooked);
        CashRequests.DecideDeposit(_house.Buyer, request, Usd(501), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.Conflict);
        CashRequests.DecideWithdraw(_house.Buyer, request, Usd(500), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.Conflict);
        var restored = AccountState.Restore(_house.Buyer.ToSnapshot());
        CashRequests.DecideDeposit(restored, request, Usd(500), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.AlreadyBooked);
    }

    [Fact]
    public void An_account_remembers_its_last_1024_requests()
    {
        var account = _house.Account("ALPHA.X", TestHouse.Alpha, cash: 0);
        for (var i = 0; i <= AccountState.RememberedRequests; i++)
        {
            account.Apply(CashRequests.DecideDeposit(account, RequestId.Parse($"r{i}"), Usd(1), TestHouse.Monday).Event);
        }

        account.TryGetRequest(RequestId.Parse("r0"), out _).ShouldBeFalse();
        account.TryGetRequest(RequestId.Parse("r1"), out _).ShouldBeTrue();
        account.ToSnapshot().Requests.Count.ShouldBe(AccountState.RememberedRequests);
        Same.State(AccountState.Restore(account.ToSnapshot()).ToSnapshot(), account.ToSnapshot());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void An_amount_that_is_not_above_zero_or_is_too_large_is_refused(long minorUnits)
    {
        CashRequests.DecideDeposit(_house.Buyer, RequestId.Parse("r"), Usd(minorUnits), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.AmountNotAllowed);
        CashRequests.DecideWithdraw(_house.Buyer, RequestId.Parse("r"), Usd(minorUnits), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.AmountNotAllowed);
    }

    [Fact]
    public void Deposits_that_would_not_fit_the_balance_are_refused()
    {
        var account = _house.Account("ALPHA.X", TestHouse.Alpha, cash: 0);
        var booked = 0;
        for (var i = 0; i < 12; i++)
        {
            var decision = CashRequests.DecideDeposit(account, RequestId.Parse($"r{i}"), Usd(CashRequests.MaxAmount), TestHouse.Monday);
            if (decision.Kind == CashDecisionKind.Booked)
            {
                account.Apply(decision.Event);
                booked++;
            }
        }

        booked.ShouldBe(9);
    }

    [Fact]
    public void A_withdrawal_leaves_the_requirement_covered_without_the_intraday_limit()
    {
        var account = _house.Account("ALPHA.X", TestHouse.Alpha, cash: 1500m);
        account.Apply(new IntradayLimitSet(account.Id, Usd(1_000_000)));
        _house.Trade(_house.Report(quantity: 10), buyer: account).ShouldBe(RejectReason.None);
        CashRequests.DecideWithdraw(account, RequestId.Parse("w"), Usd(50_001), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.InsufficientHeadroom);
        var fits = CashRequests.DecideWithdraw(account, RequestId.Parse("w"), Usd(50_000), TestHouse.Monday);
        fits.Kind.ShouldBe(CashDecisionKind.Booked);
        account.Apply(fits.Event);
        account.BalanceOf(TestHouse.Usd).Cash.ShouldBe(100_000);
        CashRequests.DecideWithdraw(account, RequestId.Parse("w"), Usd(50_000), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.AlreadyBooked);
    }

    [Fact]
    public void Variation_margin_to_be_paid_cannot_be_withdrawn_before_it_is_booked()
    {
        var account = _house.Account("ALPHA.X", TestHouse.Alpha, cash: 1500m);
        _house.Trade(_house.Report(quantity: 10), buyer: account).ShouldBe(RejectReason.None);
        _house.Directory.TryGetInstrument(TestHouse.Future, out var listed).ShouldBeTrue();
        var prices = new SettlementPrices(1, TestHouse.Monday, [new SettlementPrice(listed.Instrument, 399_975)]);
        account.Apply(VariationMargin.Decide(account, prices).Event);
        account.UnbookedVariationMargin.ShouldHaveSingleItem().AmountMinor.ShouldBe(-12_500);
        CashRequests.DecideWithdraw(account, RequestId.Parse("w"), Usd(37_501), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.InsufficientHeadroom);
        CashRequests.DecideWithdraw(account, RequestId.Parse("w"), Usd(37_500), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.Booked);
    }

    [Fact]
    public void Cash_is_not_booked_on_an_account_nobody_defined_or_on_the_CCPs_by_request()
    {
        var unknown = new AccountState(AccountId.Parse("NOBODY"));
        CashRequests.DecideDeposit(unknown, RequestId.Parse("r"), Usd(1), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.AccountNotActive);
        var bank = new AccountState(CcpAccounts.Bank);
        bank.Apply(new AccountDefined(bank.Id, CcpAccounts.Member, Segregation.House, TestHouse.Usd, 1));
        CashRequests.DecideDeposit(bank, RequestId.Parse("r"), Usd(1), TestHouse.Monday).Kind.ShouldBe(CashDecisionKind.AccountNotActive);
    }

    private static Money Usd(long minorUnits) => new(minorUnits, TestHouse.Usd);
}
