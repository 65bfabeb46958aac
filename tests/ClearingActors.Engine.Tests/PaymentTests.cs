using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Messages;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 6.6: a payer that does not pay.</summary>
public sealed class PaymentTests
{
    private const string Operator = "operator:test";
    private const long Minute = 60_000_000_000;

    /// <summary>2,000 lots bought at 2,750.25 and settled at 2,729.25: 2.1 million, of which the buyer has one million.</summary>
    private const long Loss = 2_100_000_00;

    private const long Owed = Loss - 1_000_000_00;

    [Fact]
    public async Task At_the_deadline_the_claim_draws_the_sources_in_order_and_the_payer_s_cash_is_used_up()
    {
        await using var house = await HouseThatLostAsync(new PaymentTerms(30, [Source("CASH", 300_000_00), Source("BANK", 600_000_00)]));
        (await CashAsync(house, "ALPHA.HOUSE")).ShouldBe(-Owed);
        (await CashAsync(house, "BETA.HOUSE")).ShouldBe(1_000_000_00 + Loss);
        (await house.AccountAsync("ALPHA.HOUSE")).PaymentsDue.ShouldHaveSingleItem().ShouldBe(new PaymentDue(1, new Money(Owed, TestHouse.Usd), TestHouse.Noon + (30 * Minute)));
        await house.Engine.AdvanceAsync(Operator, TestHouse.Noon + (30 * Minute) - 1);
        (await ClaimsAsync(house)).ShouldBeEmpty();

        // The timer outlives a crash.
        house.Crash();
        house.Open();
        await house.Engine.AdvanceAsync(Operator, TestHouse.Noon + (30 * Minute));
        var claim = (await ClaimsAsync(house)).ShouldHaveSingleItem();
        claim.Missed.ShouldBe(new MissedPayment(AccountId.Parse("ALPHA.HOUSE"), MemberId.Parse("ALPHA"), 1, new Money(Owed, TestHouse.Usd), TestHouse.Noon + (30 * Minute), "", ""));
        claim.Draws.ShouldBe([new LiquidityDraw("CASH", new Money(300_000_00, TestHouse.Usd)), new LiquidityDraw("BANK", new Money(600_000_00, TestHouse.Usd))]);
        claim.Uncovered.ShouldBe(new Money(Owed - 900_000_00, TestHouse.Usd));
        (await CashAsync(house, "ALPHA.HOUSE")).ShouldBe(0);
        (await CashAsync(house, "CCP.DEFAULT")).ShouldBe(-(Owed - 900_000_00));
        (await CashAsync(house, "CCP.LIQUIDITY.CASH")).ShouldBe(-300_000_00);
        (await CashAsync(house, "CCP.LIQUIDITY.BANK")).ShouldBe(-600_000_00);
        (await house.Engine.ReadBooksAsync()).CashConserved.ShouldBeTrue();
        using var journal = SqliteJournal.OpenReadOnly(house.JournalPath);
        (await house.Engine.ReplayEqualsLiveAsync(journal)).ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_paid_before_the_deadline_is_not_claimed()
    {
        await using var house = await HouseThatLostAsync(new PaymentTerms(30, [Source("CASH", 3_000_000_00)]));
        await PayAsync(house, "late", Owed - 1);
        await house.Engine.AdvanceAsync(Operator, TestHouse.Noon + (31 * Minute));
        (await ClaimsAsync(house)).ShouldHaveSingleItem().Missed.Missing.MinorUnits.ShouldBe(1);
        (await house.AccountAsync("ALPHA.HOUSE")).PaymentsDue.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_operator_tells_that_a_payer_will_not_pay_with_a_reason_and_once()
    {
        await using var house = await HouseThatLostAsync(new PaymentTerms(0, [Source("CASH", 3_000_000_00)]));
        var alpha = AccountId.Parse("ALPHA.HOUSE");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.DeclareUnpaidAsync(Operator, alpha, 1, ""))).Message.ShouldContain("needs a reason");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.DeclareUnpaidAsync(Operator, alpha, 2, "no wire"))).Message.ShouldContain("owes nothing for cycle 2");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.DeclareUnpaidAsync(Operator, AccountId.Parse("BETA.HOUSE"), 1, "no wire"))).Message.ShouldContain("owes nothing");
        await house.Engine.DeclareUnpaidAsync(Operator, alpha, 1, "no wire");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.DeclareUnpaidAsync(Operator, alpha, 1, "no wire"))).Message.ShouldContain("owes nothing");
        var claim = (await ClaimsAsync(house)).ShouldHaveSingleItem();
        (claim.Missed.DecidedBy, claim.Missed.Reason, claim.Uncovered.MinorUnits).ShouldBe((Operator, "no wire", 0L));
    }

    [Fact]
    public async Task Two_cycles_are_due_apart_and_a_payment_meets_the_older()
    {
        await using var house = await HouseThatLostAsync(new PaymentTerms(30, []));
        await house.Engine.AdvanceAsync(Operator, TestHouse.Noon + (10 * Minute));
        await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday, [new PricePoint(TestHouse.Future, 2729_00)]);
        (await house.AccountAsync("ALPHA.HOUSE")).PaymentsDue.Select(d => (d.Cycle, d.Amount.MinorUnits)).ShouldBe([(1, Owed), (2, 25_000_00)]);
        await PayAsync(house, "part", Owed - 7);
        await house.Engine.AdvanceAsync(Operator, TestHouse.Noon + (30 * Minute));
        (await ClaimsAsync(house)).ShouldHaveSingleItem().Missed.Missing.MinorUnits.ShouldBe(7);
        (await CashAsync(house, "ALPHA.HOUSE")).ShouldBe(-25_000_00);
        await house.Engine.AdvanceAsync(Operator, TestHouse.Noon + (40 * Minute));
        (await ClaimsAsync(house)).Select(c => (c.Number, c.Missed.Cycle, c.Uncovered.MinorUnits)).ShouldBe([(1, 1, 7), (2, 2, 25_000_00)]);
    }

    [Fact]
    public async Task Payment_terms_that_make_no_sense_are_refused_by_name()
    {
        await using var house = await TestHouse.StartAsync();
        async Task<string> RefusedAsync(PaymentTerms terms) => (await Should.ThrowAsync<RefusedException>(() => house.Engine.SetPaymentTermsAsync(Operator, terms))).Message;
        (await RefusedAsync(new PaymentTerms(-1, []))).ShouldContain("-1 minutes");
        (await RefusedAsync(new PaymentTerms(1, [Source("A B", 1)]))).ShouldContain("\"A B\"");
        (await RefusedAsync(new PaymentTerms(1, [Source("A", 0)]))).ShouldContain("must be above 0");
        (await RefusedAsync(new PaymentTerms(1, [Source("A", 1), Source("A", 2)]))).ShouldContain("twice");
        await house.Engine.SetPaymentTermsAsync(Operator, new PaymentTerms(1, [Source("A", 1)]));
        await house.Engine.SetPaymentTermsAsync(Operator, new PaymentTerms(1, [Source("A", 1)]));
    }

    private static LiquiditySource Source(string name, long limit) => new(name, new Money(limit, TestHouse.Usd));

    private static async Task<TestHouse> HouseThatLostAsync(PaymentTerms terms)
    {
        var house = await TestHouse.StartAsync();
        await house.Engine.SetPaymentTermsAsync(Operator, terms);
        foreach (var id in new[] { "T1", "T2" })
        {
            (await house.SubmitAsync(TestHouse.Report(id, quantity: 1000, guaranteed: true))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        }

        await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday, [new PricePoint(TestHouse.Future, 2729_25)]);
        return house;
    }

    private static Task PayAsync(TestHouse house, string request, long amount) =>
        house.Engine.BookCollateralAsync(Operator, AccountId.Parse("ALPHA.HOUSE"), RequestId.Parse(request), new Money(amount, TestHouse.Usd));

    private static async Task<IReadOnlyList<ClaimOpened>> ClaimsAsync(TestHouse house)
    {
        await house.Engine.QuiesceAsync(TestContext.Current.CancellationToken);
        return (await house.Engine.GetSettlementAsync(Operator)).Claims;
    }

    private static async Task<long> CashAsync(TestHouse house, string account)
    {
        await house.Engine.QuiesceAsync(TestContext.Current.CancellationToken);
        return (await house.AccountAsync(account)).Balances.Single().Cash;
    }
}
