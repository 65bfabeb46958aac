using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Tests;

public sealed class ExpiryTests
{
    private const string Operator = "operator:test";

    [Fact]
    public async Task A_future_with_a_final_price_is_settled_once_more_and_then_nobody_holds_it()
    {
        await using var house = await HouseWithPositionsAsync();
        var engine = house.Engine;
        await Should.ThrowAsync<RefusedException>(() => engine.FixFinalPriceAsync(Operator, Contracts.Near(), null, ""));
        await engine.AdvanceAsync(Operator, Contracts.Expiry);
        (await Should.ThrowAsync<RefusedException>(() => engine.FixFinalPriceAsync(Operator, Contracts.Near(), null, ""))).Message.ShouldContain("give its final price and a reason");
        (await engine.FixFinalPriceAsync(Operator, Contracts.Near(), 2510_00, "no marks")).ShouldBe(2510_00);
        (await engine.FixFinalPriceAsync(Operator, Contracts.Near(), null, "")).ShouldBe(2510_00);

        // A crash between the price and the cycle loses neither.
        await engine.QuiesceAsync();
        house.Crash();
        house.Open();
        engine = house.Engine;
        var refused = await Should.ThrowAsync<RefusedException>(() => engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(1), [new PricePoint(Contracts.Near().Id, 2500_00)]));
        refused.Message.ShouldContain("final price 2510");
        var result = await engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2400_00)]);
        result.Currencies.ShouldHaveSingleItem().Received.ShouldBe(10 * 50 * 10_00);

        (await house.PositionAsync("ALPHA.HOUSE")).ShouldBe(0);
        (await house.AccountAsync("BETA.HOUSE")).Balances.ShouldHaveSingleItem().Requirement.ShouldBe(0);
        (await house.AccountAsync("ALPHA.HOUSE")).Balances.ShouldHaveSingleItem().Cash.ShouldBe(1_000_000_00 + 5_000_00);
        var books = await engine.ReadBooksAsync();
        books.Positions.Keys.ShouldNotContain(Contracts.Near().Id);
        books.CashConserved.ShouldBeTrue();

        // The next cycle asks for no price of it, and no trade in it comes in any more.
        await engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(2), []);
        (await house.SubmitAsync(TestHouse.Report("T2", instrument: "SPX.NEAR"))).Reason.ShouldBe(RejectReason.InstrumentExpired);
    }

    [Fact]
    public async Task The_state_after_an_expiry_is_what_the_journal_alone_gives()
    {
        await using var house = await HouseWithPositionsAsync();
        await house.Engine.AdvanceAsync(Operator, Contracts.Expiry);
        await house.Engine.FixFinalPriceAsync(Operator, Contracts.Near(), 2510_00, "no marks");
        await house.Engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2400_00)]);
        using var journal = SqliteJournal.OpenReadOnly(house.JournalPath);
        (await house.Engine.ReplayEqualsLiveAsync(journal)).ShouldBeTrue();
    }

    private static async Task<TestHouse> HouseWithPositionsAsync()
    {
        var house = await TestHouse.StartAsync();
        await house.Engine.DefineInstrumentAsync(Operator, Contracts.Near());
        (await house.SubmitAsync(TestHouse.Report("T1", instrument: "SPX.NEAR", quantity: 10, price: 2500m))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        return house;
    }
}
