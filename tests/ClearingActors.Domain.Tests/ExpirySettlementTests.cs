using ClearingActors.Domain.Settlement;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Domain.Tests;

/// <summary>Rulebook 6.3.</summary>
public sealed class ExpirySettlementTests
{
    [Fact]
    public void Each_mark_holds_until_the_next_and_the_last_before_the_window_counts_from_its_start() =>
        ExpiryPrice.TimeWeighted([new(0, 100), new(600, 101.5m), new(1500, 99)], 300, 2100, 0.05m).ShouldBe(100.40m);

    [Fact]
    public void Negative_prices_round_to_the_tick_half_even() =>
        ExpiryPrice.TimeWeighted([new(0, -36.98m), new(10, -40.32m)], 0, 20, 0.01m).ShouldBe(-38.65m);

    [Theory]
    [InlineData("0.25", "0.2")]
    [InlineData("0.35", "0.4")]
    [InlineData("-0.25", "-0.2")]
    public void A_tie_between_two_ticks_goes_to_the_even_one(string price, string final) =>
        ExpiryPrice.TimeWeighted([new(0, decimal.Parse(price))], 0, 10, 0.1m).ShouldBe(decimal.Parse(final));

    [Fact]
    public void Time_before_the_first_mark_and_marks_after_the_window_have_no_weight() =>
        ExpiryPrice.TimeWeighted([new(8, 10), new(9, 20), new(10, 1000)], 0, 10, 1).ShouldBe(15);

    [Fact]
    public void With_too_few_marks_in_the_window_an_operator_decides()
    {
        ExpiryMark[] marks = [new(0, 10), new(5, 12)];

        ExpiryPrice.Decide(marks, 5, 10, 1, 1).ShouldBe(new ExpiryPriceDecision(12, 1));
        ExpiryPrice.Decide(marks, 5, 10, 1, 2).OperatorDecides.ShouldBeTrue();
        ExpiryPrice.Decide([], 5, 10, 1, 0).OperatorDecides.ShouldBeTrue();
        ExpiryPrice.Decide(marks, 6, 10, 1, 0).Price.ShouldBe(12);
    }

    [Fact]
    public void Marks_out_of_order_empty_windows_and_ticks_of_zero_are_refused()
    {
        Should.Throw<ArgumentException>(() => ExpiryPrice.TimeWeighted([new(5, 1), new(5, 2)], 0, 10, 1)).Message.ShouldContain("at 5");
        Should.Throw<ArgumentException>(() => ExpiryPrice.TimeWeighted([new(5, 1)], 10, 10, 1)).Message.ShouldContain("empty");
        Should.Throw<ArgumentException>(() => ExpiryPrice.TimeWeighted([new(10, 1)], 0, 10, 1)).Message.ShouldContain("none of the 1");
        Should.Throw<ArgumentException>(() => ExpiryPrice.TimeWeighted([new(0, 1)], 0, 10, 0)).Message.ShouldContain("tick above 0");
    }

    [Fact]
    public void Assignment_is_pro_rata_with_ties_by_account_then_client() =>
        ExerciseAssignment.Assign(7, [new("B", "2", 3), new("B", "1", 3), new("A", "", 3)])
            .ShouldBe([new ShortLots("A", "", 3), new ShortLots("B", "1", 2), new ShortLots("B", "2", 2)]);

    [Fact]
    public void Every_lot_is_assigned_and_nobody_gets_more_than_it_is_short() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<NonNegativeInt>>(),
        ArbMap.Default.ArbFor<NonNegativeInt>(),
        (lots, pick) =>
        {
            ShortLots[] shorts = [.. lots.Get.Select((q, i) => new ShortLots($"A{i:0000}", "", q.Get))];
            var exercised = pick.Get % (shorts.Sum(s => s.Lots) + 1);
            var assigned = ExerciseAssignment.Assign(exercised, shorts);
            return assigned.Sum(a => a.Lots) == exercised && assigned.Zip(shorts).All(p => p.First.Account == p.Second.Account && p.First.Lots <= p.Second.Lots);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void More_lots_than_shorts_and_a_position_twice_are_refused()
    {
        Should.Throw<ArgumentException>(() => ExerciseAssignment.Assign(4, [new("A", "", 3)])).Message.ShouldContain("4 lots");
        Should.Throw<ArgumentException>(() => ExerciseAssignment.Assign(4, [new("A", "", 3), new("A", "", 3)])).Message.ShouldContain("twice");
    }
}
