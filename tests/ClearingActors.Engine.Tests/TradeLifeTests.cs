using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Tests;

public sealed class TradeLifeTests
{
    [Fact]
    public async Task A_trade_is_novated_on_both_sides()
    {
        await using var house = await TestHouse.StartAsync();
        var outcome = await house.SubmitAsync(TestHouse.Report("T1"));
        outcome.Kind.ShouldBe(TradeOutcomeKind.Novated);
        outcome.Cycle.ShouldBe(1);
        outcome.ClearingDate.ShouldBe(TestHouse.Monday);
        await house.Engine.QuiesceAsync();
        (await house.PositionAsync("ALPHA.HOUSE")).ShouldBe(10);
        (await house.PositionAsync("BETA.HOUSE")).ShouldBe(-10);
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_same_report_again_gets_the_first_answer_and_changes_nothing()
    {
        await using var house = await TestHouse.StartAsync();
        var first = await house.SubmitAsync(TestHouse.Report("T1"));
        var again = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => house.SubmitAsync(TestHouse.Report("T1"))));
        again.ShouldAllBe(o => o == first);
        (await house.SubmitAsync(TestHouse.Report("T1", quantity: 11))).Reason.ShouldBe(RejectReason.Conflict);
        await house.Engine.QuiesceAsync();
        (await house.PositionAsync("ALPHA.HOUSE")).ShouldBe(10);
    }

    [Theory]
    [InlineData("UnknownAccount", RejectReason.UnknownAccount)]
    [InlineData("ClientMissing", RejectReason.ClientMissing)]
    [InlineData("InsufficientHeadroom", RejectReason.InsufficientHeadroom)]
    [InlineData("OffTick", RejectReason.OffTick)]
    [InlineData("SameAccount", RejectReason.SameAccount)]
    [InlineData("QuantityLimit", RejectReason.QuantityLimit)]
    [InlineData("PriceOutsideBands", RejectReason.PriceOutsideBands)]
    public async Task A_rejected_trade_touches_neither_side_and_keeps_its_answer(string what, RejectReason reason)
    {
        await using var house = await TestHouse.StartAsync();
        var report = what switch
        {
            "UnknownAccount" => TestHouse.Report("T1", buyer: "NOBODY"),
            "ClientMissing" => TestHouse.Report("T1", buyer: "ALPHA.GROSS"),
            "InsufficientHeadroom" => TestHouse.Report("T1", quantity: 1000, price: 2750.25m, buyer: "POOR.HOUSE"),
            "OffTick" => TestHouse.Report("T1", price: 2750.30m),
            "SameAccount" => TestHouse.Report("T1", seller: "ALPHA.HOUSE"),
            "QuantityLimit" => TestHouse.Report("T1", quantity: 1001),
            "PriceOutsideBands" => TestHouse.Report("T1", price: 100_000.25m),
            _ => throw new ArgumentException(what),
        };
        (await house.SubmitAsync(report)).ShouldBe(TradeOutcome.Rejected(reason));
        (await house.SubmitAsync(report)).ShouldBe(TradeOutcome.Rejected(reason));
        await house.Engine.QuiesceAsync();
        (await house.PositionAsync("ALPHA.HOUSE")).ShouldBe(0);
        (await house.PositionAsync("BETA.HOUSE")).ShouldBe(0);
        (await house.AccountAsync("BETA.HOUSE")).Reservations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cancel_takes_both_sides_back_within_the_cycle_and_is_refused_after_it()
    {
        await using var house = await TestHouse.StartAsync();
        await house.SubmitAsync(TestHouse.Report("T1"));
        await house.SubmitAsync(TestHouse.Report("T2"));
        (await house.SubmitAsync(TestHouse.Report("T1"), cancel: true)).Kind.ShouldBe(TradeOutcomeKind.Cancelled);
        (await house.SubmitAsync(TestHouse.Report("T1"), cancel: true)).Kind.ShouldBe(TradeOutcomeKind.Cancelled);
        await house.Engine.QuiesceAsync();
        (await house.PositionAsync("ALPHA.HOUSE")).ShouldBe(10);
        await house.Engine.RunSettlementCycleAsync("operator:test", TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2751_00)]);
        (await house.SubmitAsync(TestHouse.Report("T2"), cancel: true)).Reason.ShouldBe(RejectReason.NotCancellable);
        (await house.PositionAsync("BETA.HOUSE")).ShouldBe(-10);
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cycle_pays_variation_margin_that_sums_to_zero()
    {
        await using var house = await TestHouse.StartAsync();
        await house.SubmitAsync(TestHouse.Report("T1"));
        var result = await house.Engine.RunSettlementCycleAsync("operator:test", TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2760_25)]);
        var usd = result.Currencies.ShouldHaveSingleItem();
        usd.Received.ShouldBe(10 * 10 * 50 * 100);
        usd.Paid.ShouldBe(usd.Received);
        usd.Rounding.ShouldBe(0);
        await house.Engine.QuiesceAsync();
        (await house.AccountAsync("ALPHA.HOUSE")).Balances.Single().Cash.ShouldBe(1_000_000_00 + 5_000_00);
        (await house.AccountAsync("BETA.HOUSE")).Balances.Single().Cash.ShouldBe(1_000_000_00 - 5_000_00);
        var books = await house.Engine.ReadBooksAsync();
        books.MatchedBook.ShouldBeTrue();
        books.CashConserved.ShouldBeTrue();
        var second = await house.Engine.RunSettlementCycleAsync("operator:test", TestHouse.Monday.AddDays(2), [new PricePoint(TestHouse.Future, 2760_25)]);
        second.Cycle.ShouldBe(2);
        second.Currencies.Single().Received.ShouldBe(0);
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_house_that_crashed_is_the_same_when_it_is_back()
    {
        await using var house = await TestHouse.StartAsync();
        for (var i = 0; i < 50; i++)
        {
            await house.SubmitAsync(TestHouse.Report($"T{i}", quantity: 1));
        }

        await house.Engine.RunSettlementCycleAsync("operator:test", TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2700_00)]);
        await house.SubmitAsync(TestHouse.Report("T50", quantity: 7));
        await house.Engine.QuiesceAsync();
        var before = await house.Engine.Runtime.DigestAsync();
        house.Crash();
        house.Open();
        await house.Engine.QuiesceAsync();
        var after = await house.Engine.Runtime.DigestAsync();
        after.Select(Convert.ToHexString).ShouldBe(before.Select(Convert.ToHexString));
        (await house.SubmitAsync(TestHouse.Report("T50", quantity: 7))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        (await house.PositionAsync("ALPHA.HOUSE")).ShouldBe(57);
        house.FromSnapshot.ShouldBe(0);
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stopped_house_comes_back_from_its_snapshots()
    {
        await using var house = await TestHouse.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await house.SubmitAsync(TestHouse.Report($"T{i}", buyer: "ALPHA.GROSS", buyerClient: $"C{i % 3}", quantity: 1));
        }

        await house.Engine.QuiesceAsync();
        var before = await house.Engine.Runtime.DigestAsync();
        await house.Engine.StopAsync();
        house.Crash();
        house.Open();
        await house.Engine.QuiesceAsync();
        house.FromSnapshot.ShouldBeGreaterThan(0);
        (await house.Engine.Runtime.DigestAsync()).Select(Convert.ToHexString).ShouldBe(before.Select(Convert.ToHexString));
        (await house.AccountAsync("ALPHA.GROSS")).Positions.Count.ShouldBe(3);
        (await house.SubmitAsync(TestHouse.Report("T3", buyer: "ALPHA.GROSS", buyerClient: "C0", quantity: 1))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_halt_refuses_new_trades_until_resumed_and_a_suspended_member_takes_none()
    {
        await using var house = await TestHouse.StartAsync();
        await house.Engine.SetHaltAsync("operator:test", TestHouse.Future, true);
        (await house.SubmitAsync(TestHouse.Report("T1"))).Reason.ShouldBe(RejectReason.InstrumentHalted);
        await house.Engine.SetHaltAsync("operator:test", TestHouse.Future, false);
        await house.Engine.SetSuspensionAsync("operator:test", MemberId.Parse("BETA"), true);
        (await house.SubmitAsync(TestHouse.Report("T2"))).Reason.ShouldBe(RejectReason.MemberSuspended);
        await house.Engine.SetSuspensionAsync("operator:test", MemberId.Parse("BETA"), false);
        (await house.SubmitAsync(TestHouse.Report("T3"))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        house.Alarms.ShouldBeEmpty();
    }
}
