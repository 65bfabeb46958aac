using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using Action = ClearingActors.Contracts.Defaults.V1.Action;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 11 over a live house: from a trigger through porting, auction and waterfall to the last cent.</summary>
public sealed class DefaultTests
{
    private const string Anna = "operator:anna";
    private const string Ben = "operator:ben";
    private const long Minute = 60_000_000_000;

    internal const string Terms = """
        {
          "currency": "USD", "minorDigits": 2, "approvalMinutes": 60, "portingMinutes": 30,
          "auction": { "minutes": 20, "rounds": 2, "reserveMultiple": 10 },
        }
        """;

    [Fact]
    public async Task A_default_goes_from_its_trigger_to_closed_and_every_cent_is_accounted_for()
    {
        await using var house = await StartAsync();
        var engine = house.Engine;

        // BETA is short 500 lots at 2,750; at 2,800 it owes 1,250,000.00 and has 1,000,000.00.
        (await engine.ManageDefaultAsync(Anna, new TriggerDefaultRequest { Member = "BETA", Reason = "it says that it cannot pay" })).Stage.ShouldBe(Stage.Triggered);
        await engine.QuiesceAsync();
        (await house.SubmitAsync(TestHouse.Report("T2", quantity: 1))).Reason.ShouldBe(RejectReason.MemberSuspended);
        (await engine.ManageDefaultAsync(Anna, Decide(Action.Declare))).Stage.ShouldBe(Stage.Triggered);
        (await Should.ThrowAsync<RefusedException>(engine.ManageDefaultAsync(Anna, Decide(Action.Declare)))).Message.ShouldContain("another operator");
        await engine.ManageDefaultAsync(Ben, Decide(Action.Declare));
        await engine.QuiesceAsync();
        var d = await GetAsync(house);
        house.Alarms.ShouldBeEmpty(d.ToString());
        d.Accounts[1].Stage.ShouldBe(AccountStage.Held, d.ToString());
        (d.Stage, d.Refusals.Count, d.Accounts.Select(a => (a.Account, a.Stage))).ShouldSatisfyAllConditions(
            x => x.Stage.ShouldBe(Stage.ClosingOut),
            x => x.Count.ShouldBe(1),
            x => x.Item3.ShouldBe([("BETA.GROSS", AccountStage.Porting), ("BETA.HOUSE", AccountStage.Held)]));
        (await house.PositionAsync("BETA.HOUSE")).ShouldBe(0);
        (await house.PositionAsync("CCP.DEFAULT.1.2")).ShouldBe(-500);

        // The client's account goes over with its collateral.
        await engine.OfferPortingAsync("member:ALPHA", new OfferPortingRequest { Member = "ALPHA", Number = 1, Account = "BETA.GROSS" });
        await engine.ManageDefaultAsync(Anna, new PortAccountRequest { Number = 1, Account = "BETA.GROSS", Member = "ALPHA", Reason = "the client's wish" });
        await engine.QuiesceAsync();
        (await house.AccountAsync("BETA.GROSS")).Member.Value.ShouldBe("ALPHA");

        var lot = (await engine.GetAuctionsAsync("member:GAMMA", "GAMMA")).Auctions.ShouldHaveSingleItem().Auction.Lots.ShouldHaveSingleItem();
        lot.Positions.ShouldHaveSingleItem().Lots.ShouldBe(-500);
        lot.Margin.ShouldBePositive();
        await BidAsync(house, "ALPHA", lot.Id, -60_000_00);
        await BidAsync(house, "GAMMA", lot.Id, -900_000_00);
        await BidAsync(house, "GAMMA", lot.Id, -50_000_00);
        (await GetAsync(house)).ToString().ShouldNotContain("5000000");
        await engine.AdvanceBusinessTimeAsync(Anna, TestHouse.Noon + (21 * Minute));
        await engine.QuiesceAsync();
        d = await GetAsync(house);
        d.Auctions.ShouldHaveSingleItem().Lots.Single().Awards.Select(a => (a.Member, a.Amount)).ShouldBe([("GAMMA", -50_000_00)]);
        (await house.PositionAsync("GAMMA.HOUSE")).ShouldBe(-500);
        d.Accounts[1].Stage.ShouldBe(AccountStage.Settling);

        await engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(2), [new PricePoint(TestHouse.Future, 2800_00)]);
        await engine.QuiesceAsync();
        d = await GetAsync(house);
        d.Blocked.ShouldBeEmpty();
        d.Stage.ShouldBe(Stage.Allocated);

        // It lost nothing since the last settlement: GAMMA took the lot at 2,750, so the loss is what GAMMA was paid.
        (d.Allocation.Loss, d.Allocation.Unallocated).ShouldBe((50_000_00, 0));
        d.Allocation.Layers.Where(l => l.Used > 0).Select(l => (l.Layer, l.Used)).ShouldBe([("defaulter_margin", 50_000_00)]);
        await engine.ManageDefaultAsync(Anna, new CloseDefaultRequest { Number = 1, Reason = "done" });
        await engine.QuiesceAsync();
        (await GetAsync(house)).Stage.ShouldBe(Stage.Closed);
        (await CashAsync(house, "BETA.HOUSE")).ShouldBe(0);
        (await CashAsync(house, "CCP.DEFAULT.1.2")).ShouldBe(0);
        (await CashAsync(house, "CCP.DEFAULT")).ShouldBe(0);
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_seized_stays_as_it_was_told()
    {
        await using var house = await StartAsync();
        var engine = house.Engine;
        var beta = AccountId.Parse("BETA.HOUSE");
        await engine.ManageDefaultAsync(Anna, new TriggerDefaultRequest { Member = "BETA", Reason = "it says that it cannot pay" });
        await engine.ManageDefaultAsync(Anna, Decide(Action.Declare));
        await engine.ManageDefaultAsync(Ben, Decide(Action.Declare));
        await engine.QuiesceAsync();

        (await Should.ThrowAsync<RefusedException>(engine.BookCollateralAsync(Anna, beta, RequestId.Parse("late"), new Money(1_00, TestHouse.Usd)))).Message.ShouldContain("recorded as a recovery");
        (await Should.ThrowAsync<RefusedException>(engine.BookCollateralAsync(Anna, beta, RequestId.Parse("out"), new Money(-1_00, TestHouse.Usd)))).Message.ShouldContain("in default");
        (await CashAsync(house, "BETA.HOUSE")).ShouldBe(1_000_000_00);
    }

    [Fact]
    public async Task A_cycle_after_the_declaration_makes_nothing_due_from_the_defaulter()
    {
        await using var house = await StartAsync();
        var engine = house.Engine;
        await engine.ManageDefaultAsync(Anna, new TriggerDefaultRequest { Member = "BETA", Reason = "it says that it cannot pay" });
        await engine.ManageDefaultAsync(Anna, Decide(Action.Declare));
        await engine.ManageDefaultAsync(Ben, Decide(Action.Declare));
        await engine.QuiesceAsync();

        // At 2,900 the short 500 lots lose 3,750,000.00, on the clearing house's own account.
        await engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(2), [new PricePoint(TestHouse.Future, 2900_00)]);
        await engine.QuiesceAsync();
        (await house.AccountAsync("BETA.HOUSE")).PaymentsDue.ShouldBeEmpty();
        (await CashAsync(house, "CCP.DEFAULT.1.2")).ShouldBe(-3_750_000_00);
        (await GetAsync(house)).Claims.ShouldBeEmpty();
    }

    private static DecideDefaultRequest Decide(Action action) => new() { Number = 1, Action = action, Reason = "as seen" };

    private static async Task<Default> GetAsync(TestHouse house) => (await house.Engine.GetDefaultsAsync("auditor:x")).Defaults.ShouldHaveSingleItem();

    private static Task<PlaceBidResponse> BidAsync(TestHouse house, string member, string lot, long amount) =>
        house.Engine.PlaceBidAsync($"member:{member}", new PlaceBidRequest { Member = member, Number = 1, Lot = lot, Account = $"{member}.HOUSE", Amount = amount, Currency = "USD", Units = 1 });

    private static async Task<long> CashAsync(TestHouse house, string account) => (await house.Engine.GetAccountAsync("test", AccountId.Parse(account)))?.Account.Balances.Sum(b => b.Cash) ?? 0;

    /// <summary>500 lots from BETA to ALPHA, settled at their price, GAMMA beside them, and the terms set.</summary>
    private static async Task<TestHouse> StartAsync()
    {
        var house = await TestHouse.StartAsync();
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
        await engine.SetDefaultTermsAsync(Anna, Terms);
        (await house.SubmitAsync(TestHouse.Report("T1", quantity: 500, price: 2750m))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        await engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2750_00)]);
        return house;
    }
}
