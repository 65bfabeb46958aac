using System.Numerics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Domain.Tests;

public sealed class LargestRemainderTests
{
    [Fact]
    public void Equal_remainders_go_to_the_earlier_weight() => LargestRemainder.Share(5, [1, 1, 1]).ShouldBe([2, 2, 1]);

    [Fact]
    public void A_weight_of_zero_gets_nothing() => LargestRemainder.Share(5, [0, 3, 0]).ShouldBe([0, 5, 0]);

    [Fact]
    public void Nothing_is_shared_among_nobody() => LargestRemainder.Share(0, []).ShouldBeEmpty();

    [Fact]
    public void What_cannot_be_shared_is_refused()
    {
        Should.Throw<ArgumentException>(() => LargestRemainder.Share(5, [0, 0])).Message.ShouldContain("5 units");
        Should.Throw<ArgumentException>(() => LargestRemainder.Share(-1, [1])).Message.ShouldContain("-1");
        Should.Throw<ArgumentException>(() => LargestRemainder.Share(1, [1, -2])).Message.ShouldContain("-2 at place 1");
    }

    [Fact]
    public void Shares_sum_to_the_amount_and_each_is_within_one_unit_of_its_quota() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNegativeInt>(),
        ArbMap.Default.ArbFor<NonEmptyArray<PositiveInt>>(),
        (units, weights) =>
        {
            BigInteger[] w = [.. weights.Get.Select(x => (BigInteger)x.Get)];
            var total = w.Aggregate(BigInteger.Zero, (a, b) => a + b);
            var shares = LargestRemainder.Share(units.Get, w);
            return shares.Aggregate(BigInteger.Zero, (a, b) => a + b) == units.Get
                && shares.Zip(w).All(p => BigInteger.Abs((p.First * total) - (p.Second * units.Get)) < total);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Texts_are_ordered_by_their_utf8_bytes() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<int>>(),
        ArbMap.Default.ArbFor<NonEmptyArray<int>>(),
        (x, y) =>
        {
            var (left, right) = (Text(x.Get), Text(y.Get));
            var bytes = Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));
            return Math.Sign(Utf8Ordinal.Order.Compare(left, right)) == Math.Sign(bytes);

            // Characters on both sides of the surrogates, so that the two orders differ.
            static string Text(int[] picks) => string.Concat(picks.Select(p => new[] { "a", "B", "é", "\uFF21", "😀", "𝄞" }[Math.Abs(p % 6)]));
        }).QuickCheckThrowOnFailure();
}
