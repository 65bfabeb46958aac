using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Domain.Tests;

public sealed class SettlementCycleTests
{
    private static readonly Currency Usd = TestHouse.Usd;
    private readonly TestHouse _house = new();
    private readonly SettlementCycleState _cycle = new(3);

    [Fact]
    public void A_cycle_runs_through_its_stages_over_all_shards_and_closes()
    {
        _cycle.Stage.ShouldBe(SettlementStage.Open);
        Freeze(1);
        Cut(1, 0, 1, 2);
        _cycle.Stage.ShouldBe(SettlementStage.Computing);
        _cycle.Apply(new SettlementPricesFixed(Prices(1)));
        Compute(1, 0, 500, 500);
        Compute(1, 1, -300, -300);
        SettlementCycleDecisions.DecideBalance(_cycle).Kind.ShouldBe(BalanceDecisionKind.Incomplete);
        Compute(1, 2, -200, -200);
        var balance = SettlementCycleDecisions.DecideBalance(_cycle);
        balance.Kind.ShouldBe(BalanceDecisionKind.Balanced);
        SettlementCycleDecisions.HouseEntries(balance.Balanced, TestHouse.Monday).ShouldBeEmpty();
        _cycle.Apply(balance.Balanced);
        _cycle.Stage.ShouldBe(SettlementStage.Instructing);
        _cycle.Apply(new CycleInstructed(1));
        Confirm(1, 0, 2);
        SettlementCycleDecisions.TryDecideClose(_cycle, out var closed).ShouldBeFalse();
        Should.Throw<InvalidOperationException>(() => _cycle.Apply(closed)).Message.ShouldContain("2 of 3 shards");
        Confirm(1, 1);
        SettlementCycleDecisions.TryDecideClose(_cycle, out closed).ShouldBeTrue();
        _cycle.Apply(closed);
        _cycle.Stage.ShouldBe(SettlementStage.Closed);

        _house.Directory.Apply(new CycleOpened(2, TestHouse.Monday.AddDays(1)));
        SettlementCycleDecisions.RefuseFreeze(_cycle, new CycleFrozen(2, TestHouse.Monday.AddDays(1), TestHouse.Monday.AddDays(1)), _house.Directory)
            .ShouldBeNull("an intraday cycle keeps the date");
    }

    [Fact]
    public void What_rounding_leaves_goes_through_the_rounding_account_so_that_everything_sums_to_zero()
    {
        Freeze(1);
        Cut(1, 0, 1, 2);
        _cycle.Apply(new SettlementPricesFixed(Prices(1)));
        Compute(1, 0, 15, 2, scale: 3);
        Compute(1, 1, 15, 2, scale: 3);
        Compute(1, 2, -30, -3, scale: 3);
        var entries = SettlementCycleDecisions.HouseEntries(SettlementCycleDecisions.DecideBalance(_cycle).Balanced, TestHouse.Monday);
        entries.Select(e => (e.Type, e.Account.Value, e.Amount.MinorUnits)).ShouldBe(
        [
            (CashEntryType.VariationMargin, "CCP.SETTLEMENT", -1L), (CashEntryType.Rounding, "CCP.ROUNDING", -1L), (CashEntryType.Rounding, "CCP.SETTLEMENT", 1L),
        ]);
        entries.Sum(e => e.Amount.MinorUnits).ShouldBe(-(2 + 2 - 3));
    }

    [Fact]
    public void A_cycle_whose_exact_sum_is_not_zero_stands_still_visibly()
    {
        Freeze(1);
        Cut(1, 0, 1, 2);
        _cycle.Apply(new SettlementPricesFixed(Prices(1)));
        Compute(1, 0, 1, 0, scale: 5);
        Compute(1, 1, 0, 0);
        Compute(1, 2, 0, 0);
        var balance = SettlementCycleDecisions.DecideBalance(_cycle);
        balance.Kind.ShouldBe(BalanceDecisionKind.Unbalanced);
        _cycle.Apply(balance.Unbalanced);
        _cycle.Stage.ShouldBe(SettlementStage.Unbalanced);
        _cycle.Totals.ShouldHaveSingleItem().Exact.ShouldBe(new ExactAmount(1, 5));
        Should.Throw<InvalidOperationException>(() => _cycle.Apply(new CycleInstructed(1)));
        SettlementCycleDecisions.TryDecideClose(_cycle, out _).ShouldBeFalse();
        SettlementCycleDecisions.RefuseFreeze(_cycle, new CycleFrozen(2, TestHouse.Monday, TestHouse.Monday), _house.Directory)
            .ShouldNotBeNull().ShouldContain("Unbalanced");
    }

    [Fact]
    public void One_currency_never_makes_up_for_another()
    {
        Freeze(1);
        Cut(1, 0, 1, 2);
        _cycle.Apply(new SettlementPricesFixed(Prices(1)));
        var eur = new Currency("EUR", 2);
        _cycle.Apply(new ShardComputed(1, 0, [new(eur, new ExactAmount(5, 0), 500), new(Usd, new ExactAmount(-5, 0), -500)]));
        Compute(1, 1, 0, 0);
        Compute(1, 2, 0, 0);
        SettlementCycleDecisions.DecideBalance(_cycle).Kind.ShouldBe(BalanceDecisionKind.Unbalanced);
    }

    [Fact]
    public void A_second_cycle_a_wrong_number_or_a_wrong_date_is_not_frozen()
    {
        var day = TestHouse.Monday;
        Refuse(new CycleFrozen(2, day, day)).ShouldContain("the open one is 1");
        Refuse(new CycleFrozen(1, day.AddDays(1), day.AddDays(1))).ShouldContain("2026-03-02");
        Refuse(new CycleFrozen(1, day, day.AddDays(-1))).ShouldContain("is before");
        Freeze(1);
        Refuse(new CycleFrozen(1, day, day)).ShouldContain("one cycle is settled at a time");

        string Refuse(CycleFrozen e) => SettlementCycleDecisions.RefuseFreeze(_cycle, e, _house.Directory).ShouldNotBeNull();
    }

    [Fact]
    public void A_report_that_comes_again_is_a_duplicate_in_its_stage_and_in_later_ones()
    {
        Freeze(1);
        Cut(1, 0);
        SettlementCycleDecisions.OnCut(_cycle, new ShardCut(1, 0)).ShouldBe(ShardReportDecision.Duplicate);
        Should.Throw<InvalidOperationException>(() => _cycle.Apply(new ShardCut(1, 0)));
        Cut(1, 1, 2);
        SettlementCycleDecisions.OnCut(_cycle, new ShardCut(1, 2)).ShouldBe(ShardReportDecision.Duplicate);
        Should.Throw<InvalidOperationException>(() => SettlementCycleDecisions.OnConfirmed(_cycle, new ShardConfirmed(1, 0)));
        Should.Throw<InvalidOperationException>(() => SettlementCycleDecisions.OnComputed(_cycle, new ShardComputed(1, 0, []))).Message.ShouldContain("prices");
        Should.Throw<InvalidOperationException>(() => SettlementCycleDecisions.OnCut(_cycle, new ShardCut(2, 0)));
        _cycle.Apply(new SettlementPricesFixed(Prices(1)));
        SettlementCycleDecisions.OnComputed(_cycle, new ShardComputed(1, 0, [])).ShouldBe(ShardReportDecision.Record);
        Should.Throw<InvalidOperationException>(() => SettlementCycleDecisions.OnComputed(_cycle, new ShardComputed(1, 3, []))).Message.ShouldContain("not one of the house's 3");
    }

    [Fact]
    public void Prices_are_fixed_once_after_the_cut_and_inside_the_bands()
    {
        Freeze(1);
        SettlementCycleDecisions.RefusePrices(_cycle, Prices(1)).ShouldNotBeNull().ShouldContain("Freezing");
        Cut(1, 0, 1, 2);
        SettlementCycleDecisions.RefusePrices(_cycle, Prices(2)).ShouldNotBeNull();
        SettlementCycleDecisions.RefusePrices(_cycle, Prices(1, 2_000_001)).ShouldNotBeNull().ShouldContain("20000.01");
        SettlementCycleDecisions.RefusePrices(_cycle, Prices(1)).ShouldBeNull();
        _cycle.Apply(new SettlementPricesFixed(Prices(1)));
        SettlementCycleDecisions.RefusePrices(_cycle, Prices(1)).ShouldNotBeNull().ShouldContain("fixed");
        Should.Throw<InvalidOperationException>(() => _cycle.Apply(new SettlementPricesFixed(Prices(1))));
    }

    [Fact]
    public void The_process_resumes_from_its_snapshot_in_any_stage()
    {
        Freeze(1);
        Cut(1, 2, 0);
        Resumes();
        Cut(1, 1);
        _cycle.Apply(new SettlementPricesFixed(Prices(1)));
        Compute(1, 1, 7, 7);
        Resumes();

        void Resumes()
        {
            var restored = SettlementCycleState.Restore(_cycle.ToSnapshot());
            Same.State(restored.ToSnapshot(), _cycle.ToSnapshot());
            restored.Reported.Count.ShouldBe(_cycle.Reported.Count);
        }
    }

    [Fact]
    public void A_set_of_shards_counts_each_once_up_to_4096()
    {
        var set = new ShardSet(4096);
        set.Contains(4095).ShouldBeFalse();
        Should.Throw<ArgumentOutOfRangeException>(() => new ShardSet(4097));
        Should.Throw<ArgumentOutOfRangeException>(() => new ShardSet(0));
        var cycle = new SettlementCycleState(130);
        cycle.Apply(new CycleFrozen(1, TestHouse.Monday, TestHouse.Monday));
        foreach (var shard in new[] { 129, 63, 64, 0 })
        {
            cycle.Apply(new ShardCut(1, shard));
        }

        cycle.Reported.ToList().ShouldBe([0, 63, 64, 129]);
        cycle.Reported.IsComplete.ShouldBeFalse();
    }

    private SettlementPrices Prices(long cycle, long units = 400_000)
    {
        _house.Directory.TryGetInstrument(TestHouse.Future, out var listed).ShouldBeTrue();
        return new SettlementPrices(cycle, TestHouse.Monday, [new SettlementPrice(listed.Instrument, units)]);
    }

    private void Freeze(long cycle)
    {
        var frozen = new CycleFrozen(cycle, TestHouse.Monday, TestHouse.Monday.AddDays(1));
        SettlementCycleDecisions.RefuseFreeze(_cycle, frozen, _house.Directory).ShouldBeNull();
        _cycle.Apply(frozen);
    }

    private void Cut(long cycle, params int[] shards)
    {
        foreach (var shard in shards)
        {
            SettlementCycleDecisions.OnCut(_cycle, new ShardCut(cycle, shard)).ShouldBe(ShardReportDecision.Record);
            _cycle.Apply(new ShardCut(cycle, shard));
        }
    }

    private void Compute(long cycle, int shard, long mantissa, long rounded, int scale = 2)
    {
        var computed = new ShardComputed(cycle, shard, [new ShardTotal(Usd, new ExactAmount(mantissa, scale), rounded)]);
        SettlementCycleDecisions.OnComputed(_cycle, computed).ShouldBe(ShardReportDecision.Record);
        _cycle.Apply(computed);
    }

    private void Confirm(long cycle, params int[] shards)
    {
        foreach (var shard in shards)
        {
            SettlementCycleDecisions.OnConfirmed(_cycle, new ShardConfirmed(cycle, shard)).ShouldBe(ShardReportDecision.Record);
            _cycle.Apply(new ShardConfirmed(cycle, shard));
        }
    }
}
