using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 6.3 through the whole house: notices, exercise, assignment over several shards, and what is left afterwards.</summary>
public sealed class OptionExerciseTests
{
    private const string Operator = "operator:test";
    private static readonly AccountId Alpha = AccountId.Parse("ALPHA.HOUSE");
    private static readonly AccountId AlphaGross = AccountId.Parse("ALPHA.GROSS");

    [Fact]
    public async Task A_call_in_the_money_is_exercised_but_for_a_contrary_notice_and_assigned_pro_rata()
    {
        await using var house = await HouseAsync(Contracts.Call());
        var engine = house.Engine;
        await TradeAsync(house, "T1", "SPX.CALL", "ALPHA.HOUSE", "BETA.HOUSE", 10);
        await TradeAsync(house, "T2", "SPX.CALL", "ALPHA.GROSS", "BETA.GROSS", 5, "C1", "C2");
        (await NoticeAsync(engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Contrary, 4)).ShouldBe(ExerciseRejectReason.None);
        await SettleAsync(house, new PricePoint(Contracts.Call().Id, 90_00));
        await engine.AdvanceAsync(Operator, Contracts.Expiry);
        (await NoticeAsync(engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Contrary, 0)).ShouldBe(ExerciseRejectReason.AfterCutOff);
        (await engine.FixFinalPriceAsync(Operator, Contracts.Call(), 2510_50, "no marks")).ShouldBe(2510_50);

        await engine.QuiesceAsync();
        house.Crash();
        house.Open(16);
        engine = house.Engine;
        var cash = await CashAsync(house, "ALPHA.HOUSE", "ALPHA.GROSS", "BETA.HOUSE", "BETA.GROSS");
        var result = await SettleAsync(house);

        // 11 of 15 lots pay 10.50 x 50. 10 and 5 are short: 11 x 10 / 15 = 7 and 5 fifteenths, 3 and 10 fifteenths, so the odd lot goes to the smaller position.
        result.Currencies.ShouldContain(c => c.Type == CashEntryType.Exercise && c.Received == 11 * 525_00 && c.Paid == 11 * 525_00 && c.Rounding == 0);
        var after = await CashAsync(house, "ALPHA.HOUSE", "ALPHA.GROSS", "BETA.HOUSE", "BETA.GROSS");
        after.Zip(cash).Select(p => p.First - p.Second).ShouldBe([6 * 525_00, 5 * 525_00, -7 * 525_00, -4 * 525_00]);
        (await house.AccountAsync("ALPHA.HOUSE")).Notices.ShouldBeEmpty();
        await NothingIsLeftAsync(house, Contracts.Call().Id);
        (await engine.GetAccountAsync("test", AlphaGross))!.Account.Balances.ShouldAllBe(b => b.Requirement == 0);
    }

    [Fact]
    public async Task A_call_out_of_the_money_ends_worthless_and_a_notice_exercises_it_all_the_same()
    {
        await using var house = await HouseAsync(Contracts.Call());
        await TradeAsync(house, "T1", "SPX.CALL", "ALPHA.HOUSE", "BETA.HOUSE", 10);
        await SettleAsync(house, new PricePoint(Contracts.Call().Id, 90_00));
        (await NoticeAsync(house.Engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Exercise, 2)).ShouldBe(ExerciseRejectReason.None);
        var before = await CashAsync(house, "ALPHA.HOUSE", "BETA.HOUSE");
        await ExpireAsync(house, Contracts.Call(), 2490_00);
        var result = await SettleAsync(house);
        result.Currencies.ShouldHaveSingleItem().ShouldBe(new CurrencyFlow(TestHouse.Usd, CashEntryType.Exercise, 2 * 500_00, 2 * 500_00, 0));
        (await CashAsync(house, "ALPHA.HOUSE", "BETA.HOUSE")).ShouldBe([before[0] - (2 * 500_00), before[1] + (2 * 500_00)]);
        await NothingIsLeftAsync(house, Contracts.Call().Id);
    }

    [Fact]
    public async Task An_American_put_on_a_living_future_yields_sold_futures_at_the_strike_with_their_variation_margin_in_the_same_cycle()
    {
        await using var house = await HouseAsync(Contracts.Put());
        await TradeAsync(house, "T1", "SPX.PUT", "ALPHA.HOUSE", "BETA.HOUSE", 10);
        (await NoticeAsync(house.Engine, Alpha, "SPX.PUT", ExerciseNoticeKind.Exercise, 3)).ShouldBe(ExerciseRejectReason.None);
        var before = await CashAsync(house, "ALPHA.HOUSE", "BETA.HOUSE");
        await SettleAsync(house, new(Contracts.Put().Id, 100_00), new(TestHouse.Future, 2400_00));

        // The premium of 10 lots, and 3 futures sold at 2500 and settled at 2400.
        long paid = (10 * 90_50 * 50) - (3 * 100_00 * 50);
        (await CashAsync(house, "ALPHA.HOUSE", "BETA.HOUSE")).ShouldBe([before[0] - paid, before[1] + paid]);
        (await LotsAsync(house, "ALPHA.HOUSE")).ShouldBe([(TestHouse.Future.Value, -3L), ("SPX.PUT", 7L)]);
        (await LotsAsync(house, "BETA.HOUSE")).ShouldBe([(TestHouse.Future.Value, 3L), ("SPX.PUT", -7L)]);
        (await house.AccountAsync("BETA.HOUSE")).Balances.ShouldHaveSingleItem().Requirement.ShouldBe(10 * 1000_00);

        // The notice is used up: the next cycle exercises nothing.
        await SettleAsync(house, new(Contracts.Put().Id, 100_00), new(TestHouse.Future, 2400_00));
        (await LotsAsync(house, "ALPHA.HOUSE")).ShouldBe([(TestHouse.Future.Value, -3L), ("SPX.PUT", 7L)]);
        (await house.Engine.ReadBooksAsync()).MatchedBook.ShouldBeTrue();
    }

    [Fact]
    public async Task A_futures_style_call_gives_its_last_mark_back_and_yields_the_future_at_expiry()
    {
        var call = Contracts.Made(Contracts.Option("SPX.FCALL", OptionType.Call, 2500m, TestHouse.Future.Value) with { Option = new OptionTerms(OptionType.Call, 2500m, ExerciseStyle.European, PremiumStyle.Futures, TestHouse.Future.Value, Contracts.Expiry, 5m) });
        await using var house = await HouseAsync(call);
        await TradeAsync(house, "T1", "SPX.FCALL", "ALPHA.HOUSE", "BETA.HOUSE", 4);
        await SettleAsync(house, new(call.Id, 100_00), new(TestHouse.Future, 2550_00));
        var before = await CashAsync(house, "ALPHA.HOUSE", "BETA.HOUSE");
        await ExpireAsync(house, call, 2560_00);
        await SettleAsync(house, new PricePoint(TestHouse.Future, 2555_00));

        // 4 lots fall from 100 to nothing, and 4 futures bought at 2500 are settled at 2555.
        const long received = 4 * (-100_00 + 55_00) * 50;
        (await CashAsync(house, "ALPHA.HOUSE", "BETA.HOUSE")).ShouldBe([before[0] + received, before[1] - received]);
        (await LotsAsync(house, "ALPHA.HOUSE")).ShouldBe([(TestHouse.Future.Value, 4L)]);
        await NothingIsLeftAsync(house, call.Id);
    }

    [Theory]
    [InlineData(2504_75, 0)]
    [InlineData(2505_00, 4)]
    public async Task Lots_in_the_money_by_less_than_the_threshold_are_not_exercised(long final, int futures)
    {
        var call = Contracts.Made(Contracts.Option("SPX.FCALL", OptionType.Call, 2500m, TestHouse.Future.Value) with { Option = new OptionTerms(OptionType.Call, 2500m, ExerciseStyle.European, PremiumStyle.Equity, TestHouse.Future.Value, Contracts.Expiry, 5m) });
        await using var house = await HouseAsync(call);
        await TradeAsync(house, "T1", "SPX.FCALL", "ALPHA.HOUSE", "BETA.HOUSE", 4);
        await SettleAsync(house, new(call.Id, 100_00), new(TestHouse.Future, 2550_00));
        await ExpireAsync(house, call, final);
        await SettleAsync(house, new PricePoint(TestHouse.Future, 2555_00));
        (await LotsAsync(house, "BETA.HOUSE")).Sum(l => l.Lots).ShouldBe(-futures);
    }

    [Fact]
    public async Task An_option_that_expires_with_its_future_takes_its_final_price_and_pays_cash()
    {
        var call = Contracts.Made(Contracts.Option("NEAR.CALL", OptionType.Call, 2500m, "SPX.NEAR"));
        await using var house = await HouseAsync(Contracts.Near(), call);
        await TradeAsync(house, "T1", "NEAR.CALL", "ALPHA.HOUSE", "BETA.HOUSE", 2);
        await house.Engine.AdvanceAsync(Operator, Contracts.Expiry);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.FixFinalPriceAsync(Operator, call, 2512_00, "no marks"))).Message.ShouldContain("whose final price it takes; fix that first");
        await house.Engine.FixFinalPriceAsync(Operator, Contracts.Near(), 2512_00, "no marks");
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.FixFinalPriceAsync(Operator, call, 2513_00, "no marks"))).Message.ShouldContain("2512");
        (await house.Engine.FixFinalPriceAsync(Operator, call, null, "")).ShouldBe(2512_00);
        var result = await SettleAsync(house);
        result.Currencies.ShouldContain(c => c.Type == CashEntryType.Exercise && c.Received == 2 * 12_00 * 50);
        await NothingIsLeftAsync(house, call.Id);
    }

    [Fact]
    public async Task A_future_waits_for_the_final_price_of_the_options_that_yield_it()
    {
        var late = Contracts.Made(Contracts.Near().Definition with { Id = "SPX.LATE", Expiry = Contracts.Expiry + 1_000_000_000 });
        var call = Contracts.Made(Contracts.Option("LATE.CALL", OptionType.Call, 2500m, "SPX.LATE"));
        await using var house = await HouseAsync(late, call);
        await TradeAsync(house, "T1", "LATE.CALL", "ALPHA.HOUSE", "BETA.HOUSE", 2);
        await house.Engine.AdvanceAsync(Operator, Contracts.Expiry + 2_000_000_000);
        (await Should.ThrowAsync<RefusedException>(() => house.Engine.FixFinalPriceAsync(Operator, late, 2512_00, "no marks"))).Message.ShouldContain("LATE.CALL");
        await house.Engine.FixFinalPriceAsync(Operator, call, 2510_00, "no marks");
        await house.Engine.FixFinalPriceAsync(Operator, late, 2512_00, "no marks");
        var result = await SettleAsync(house);

        // The futures come at 2500 and are settled for the last time at 2512 in the same cycle.
        result.Currencies.ShouldContain(c => c.Type == CashEntryType.VariationMargin && c.Received == 2 * 12_00 * 50);
        await NothingIsLeftAsync(house, call.Id);
        await NothingIsLeftAsync(house, late.Id);
    }

    [Fact]
    public async Task An_American_notice_on_an_index_is_paid_at_its_mark_and_waits_where_there_is_none()
    {
        await using var house = await HouseAsync(Contracts.Call());
        await TradeAsync(house, "T1", "SPX.CALL", "ALPHA.HOUSE", "BETA.HOUSE", 10);
        await NoticeAsync(house.Engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Exercise, 3);
        (await SettleAsync(house, new PricePoint(Contracts.Call().Id, 90_00))).Currencies.ShouldNotContain(c => c.Type == CashEntryType.Exercise);
        (await NoticeAsync(house.Engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Exercise, 0)).ShouldBe(ExerciseRejectReason.Irrevocable);
        var mark = new MarkReport(Contracts.Index().Id, MarkSourceId.Parse("M1"), 2511.13m, TestHouse.Noon);
        (await house.AskAsync(to => house.Engine.Mark("marketdata:M1", Contracts.Index().Underlying, mark, to))).ShouldBe(new MarkReply(MarkDecisionKind.Accepted, MarkRejectReason.None));
        (await SettleAsync(house, new PricePoint(Contracts.Call().Id, 90_00))).Currencies.ShouldContain(c => c.Type == CashEntryType.Exercise && c.Received == 3 * 11_13 * 50);
        (await LotsAsync(house, "ALPHA.HOUSE")).ShouldBe([("SPX.CALL", 7L)]);
    }

    [Fact]
    public async Task A_bad_notice_is_refused_with_its_reason_and_changes_nothing()
    {
        await using var house = await HouseAsync(Contracts.Call());
        var engine = house.Engine;
        await TradeAsync(house, "T1", "SPX.CALL", "ALPHA.HOUSE", "BETA.HOUSE", 10);
        (await NoticeAsync(engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Exercise, 11)).ShouldBe(ExerciseRejectReason.LargerThanPosition);
        (await NoticeAsync(engine, AccountId.Parse("BETA.HOUSE"), "SPX.CALL", ExerciseNoticeKind.Exercise, 1)).ShouldBe(ExerciseRejectReason.LargerThanPosition);
        (await NoticeAsync(engine, AlphaGross, "SPX.CALL", ExerciseNoticeKind.Exercise, 1)).ShouldBe(ExerciseRejectReason.ClientMissing);
        (await NoticeAsync(engine, Alpha, "SPX.FUT", ExerciseNoticeKind.Exercise, 1)).ShouldBe(ExerciseRejectReason.UnknownInstrument);
        (await NoticeAsync(engine, Alpha, "NONE", ExerciseNoticeKind.Exercise, 1)).ShouldBe(ExerciseRejectReason.UnknownInstrument);
        (await NoticeAsync(engine, AccountId.Parse("NOBODY"), "SPX.CALL", ExerciseNoticeKind.Exercise, 1)).ShouldBe(ExerciseRejectReason.UnknownAccount);
        (await NoticeAsync(engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Exercise, -1)).ShouldBe(ExerciseRejectReason.Malformed);
        (await NoticeAsync(engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Exercise, 0)).ShouldBe(ExerciseRejectReason.NothingPending);
        (await house.AccountAsync("ALPHA.HOUSE")).Notices.ShouldBeEmpty();
        (await NoticeAsync(engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Exercise, 6)).ShouldBe(ExerciseRejectReason.None);
        (await NoticeAsync(engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Exercise, 6)).ShouldBe(ExerciseRejectReason.Duplicate);
        (await NoticeAsync(engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Contrary, 5)).ShouldBe(ExerciseRejectReason.LargerThanPosition);
        (await house.AccountAsync("ALPHA.HOUSE")).Notices.ShouldHaveSingleItem().Lots.ShouldBe(6);
        (await NoticeAsync(engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Exercise, 0)).ShouldBe(ExerciseRejectReason.None);
        (await house.AccountAsync("ALPHA.HOUSE")).Notices.ShouldBeEmpty();
        await engine.SetSuspensionAsync(Operator, MemberId.Parse("ALPHA"), true);
        (await NoticeAsync(engine, Alpha, "SPX.CALL", ExerciseNoticeKind.Exercise, 1)).ShouldBe(ExerciseRejectReason.MemberSuspended);
    }

    private static async Task<TestHouse> HouseAsync(params Instrument[] instruments)
    {
        var house = await TestHouse.StartAsync(16);
        foreach (var instrument in instruments.Prepend(Contracts.Index()))
        {
            await house.Engine.DefineInstrumentAsync(Operator, instrument);
        }

        return house;
    }

    private static async Task TradeAsync(TestHouse house, string id, string instrument, string buyer, string seller, long lots, string buyerClient = "", string sellerClient = "") =>
        (await house.SubmitAsync(TestHouse.Report(id, buyer, seller, lots, 90.5m, buyerClient, sellerClient, instrument: instrument))).Kind.ShouldBe(TradeOutcomeKind.Novated);

    private static async Task<ExerciseRejectReason> NoticeAsync(ClearingEngine engine, AccountId account, string instrument, ExerciseNoticeKind kind, long lots) =>
        (await engine.GiveExerciseNoticeAsync("member:test", account, InstrumentId.Parse(instrument), default, kind, lots)).Reason;

    private static async Task ExpireAsync(TestHouse house, Instrument option, long finalUnits)
    {
        await house.Engine.AdvanceAsync(Operator, Contracts.Expiry);
        (await house.Engine.FixFinalPriceAsync(Operator, option, finalUnits, "no marks")).ShouldBe(finalUnits);
    }

    /// <summary>Settles an intraday cycle at these prices; those that are not named are as before, the house's future at 2400 at first.</summary>
    private static async Task<CycleResult> SettleAsync(TestHouse house, params PricePoint[] prices)
    {
        var view = await house.Engine.GetSettlementAsync(Operator);
        PricePoint[] all = view.OpenCycle > 1 || prices.Any(p => p.Instrument == TestHouse.Future) ? prices : [.. prices, new PricePoint(TestHouse.Future, 2400_00)];
        return await house.Engine.RunSettlementCycleAsync(Operator, view.BusinessDate, all);
    }

    private static async Task<long[]> CashAsync(TestHouse house, params string[] accounts)
    {
        List<long> cash = [];
        foreach (var account in accounts)
        {
            cash.Add((await house.AccountAsync(account)).Balances.Single().Cash);
        }

        return [.. cash];
    }

    private static async Task<IReadOnlyList<(string Instrument, long Lots)>> LotsAsync(TestHouse house, string account) =>
        [.. (await house.AccountAsync(account)).Positions.Select(p => (p.Key.Instrument.Value, p.SettledQuantity + p.Older.Quantity + p.Newer.Quantity))];

    private static async Task NothingIsLeftAsync(TestHouse house, InstrumentId instrument)
    {
        var books = await house.Engine.ReadBooksAsync();
        books.Positions.Keys.ShouldNotContain(instrument);
        books.MatchedBook.ShouldBeTrue();
        books.CashConserved.ShouldBeTrue();
        books.Unbooked.ShouldBe(0);
        house.Alarms.ShouldBeEmpty();
        using var journal = SqliteJournal.OpenReadOnly(house.JournalPath);
        (await house.Engine.ReplayEqualsLiveAsync(journal)).ShouldBeTrue();
    }
}
