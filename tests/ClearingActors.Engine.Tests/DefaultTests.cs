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
        await engine.AdvanceAsync(Anna, TestHouse.Noon + (21 * Minute));
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_loss_beyond_margin_runs_through_every_layer_and_recovery_takes_the_rest(bool crashing)
    {
        await using var house = await StartAsync(Terms.Replace("\"approvalMinutes\"", "\"gainsHaircutPercent\": 2, \"approvalMinutes\"", StringComparison.Ordinal));
        await FundAsync(house);
        await DeclareAsync(house, crashing);

        // 500 lots short, moved at 2,750: the rise to 2,800 costs the default account 1,250,000.00, and GAMMA takes 50,000.00 more to have them.
        await house.Engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(2), [new PricePoint(TestHouse.Future, 2800_00)]);
        await StepAsync(house, crashing);
        await BidAsync(house, "GAMMA", "D1.1.1", -50_000_00);
        await StepAsync(house, crashing);
        await house.Engine.AdvanceAsync(Anna, TestHouse.Noon + (21 * Minute));
        await StepAsync(house, crashing);
        await house.Engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(3), [new PricePoint(TestHouse.Future, 2800_00)]);
        await StepAsync(house, crashing);

        var d = await GetAsync(house);
        d.Stage.ShouldBe(Stage.ClosingOut, "the client's porting window is open");
        await house.Engine.AdvanceAsync(Anna, TestHouse.Noon + (31 * Minute));
        await StepAsync(house, crashing);
        await house.Engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(4), [new PricePoint(TestHouse.Future, 2800_00)]);
        await StepAsync(house, crashing);
        d = await GetAsync(house);
        d.Stage.ShouldBe(Stage.Allocated, d.ToString());
        d.Allocation.Loss.ShouldBe(1_300_000_00);
        d.Allocation.Layers.Select(l => (l.Layer, l.Used)).ShouldBe([
            ("defaulter_margin", 1_000_000_00), ("defaulter_default_fund", 10_000_00), ("ccp_junior_capital", 50_000_00), ("default_fund", 50_000_00), ("ccp_senior_capital", 100_000_00), ("assessments", 50_000_00)]);
        d.Allocation.Layers[3].ByMember.Select(m => (m.Member, m.Amount)).ShouldBe([("ALPHA", 49_000_00), ("GAMMA", 1_000_00)]);
        d.Allocation.Unallocated.ShouldBe(40_000_00);
        (await CashAsync(house, "BETA.HOUSE")).ShouldBe(-40_000_00);
        (await CashAsync(house, "BETA.GROSS")).ShouldBe(1_000_000_00, "no client pays for its member");
        (await CashAsync(house, "FUND.ALPHA")).ShouldBe(-49_000_00, "the assessment is owed");
        (await Should.ThrowAsync<RefusedException>(house.Engine.ManageDefaultAsync(Anna, new CloseDefaultRequest { Number = 1, Reason = "tired" }))).Message.ShouldContain("4000000");

        // Two per cent of the 1,250,000.00 that ALPHA has gained since the declaration, then the clearing house's equity.
        await BothAsync(house, Action.HaircutGains, crashing);
        (await GetAsync(house)).Allocation.Unallocated.ShouldBe(15_000_00);
        await BothAsync(house, Action.WriteOff, crashing);
        d = await GetAsync(house);
        (d.Allocation.Unallocated, d.WindDown, d.Allocation.Layers.Sum(l => l.Used)).ShouldBe((0, true, 1_300_000_00));
        (await CashAsync(house, "BETA.HOUSE")).ShouldBe(0);
        await house.Engine.ManageDefaultAsync(Ben, new CloseDefaultRequest { Number = 1, Reason = "all is borne" });
        await StepAsync(house, crashing);
        (await CashAsync(house, "BETA.GROSS")).ShouldBe(0, "the client has its collateral back");
        (await GetAsync(house)).Stage.ShouldBe(Stage.Closed);
        var fund = await house.Engine.GetDefaultFundAsync(Anna);
        (fund.Sized!.Call, fund.Sized.Contributions.Select(c => c.Member.Value)).ShouldSatisfyAllConditions(x => x.Call.ShouldBe(2), x => x.Item2.ShouldBe(["ALPHA", "GAMMA"]));

        // 20,000.00 come back: first to the equity, then to those whose gains were cut.
        var before = await CashAsync(house, "ALPHA.HOUSE");
        d = await house.Engine.ManageDefaultAsync(Ben, new RecordRecoveryRequest { Number = 1, Amount = 20_000_00, Reason = "from the estate" });
        d.Notes[^1].What.ShouldBe("record a recovery of 20000.00 USD");
        d.Recoveries.ShouldHaveSingleItem().Repaid.Select(l => (l.Layer, l.Used)).ShouldBe([("ccp_remaining_equity", 15_000_00), ("gains_haircut", 5_000_00)]);
        await StepAsync(house, crashing);
        (await CashAsync(house, "ALPHA.HOUSE")).ShouldBe(before + 5_000_00);
        (await CashAsync(house, "CCP.EQUITY")).ShouldBe(0);
        foreach (var own in new[] { "CCP.DEFAULT", "CCP.DEFAULT.1.1", "CCP.DEFAULT.1.2", "CCP.SETTLEMENT" })
        {
            (await CashAsync(house, own)).ShouldBe(0, own);
        }

        await AssertBooksAsync(house);
        house.Alarms.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_no_auction_sells_is_torn_up_against_those_who_hold_the_opposite(bool crashing)
    {
        await using var house = await StartAsync();
        await house.SubmitAsync(TestHouse.Report("T2", buyer: "GAMMA.HOUSE", seller: "ALPHA.HOUSE", quantity: 100, price: 2750m));
        await house.Engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(2), [new PricePoint(TestHouse.Future, 2750_00)]);
        await DeclareAsync(house, crashing);
        for (var minutes = 21; minutes <= 63; minutes += 21)
        {
            await house.Engine.AdvanceAsync(Anna, TestHouse.Noon + (minutes * Minute));
            await StepAsync(house, crashing);
        }

        var d = await GetAsync(house);
        (d.Auctions.Count, d.Accounts[1].Stage).ShouldBe((2, AccountStage.Unsold), d.ToString());
        await BothAsync(house, Action.TearUp, crashing);
        (await house.PositionAsync("ALPHA.HOUSE")).ShouldBe(0);
        (await house.PositionAsync("GAMMA.HOUSE")).ShouldBe(0);
        (await house.PositionAsync("CCP.DEFAULT.1.2")).ShouldBe(0);
        await house.Engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(3), [new PricePoint(TestHouse.Future, 2900_00)]);
        await StepAsync(house, crashing);
        d = await GetAsync(house);
        (d.Stage, d.Allocation.Loss).ShouldBe((Stage.Allocated, 0), d.ToString());
        d.Legs.Where(l => l.Purpose == Leg.Types.Purpose.TearUp).Select(l => (l.Seller, l.Lots)).ShouldBe([("ALPHA.HOUSE", 400), ("GAMMA.HOUSE", 100)]);
        (await CashAsync(house, "ALPHA.HOUSE")).ShouldBe(1_000_000_00);
        await AssertBooksAsync(house);
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_trigger_that_nobody_declares_is_lifted_and_the_member_trades_again()
    {
        await using var house = await StartAsync();
        await house.Engine.ManageDefaultAsync(Anna, new TriggerDefaultRequest { Member = "BETA", Reason = "a rumour" });
        await house.Engine.ManageDefaultAsync(Anna, Decide(Action.Declare));
        await house.Engine.AdvanceAsync(Anna, TestHouse.Noon + (61 * Minute));
        (await GetAsync(house)).Stage.ShouldBe(Stage.Lifted);
        (await house.SubmitAsync(TestHouse.Report("T2", quantity: 1))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        (await Should.ThrowAsync<RefusedException>(house.Engine.ManageDefaultAsync(Ben, Decide(Action.Declare)))).Message.ShouldContain("Lifted");

        // It can be triggered again, and a member that is in default already cannot.
        await house.Engine.ManageDefaultAsync(Anna, new TriggerDefaultRequest { Member = "BETA", Reason = "now it is true" });
        (await Should.ThrowAsync<RefusedException>(house.Engine.ManageDefaultAsync(Ben, new TriggerDefaultRequest { Member = "BETA", Reason = "too" }))).Message.ShouldContain("already");
    }

    [Fact]
    public async Task A_missed_call_triggers_the_default_of_its_member_and_suspends_it()
    {
        await using var house = await StartAsync();
        await house.Engine.BookCollateralAsync(Anna, AccountId.Parse("BETA.HOUSE"), RequestId.Parse("out"), new Money(-400_000_00, TestHouse.Usd));
        await MarkAsync(house, 2790m);
        await house.Engine.RunMarginAsync(Anna);
        await house.Engine.AdvanceAsync(Anna, TestHouse.Noon + (61 * Minute));
        var d = await GetAsync(house);
        (d.Member, d.Stage, d.Cause, d.TriggeredBy).ShouldBe(("BETA", Stage.Triggered, Cause.MissedCall, ""));
        d.Detail.ShouldContain("BETA.HOUSE");
        (await house.SubmitAsync(TestHouse.Report("T2", quantity: 1))).Reason.ShouldBe(RejectReason.MemberSuspended);
    }

    [Fact]
    public async Task An_assessment_that_was_not_paid_is_part_of_the_loss_when_its_member_defaults_too()
    {
        await using var house = await StartAsync(Terms.Replace("\"portingMinutes\": 30", "\"portingMinutes\": 0", StringComparison.Ordinal));
        var engine = house.Engine;
        await FundAsync(house);
        await DeclareAsync(house, crashing: false);
        await engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(2), [new PricePoint(TestHouse.Future, 2800_00)]);
        await engine.QuiesceAsync();
        await BidAsync(house, "GAMMA", "D1.1.1", -50_000_00);
        await engine.AdvanceAsync(Anna, TestHouse.Noon + (21 * Minute));
        await engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(3), [new PricePoint(TestHouse.Future, 2800_00)]);
        await engine.QuiesceAsync();
        (await CashAsync(house, "FUND.ALPHA")).ShouldBe(-49_000_00);

        // ALPHA fails with the assessment unpaid; its house account has gained enough.
        await engine.ManageDefaultAsync(Anna, new TriggerDefaultRequest { Member = "ALPHA", Reason = "and it too" });
        await engine.ManageDefaultAsync(Anna, new DecideDefaultRequest { Number = 2, Action = Action.Declare, Reason = "seen" });
        await engine.ManageDefaultAsync(Ben, new DecideDefaultRequest { Number = 2, Action = Action.Declare, Reason = "seen" });
        await engine.QuiesceAsync();
        var second = (await engine.GetDefaultsAsync(Anna, 2)).Defaults.ShouldHaveSingleItem();
        second.Accounts.Select(a => a.Account).ShouldBe(["ALPHA.GROSS", "ALPHA.HOUSE", "FUND.ALPHA", "POOR.HOUSE"]);
        await engine.PlaceBidAsync("member:GAMMA", new PlaceBidRequest { Member = "GAMMA", Number = 2, Lot = "D2.1.1", Account = "GAMMA.HOUSE", Amount = 0, Currency = "USD", Units = 1 });
        await engine.AdvanceAsync(Anna, TestHouse.Noon + (42 * Minute));
        await engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(4), [new PricePoint(TestHouse.Future, 2800_00)]);
        await engine.QuiesceAsync();
        second = (await engine.GetDefaultsAsync(Anna, 2)).Defaults.ShouldHaveSingleItem();
        (second.Stage, second.Allocation?.Loss, second.Allocation?.Layers[0].Used).ShouldBe((Stage.Allocated, 49_000_00, 49_000_00), second.ToString());
        (await CashAsync(house, "FUND.ALPHA")).ShouldBe(0);
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_nobody_decides_on_is_offered_again_by_itself()
    {
        await using var house = await StartAsync(Terms.Replace("\"rounds\": 2", "\"rounds\": 1, \"unsoldMinutes\": 30", StringComparison.Ordinal));
        await DeclareAsync(house, crashing: false);
        await house.Engine.AdvanceAsync(Anna, TestHouse.Noon + (21 * Minute));
        await StepAsync(house, crashing: true);
        var account = (await GetAsync(house)).Accounts[1];
        (account.Stage, account.PortUntil).ShouldBe((AccountStage.Unsold, TestHouse.Noon + (51 * Minute)));
        await house.Engine.AdvanceAsync(Anna, TestHouse.Noon + (52 * Minute));
        await StepAsync(house, crashing: false);
        var d = await GetAsync(house);
        (d.Accounts[1].Stage, d.Auctions.Count, d.Auctions[^1].Closed).ShouldBe((AccountStage.Held, 2, false), d.ToString());
    }

    [Fact]
    public async Task A_decision_that_is_sent_again_under_its_id_is_carried_out_once()
    {
        await using var house = await StartAsync();
        await DeclareAsync(house, crashing: false);
        var cost = new ChargeCostRequest { Number = 1, Account = "BETA.HOUSE", Amount = new Cash { Currency = "USD", Digits = 2, Minor = 5_00 }, Reason = "advice", RequestId = "C-1" };
        await house.Engine.ManageDefaultAsync(Anna, cost);
        await StepAsync(house, crashing: true);
        await house.Engine.ManageDefaultAsync(Anna, cost);
        await StepAsync(house, crashing: false);
        (await CashAsync(house, "CCP.DEFAULT.1.2")).ShouldBe(-5_00);
        var other = cost.Clone();
        other.Amount.Minor = 6_00;
        (await Should.ThrowAsync<RefusedException>(house.Engine.ManageDefaultAsync(Anna, other))).Message.ShouldContain("another decision");
        (await CashAsync(house, "CCP.DEFAULT.1.2")).ShouldBe(-5_00);
    }

    [Fact]
    public async Task A_client_for_whom_the_house_has_paid_does_not_go_over_with_the_debt()
    {
        await using var house = await StartAsync();
        var engine = house.Engine;
        await engine.SetPaymentTermsAsync(Anna, new Domain.Settlement.PaymentTerms(30, [new Domain.Settlement.LiquiditySource("CASH", new Money(1_000_000_00, TestHouse.Usd))]));
        (await house.SubmitAsync(TestHouse.Report("T2", seller: "BETA.GROSS", sellerClient: "C1", quantity: 500, price: 2750m, guaranteed: true))).Kind.ShouldBe(TradeOutcomeKind.Novated);

        // The client loses 1,250,000.00 of 1,000,000.00; the house account loses as much.
        await engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(2), [new PricePoint(TestHouse.Future, 2800_00)]);
        await engine.DeclareUnpaidAsync(Anna, AccountId.Parse("BETA.GROSS"), 2, "no wire");
        await engine.QuiesceAsync();
        (await GetAsync(house)).Cause.ShouldBe(Cause.MissedPayment);
        await BothAsync(house, Action.Declare, crashing: false);
        await engine.OfferPortingAsync("member:ALPHA", new OfferPortingRequest { Member = "ALPHA", Number = 1, Account = "BETA.GROSS" });
        var port = new PortAccountRequest { Number = 1, Account = "BETA.GROSS", Member = "ALPHA", Reason = "the client's wish" };
        (await Should.ThrowAsync<RefusedException>(engine.ManageDefaultAsync(Anna, port))).Message.ShouldContain("with a debt");
        var d = await GetAsync(house);
        d.Claims.Select(c => (c.Account, c.Amount.Minor)).ShouldBe([("BETA.GROSS", 250_000_00)]);
        (d.Accounts[0].Stage, d.Refusals.Count).ShouldBe((AccountStage.Porting, 1));
    }

    [Fact]
    public async Task A_cost_in_a_currency_that_nobody_knows_is_refused()
    {
        await using var house = await StartAsync();
        await DeclareAsync(house, crashing: false);
        var cost = new ChargeCostRequest { Number = 1, Account = "BETA.HOUSE", Amount = new Cash { Currency = "USD", Digits = 3, Minor = 1 }, Reason = "a typing error" };
        (await Should.ThrowAsync<RefusedException>(house.Engine.ManageDefaultAsync(Anna, cost))).Message.ShouldContain("USD with 2");
    }

    [Theory]
    [InlineData("1,5")]
    [InlineData("2,800.00")]
    [InlineData(" 2800")]
    [InlineData("2800-")]
    [InlineData("2800.0000000000000000")]
    public async Task A_hedge_at_a_price_that_can_be_misread_is_refused(string price)
    {
        await using var house = await StartAsync();
        await DeclareAsync(house, crashing: false);
        (await Should.ThrowAsync<RefusedException>(house.Engine.ManageDefaultAsync(Anna, HedgeAt(price)))).Message.ShouldContain($"price \"{price}\" is no decimal number");
        (await GetAsync(house)).Legs.ShouldNotContain(l => l.Purpose == Leg.Types.Purpose.Hedge);
    }

    [Theory]
    [InlineData("2750.25", "2750.25")]
    [InlineData("2750", "2750")]
    public async Task A_hedge_is_ordered_at_the_price_that_was_written(string price, string ordered)
    {
        await using var house = await StartAsync();
        await DeclareAsync(house, crashing: false);
        await house.Engine.ManageDefaultAsync(Anna, HedgeAt(price));
        (await GetAsync(house)).Legs.Single(l => l.Purpose == Leg.Types.Purpose.Hedge).Price.ShouldBe(ordered);
    }

    [Fact]
    public async Task A_recovery_of_a_default_that_is_not_there_is_refused()
    {
        await using var house = await StartAsync();
        var recovery = new RecordRecoveryRequest { Number = 7, Amount = 102_500, Reason = "a typing error" };
        (await Should.ThrowAsync<RefusedException>(house.Engine.ManageDefaultAsync(Anna, recovery))).Message.ShouldContain("there is no default 7");
    }

    private static HedgeRequest HedgeAt(string price) => new()
    {
        Number = 1,
        Account = "BETA.HOUSE",
        Instrument = TestHouse.Future.Value,
        Lots = -1,
        Price = price,
        Counterparty = "ALPHA.HOUSE",
        Reason = "half of the delta",
    };

    /// <summary>A default that meets everything there is to record but a trade in flight.</summary>
    internal static async Task LiveThroughADefaultAsync(TestHouse house)
    {
        var engine = house.Engine;
        CollateralAsset.TryCreate(AssetId.Parse("COIN"), TestHouse.Usd, 8, "ISSUER", TestHouse.Future, 0.5m, out var coin).ShouldBeNull();
        await engine.DefineCollateralAssetAsync(Anna, coin!);
        await engine.MoveAssetAsync(Anna, AccountId.Parse("BETA.HOUSE"), RequestId.Parse("coin"), coin!.Id, 150_000_000);
        await FundAsync(house);
        await DeclareAsync(house, crashing: false);
        await engine.OfferPortingAsync("member:ALPHA", new OfferPortingRequest { Member = "ALPHA", Number = 1, Account = "BETA.GROSS" });
        await engine.ManageDefaultAsync(Anna, new PortAccountRequest { Number = 1, Account = "BETA.GROSS", Member = "ALPHA", Reason = "the client's wish" });
        await engine.ManageDefaultAsync(Anna, new SellAssetRequest { Number = 1, Account = "BETA.HOUSE", Asset = "COIN", Units = 150_000_000, Proceeds = new Cash { Currency = "USD", Digits = 2, Minor = 2_000_00 }, Reason = "sold" });
        await BidAsync(house, "GAMMA", "D1.1.1", -50_000_00);
        await engine.WithdrawBidAsync("member:GAMMA", new WithdrawBidRequest { Member = "GAMMA", Number = 1, Lot = "D1.1.1" });
        (await Should.ThrowAsync<RefusedException>(BidAsync(house, "BETA", "D1.1.1", 1))).Message.ShouldContain("defaulter");
        await engine.AdvanceAsync(Anna, TestHouse.Noon + (21 * Minute));
        await engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(2), [new PricePoint(TestHouse.Future, 2810_00)]);
        await engine.QuiesceAsync();
        await BothAsync(house, Action.TearUp, crashing: false);
        await engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(3), [new PricePoint(TestHouse.Future, 2810_00)]);
        await engine.QuiesceAsync();
        var d = await GetAsync(house);
        (d.Stage, d.Allocation.Loss).ShouldBe((Stage.Allocated, 1_500_000_00), d.ToString());
        await BothAsync(house, Action.HaircutGains, crashing: false);
        d = await GetAsync(house);
        (d.Allocation.Unallocated, d.Allocation.Layers[^1].Layer).ShouldBe((0, "gains_haircut"), d.ToString());
        await engine.ManageDefaultAsync(Ben, new CloseDefaultRequest { Number = 1, Reason = "all is borne" });
        await engine.ManageDefaultAsync(Ben, new RecordRecoveryRequest { Number = 1, Amount = 20_000_00, Reason = "from the estate" });
        await engine.QuiesceAsync();
    }

    private static async Task MarkAsync(TestHouse house, decimal price)
    {
        var mark = new Domain.Market.MarkReport(TestHouse.Future, Domain.Market.MarkSourceId.Parse("M1"), price, TestHouse.Noon - 1);
        (await house.AskAsync(to => house.Engine.Mark("marketdata:M1", TestHouse.Instrument().Underlying, mark, to))).ShouldBe(new Commands.MarkReply(Domain.Market.MarkDecisionKind.Accepted, Domain.Market.MarkRejectReason.None));
    }

    /// <summary>The cash of all accounts sums to zero, and so do their lots.</summary>
    private static async Task AssertBooksAsync(TestHouse house)
    {
        string[] ids = ["ALPHA.HOUSE", "ALPHA.GROSS", "BETA.HOUSE", "BETA.GROSS", "GAMMA.HOUSE", "FUND.ALPHA", "FUND.BETA", "FUND.GAMMA", "CCP.DEFAULT", "CCP.DEFAULT.1.1", "CCP.DEFAULT.1.2",
            "CCP.SETTLEMENT", "CCP.ROUNDING", "CCP.BANK", "CCP.CAPITAL.JUNIOR", "CCP.CAPITAL.SENIOR", "CCP.EQUITY"];
        var (cash, lots) = (0L, 0L);
        foreach (var id in ids)
        {
            if (await house.Engine.GetAccountAsync("test", AccountId.Parse(id)) is { } view)
            {
                cash += view.Account.Balances.Sum(b => b.Cash);
                lots += view.Account.Positions.Sum(p => p.SettledQuantity + p.Older.Quantity + p.Newer.Quantity);
            }
        }

        (cash, lots).ShouldBe((0, 0));
    }

    private static async Task StepAsync(TestHouse house, bool crashing)
    {
        await house.Engine.QuiesceAsync();
        if (crashing)
        {
            house.Crash();
            house.Open();
        }
    }

    private static async Task BothAsync(TestHouse house, Action action, bool crashing)
    {
        await house.Engine.ManageDefaultAsync(Anna, Decide(action));
        await StepAsync(house, crashing);
        await house.Engine.ManageDefaultAsync(Ben, Decide(action));
        await StepAsync(house, crashing);
    }

    internal static async Task DeclareAsync(TestHouse house, bool crashing)
    {
        await house.Engine.ManageDefaultAsync(Anna, new TriggerDefaultRequest { Member = "BETA", Reason = "it says that it cannot pay" });
        await StepAsync(house, crashing);
        await BothAsync(house, Action.Declare, crashing);
    }

    /// <summary>The fund asks for millions; 1,000.00, 10,000.00 and 49,000.00 are there when the default is declared.</summary>
    private static async Task FundAsync(TestHouse house)
    {
        await house.Engine.SetScenariosAsync(Anna, StressFundTests.Scenarios);
        await house.Engine.SetFundTermsAsync(Anna, StressFundTests.Terms);
        await house.Engine.RunMarginAsync(Anna);
        await house.Engine.RunStressAsync(Anna);
        await house.Engine.SizeDefaultFundAsync(Anna, dryRun: false);
        await house.Engine.QuiesceAsync();
        foreach (var (member, amount) in new[] { ("ALPHA", 49_000_00), ("BETA", 10_000_00), ("GAMMA", 1_000_00) })
        {
            await house.Engine.BookCollateralAsync(Anna, AccountId.Parse($"FUND.{member}"), RequestId.Parse("fund"), new Money(amount, TestHouse.Usd));
        }

        await house.Engine.QuiesceAsync();
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
    internal static async Task<TestHouse> StartAsync(string terms = Terms)
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
        await engine.SetDefaultTermsAsync(Anna, terms);
        (await house.SubmitAsync(TestHouse.Report("T1", quantity: 500, price: 2750m))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        await engine.RunSettlementCycleAsync(Anna, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2750_00)]);
        return house;
    }
}
