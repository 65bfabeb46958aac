using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Tests;

/// <summary>The engine writes the journal by hand; these tests read it with the classes generated from journal.proto.</summary>
public sealed class JournalWireTests
{
    [Fact]
    public async Task Every_turn_is_read_in_full_by_the_generated_parser()
    {
        await using var house = await TestHouse.StartAsync();
        await LiveThroughEverythingAsync(house);
        await ActionLogTests.LiveThroughActionsAsync(house);
        await using var defaulting = await DefaultTests.StartAsync(DefaultTests.Terms.Replace("\"rounds\": 2", "\"rounds\": 1", StringComparison.Ordinal));
        await DefaultTests.LiveThroughADefaultAsync(defaulting);
        var parser = Turn.Parser.WithDiscardUnknownFields(true);
        var events = new HashSet<Event.EventOneofCase>();
        var messages = new HashSet<MessageBody.MessageOneofCase>();
        foreach (var path in new[] { house, defaulting })
        {
            await path.Engine.QuiesceAsync();
            path.Crash();
            using var journal = SqliteJournal.OpenReadOnly(path.JournalPath);
            foreach (var head in journal.ReadHeads())
            {
                foreach (var row in journal.ReadShard(head.Shard, 0, head.Position))
                {
                    var turn = parser.ParseFrom(row.Payload.Span);
                    turn.CalculateSize().ShouldBe(row.Payload.Length, $"shard {head.Shard}, turn {row.Position}: a field is missing from journal.proto, or is not written canonically");
                    foreach (var step in turn.Steps)
                    {
                        (step.ActorKind is (>= 1 and <= 7) or 16 or 17 or 18).ShouldBeTrue();
                        step.ActorKey.ShouldNotBeEmpty();
                        events.UnionWith(step.Events.Select(e => e.EventCase));
                        messages.UnionWith(step.Sent.Select(s => s.Body.MessageCase));
                    }
                }
            }
        }

        // What only a fault, or a trade in flight at the very moment, brings about is not in an honest life.
        Event.EventOneofCase[] absent = [Event.EventOneofCase.None, Event.EventOneofCase.CycleUnbalanced, Event.EventOneofCase.CycleBlocked, Event.EventOneofCase.HoldingsAwaited];
        Enum.GetValues<Event.EventOneofCase>().Except(absent).Except(events).ShouldBeEmpty();
        Enum.GetValues<MessageBody.MessageOneofCase>().Except([MessageBody.MessageOneofCase.None, MessageBody.MessageOneofCase.ReportBlocked]).Except(messages).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_trade_stands_in_the_journal_as_it_was_reported()
    {
        await using var house = await TestHouse.StartAsync();
        await house.SubmitAsync(TestHouse.Report("T-1.x_y", buyer: "ALPHA.GROSS", buyerClient: "C7", quantity: 3, price: 2750.50m, guaranteed: true));
        await house.Engine.QuiesceAsync();
        house.Crash();
        using var journal = SqliteJournal.OpenReadOnly(house.JournalPath);
        var steps = journal.ReadHeads().SelectMany(h => journal.ReadShard(h.Shard, 0, h.Position)).SelectMany(r => Turn.Parser.ParseFrom(r.Payload.Span).Steps).ToList();

        var report = steps.SelectMany(s => s.Sent).Single(s => s.Body.ReserveTrade is not null).Body.ReserveTrade.Report;
        report.Source.ShouldBe("VENUE");
        report.TradeId.ShouldBe("T-1.x_y");
        report.BuyerAccount.ShouldBe("ALPHA.GROSS");
        report.BuyerClient.ShouldBe("C7");
        report.SellerAccount.ShouldBe("BETA.HOUSE");
        report.Quantity.ShouldBe(3);
        ((decimal)report.PriceMantissa / (decimal)Math.Pow(10, report.PriceScale)).ShouldBe(2750.5m);
        report.Guaranteed.ShouldBeTrue();

        var novated = steps.Single(s => s.Events.Any(e => e.TradeNovated is not null));
        novated.ActorKey.ShouldBe("ALPHA.GROSS");
        novated.CauseSequence.ShouldBeGreaterThan(0ul);
        var leg = novated.Events.Single().TradeNovated;
        (leg.Side, leg.Quantity, leg.PriceUnits, leg.Client, leg.Cycle, leg.ClearingDate).ShouldBe((1u, 3L, 275050L, "C7", 1L, 20200309));
        steps.Single(s => s.Events.Any(e => e.TradeConfirmed is not null)).Events.Single().TradeConfirmed.TradeId.ShouldBe("T-1.x_y");
        steps.Single(s => s.Principal == "venue:VENUE").ActorKind.ShouldBe(3u);
    }

    private static async Task LiveThroughEverythingAsync(TestHouse house)
    {
        const string Operator = "operator:test";
        var engine = house.Engine;
        await engine.DefineAccountAsync(Operator, AccountId.Parse("ALPHA.LIMIT"), MemberId.Parse("ALPHA"), Segregation.ClientIndividual, TestHouse.Usd, 500_00);
        await engine.SetRiskModelAsync(Operator, """{"runs":{"at":["00:00","12:30"],"weekends":true,"everyMinutes":720,"movePercent":1.5,"checkSeconds":3600},"factors":{"SPX":{"change":"relative","feed":"SPX.FUT"}},"groups":{"*":{"confidence":0.9,"lookback":3,"ewmaLambda":0.9,"ewmaSeedReturns":1,"mporDays":900,"scaling":"none","buffer25":true}},"liquidity":{"SPX":{"reference":"SPX.FUT","halfSpread":0.001,"kappa":0.5,"averageDailyVolume":1000}},"calls":{"USD":{"minimumTransfer":0,"callUnit":1,"minutesToMeet":60}}}""");
        double[] prices = [2978.76, 2972.37, 2746.56, 2882.23, 2741.38];
        await engine.SetFactorPricesAsync(Operator, new Domain.Margin.FactorPricesSet("SPX", [.. prices.Select((p, i) => new Domain.Margin.FactorPrice(new DateOnly(2020, 3, 2).AddDays(i), p))], Replaces: true));
        await engine.CloseAccountAsync(Operator, AccountId.Parse("ALPHA.LIMIT"));
        CollateralAsset.TryCreate(AssetId.Parse("COIN"), TestHouse.Usd, 8, "ISSUER", TestHouse.Future, 0.5m, out var coin).ShouldBeNull();
        await engine.DefineCollateralAssetAsync(Operator, coin!);
        await engine.SetCollateralPricesAsync(Operator, new Domain.Margin.CollateralPricesSet([], [new("BTC", "USD", 61_000.5m)]));
        await engine.MoveAssetAsync(Operator, AccountId.Parse("BETA.HOUSE"), RequestId.Parse("coin"), coin!.Id, 150_000_000);
        await house.SubmitAsync(TestHouse.Report("T1"));
        await house.SubmitAsync(TestHouse.Report("T2", quantity: 40));
        await house.SubmitAsync(TestHouse.Report("T1"), cancel: true);
        await house.SubmitAsync(TestHouse.Report("T3", buyer: "POOR.HOUSE"));
        await house.SubmitAsync(TestHouse.Report("T4", price: 1.33m));
        await engine.SetHaltAsync(Operator, TestHouse.Future, true);
        await engine.SetHaltAsync(Operator, TestHouse.Future, false);
        await engine.SetHaltAsync(Operator, default, true);
        await engine.SetHaltAsync(Operator, default, false);
        await engine.SetSuspensionAsync(Operator, MemberId.Parse("BETA"), true);
        await engine.SetSuspensionAsync(Operator, MemberId.Parse("BETA"), false);
        await engine.BookCollateralAsync(Operator, AccountId.Parse("ALPHA.HOUSE"), RequestId.Parse("out"), new Money(-100, TestHouse.Usd));
        (await MarkAsync(house, "M1", 2750m, 1)).Kind.ShouldBe(MarkDecisionKind.Accepted);
        (await MarkAsync(house, "M1", 2400m, 2)).Kind.ShouldBe(MarkDecisionKind.Held);
        await engine.DecideHeldMarkAsync(Operator, TestHouse.Instrument(), confirm: false);
        (await MarkAsync(house, "M1", 2400m, 3)).Kind.ShouldBe(MarkDecisionKind.Held);
        (await MarkAsync(house, "M2", 2401m, 4)).Kind.ShouldBe(MarkDecisionKind.Accepted);
        await engine.DecideBufferAsync(Operator, released: true, "the stress that it is for");
        await engine.RunMarginAsync(Operator);
        await engine.DecideBufferAsync(Operator, released: false, "calm again");
        await engine.BookCollateralAsync(Operator, AccountId.Parse("ALPHA.HOUSE"), RequestId.Parse("part"), new Money(100, TestHouse.Usd));
        await engine.WithdrawMarginCallAsync(Operator, AccountId.Parse("ALPHA.HOUSE"), 1, "drawn by lot");
        await engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2400_25)]);
        (await house.SubmitAsync(TestHouse.Report("T4.1", buyer: "BETA.HOUSE", seller: "ALPHA.HOUSE", price: 2400.25m, quantity: 1))).Reason.ShouldBe(RejectReason.None);
        foreach (var instrument in new[] { Contracts.Index(), Contracts.Call(), Contracts.Inverse(), Contracts.Near(), Contracts.Put() })
        {
            await engine.DefineInstrumentAsync(Operator, instrument);
        }

        await engine.SetScenariosAsync(Operator, StressFundTests.Scenarios);
        await engine.SetFundTermsAsync(Operator, StressFundTests.Terms);
        await engine.RunStressAsync(Operator);
        await engine.SizeDefaultFundAsync(Operator, dryRun: false);
        (await house.SubmitAsync(TestHouse.Report("T5", price: 90.5m, instrument: "SPX.CALL", guaranteed: true))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        (await house.SubmitAsync(TestHouse.Report("T6", price: 2400m, instrument: "SPX.INVERSE", guaranteed: true))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        (await house.SubmitAsync(TestHouse.Report("T7", price: 110m, instrument: "SPX.PUT", guaranteed: true))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        (await engine.GiveExerciseNoticeAsync(Operator, AccountId.Parse("ALPHA.HOUSE"), Contracts.Put().Id, default, ExerciseNoticeKind.Exercise, 3)).Reason.ShouldBe(ExerciseRejectReason.None);
        foreach (var (instrument, price) in new[] { (Contracts.Index(), 2400m), (Contracts.Inverse(), 2401m) })
        {
            var mark = new MarkReport(instrument.Id, MarkSourceId.Parse("M1"), price, TestHouse.Noon - 60_000_000_000);
            (await house.AskAsync(to => engine.Mark("marketdata:M1", instrument.Underlying, mark, to))).ShouldBe(new MarkReply(MarkDecisionKind.Accepted, MarkRejectReason.None));
        }

        var funding = await engine.FundPerpetualAsync(Operator, Contracts.Inverse(), TestHouse.Noon);
        (funding.Premium, funding.Rate, funding.MarkUnits).ShouldBe((0.0004166667m, 0.0001m / 8, 2401_00L));
        (await engine.FundPerpetualAsync(Operator, Contracts.Inverse(), TestHouse.Noon)).ShouldBe(funding);
        var result = await engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2400_25), new(Contracts.Call().Id, 90_00), new(Contracts.Inverse().Id, 2400_00), new(Contracts.Near().Id, 2400_00), new(Contracts.Put().Id, 100_00)]);
        result.Currencies.Select(c => (c.Currency.Code, c.Type)).ShouldBe(
            [("BTC", CashEntryType.VariationMargin), ("BTC", CashEntryType.Funding), ("USD", CashEntryType.VariationMargin), ("USD", CashEntryType.Premium)]);
        await engine.SetPaymentTermsAsync(Operator, new PaymentTerms(30, [new LiquiditySource("CASH", new Money(1_000_000_00, TestHouse.Usd))]));
        (await house.SubmitAsync(TestHouse.Report("T8", buyer: "BETA.HOUSE", seller: "ALPHA.HOUSE", quantity: 900, price: 2400.25m, guaranteed: true))).Kind.ShouldBe(TradeOutcomeKind.Novated);
        await engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(1), [new PricePoint(TestHouse.Future, 2340_25)]);
        await engine.DeclareUnpaidAsync(Operator, AccountId.Parse("BETA.HOUSE"), 3, "no wire");
        await engine.AdvanceAsync(Operator, TestHouse.Noon + (8 * UtcTime.NanosecondsPerDay));
        (await engine.FixFinalPriceAsync(Operator, Contracts.Near(), 2500_00, "no marks")).ShouldBe(2500_00);
        await engine.RunSettlementCycleAsync(Operator, TestHouse.Monday.AddDays(8), []);

        // A history too short for the model: the next time of day cannot begin its run.
        await engine.SetRiskModelAsync(Operator, """{"runs":{"at":["12:30"]},"factors":{"SPX":{"change":"relative"}},"groups":{"*":{"confidence":0.9,"lookback":3000,"ewmaLambda":0.9,"ewmaSeedReturns":1,"mporDays":900,"scaling":"none"}},"calls":{"USD":{"minimumTransfer":0,"callUnit":1,"minutesToMeet":60}}}""");
        await engine.AdvanceAsync(Operator, TestHouse.Noon + (9 * UtcTime.NanosecondsPerDay));
    }

    private static async Task<MarkReply> MarkAsync(TestHouse house, string source, decimal price, long time) =>
        (MarkReply)await house.AskAsync(replyTo => house.Engine.Mark($"marketdata:{source}", Domain.Instruments.UnderlyingId.Parse("SPX"), new MarkReport(TestHouse.Future, MarkSourceId.Parse(source), price, TestHouse.Noon + time), replyTo));
}
