using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Settlement;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Domain.Tests;

public sealed class FundingTests
{
    private const long Hour = 3_600_000_000_000;
    private static readonly InstrumentId Index = InstrumentId.Parse("BTC.INDEX");
    private static readonly InstrumentId Perpetual = InstrumentId.Parse("BTC.PERP");
    private static readonly long To = TestHouse.Noon - (4 * Hour);

    private readonly TestHouse _house = new();
    private readonly MarketState _market = new(UnderlyingId.Parse("BTC"));

    public FundingTests()
    {
        // Marks of any age are taken, so that a test can tell of hours.
        foreach (var definition in new[] { Contracts.Index(), Contracts.Linear(), Contracts.Inverse() })
        {
            _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(definition with { MarkStalenessNs = InstrumentDefinition.MaxMarkStalenessNs })));
        }
    }

    [Fact]
    public void The_rate_follows_from_the_marks_of_the_interval_and_the_mark_at_its_end()
    {
        Mark(Index, To - (9 * Hour), 40_000m);
        Mark(Perpetual, To - (9 * Hour), 40_000m);
        Mark(Perpetual, To - (4 * Hour), 40_080m);
        Mark(Perpetual, To, 50_000m);
        var fixedRate = Fund(To).Event;
        fixedRate.Premium.ShouldBe(0.001m);
        fixedRate.Rate.ShouldBe(0.0005m);
        fixedRate.MarkUnits.ShouldBe(40_080_00);
        (fixedRate.From, fixedRate.To).ShouldBe((To - (8 * Hour), To));
    }

    [Fact]
    public void An_interval_is_fixed_once_and_a_repeat_gets_the_first_rate()
    {
        Mark(Index, To - (9 * Hour), 40_000m);
        Mark(Perpetual, To - (9 * Hour), 40_040m);
        var first = Fund(To);
        first.Kind.ShouldBe(FundingDecisionKind.Fixed);
        _market.Apply(first.Event);
        Mark(Perpetual, To - 1, 41_000m);
        Fund(To).ShouldBe(first with { Kind = FundingDecisionKind.AlreadyFixed });
        Fund(To - (8 * Hour)).Reason.ShouldContain("overlaps");
        Should.Throw<InvalidOperationException>(() => _market.Apply(first.Event));
    }

    [Fact]
    public void What_cannot_be_funded_is_refused_with_the_reason()
    {
        Fund(To).Reason.ShouldContain("no accepted mark");
        Fund(To + 1).Reason.ShouldContain("multiple of");
        Fund(To + (8 * Hour)).Reason.ShouldContain("business time");
        FundingDecisions.Decide(_market, TestHouse.Future, To, _house.Directory).Reason.ShouldContain("not a perpetual");
        Mark(Index, To - Hour, 40_000m);
        Mark(Perpetual, To, 40_000m);
        Fund(To).Reason.ShouldContain("no marks at the same time");
    }

    [Fact]
    public void An_interval_whose_marks_are_no_longer_all_there_is_refused()
    {
        for (var hour = 40; hour >= 0; hour--)
        {
            Mark(Index, To - (hour * Hour), 40_000m);
            Mark(Perpetual, To - (hour * Hour), 40_000m);
        }

        Fund(To).Kind.ShouldBe(FundingDecisionKind.Fixed);
        Fund(To - (8 * Hour)).Kind.ShouldBe(FundingDecisionKind.Fixed);
        Fund(To - (32 * Hour)).Reason.ShouldContain("no longer all there");
        _market.HistoryOf(Perpetual).ShouldNotBeNull().Points.Count.ShouldBeLessThan(41);
    }

    [Fact]
    public void A_market_is_restored_with_its_history_and_its_fundings()
    {
        Mark(Index, To - (9 * Hour), 40_000m);
        Mark(Perpetual, To - (9 * Hour), 40_040m);
        Mark(Perpetual, To - Hour, 40_050m);
        var restored = MarketState.Restore(_market.ToSnapshot());
        FundingDecisions.Decide(restored, Perpetual, To, _house.Directory).ShouldBe(Fund(To));
        _market.Apply(Fund(To).Event);
        restored = MarketState.Restore(_market.ToSnapshot());
        FundingDecisions.Decide(restored, Perpetual, To, _house.Directory).Kind.ShouldBe(FundingDecisionKind.AlreadyFixed);
    }

    [Fact]
    public void Marks_of_before_there_was_a_history_are_never_taken_for_all_there_were()
    {
        foreach (var (instrument, number) in new[] { (Index, 1L), (Perpetual, 2L) })
        {
            _market.Apply(new MarkAccepted(_market.Underlying, instrument, new Mark(40_000_00, number, To - Hour), MarkSourceId.Parse("X"), default));
        }

        Fund(To).Reason.ShouldContain("no longer all there");
    }

    [Theory]
    [InlineData(10, 40000, "0.0001", "-40")]
    [InlineData(-3, 40000, "0.0075", "900")]
    [InlineData(5, 40000, "-0.0004375", "87.5")]
    public void Longs_pay_a_positive_rate_on_the_mark(long quantity, decimal mark, string rate, string amount)
    {
        var perpetual = TestHouse.Instrument(Contracts.Linear() with { Multiplier = 1m });
        var payment = new FundingPayment(perpetual, new FundingRateFixed(perpetual.Id, 1, 2, 0, decimal.Parse(rate), (long)(mark * 100)));
        ExactFraction.From(payment.AmountOf(quantity)).ShouldBe(ExactFraction.From(decimal.Parse(amount)));
    }

    [Theory]
    [InlineData(7, 42_911)]
    [InlineData(-250, 39_999)]
    public void An_inverse_perpetual_pays_in_the_base_currency_as_its_reciprocal_says(long quantity, long mark)
    {
        var perpetual = TestHouse.Instrument(Contracts.Inverse());
        var payment = new FundingPayment(perpetual, new FundingRateFixed(perpetual.Id, 1, 2, 0, -0.000123m, mark * 100));
        ExactFraction.From(payment.AmountOf(quantity)).ShouldBe(PerpetualFunding.InverseAmount(quantity, 100m, mark, -0.000123m));
    }

    [Fact]
    public void Funding_is_paid_in_the_cycle_by_the_positions_of_its_cut_as_its_own_type()
    {
        _house.Trade(_house.Report(quantity: 10, price: 40_000m, instrument: "BTC.PERP", guaranteed: true)).ShouldBe(RejectReason.None);
        _house.Directory.TryGetInstrument(Perpetual, out var listed).ShouldBeTrue();
        var funding = new FundingPayment(listed.Instrument, new FundingRateFixed(Perpetual, 1, 2, 0, 0.0001m, 40_000_00));
        var prices = new SettlementPrices(1, TestHouse.Monday, [new SettlementPrice(listed.Instrument, 40_000_00)], [funding, funding]);
        var amounts = VariationMargin.Decide(_house.Buyer, prices).Event.Amounts;
        amounts.ShouldBe([new(TestHouse.Usd, ExactAmount.Zero, 0), new(TestHouse.Usd, new ExactAmount(-8, 2), -8, CashEntryType.Funding)]);
        VariationMargin.Decide(_house.Seller, prices).Event.Amounts[1].Exact.ShouldBe(new ExactAmount(8, 2));
    }

    [Fact]
    public void The_premium_of_two_series_is_the_exact_one() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => IsExact(seed)));

    [Fact]
    public void A_premium_on_the_edge_of_rounding_goes_to_even()
    {
        // 1.00000000005 exactly: the tenth place is 0 and stays, while 1.00000000015 rounds to 2.
        FundingPremium.Of([new(0, 20_000_000_001)], 0, [new(0, 20_000_000_000)], 0, 0, 1).ShouldBe(0m);
        FundingPremium.Of([new(0, 20_000_000_003)], 0, [new(0, 20_000_000_000)], 0, 0, 1).ShouldBe(0.0000000002m);
    }

    private static bool IsExact(int seed)
    {
        var random = new Random(seed);
        List<MarkPoint> Series(int low, int high)
        {
            List<MarkPoint> points = [];
            for (long time = random.Next(30); time < 200; time += random.Next(1, 40))
            {
                points.Add(new MarkPoint(time, random.Next(low, high)));
            }

            return points;
        }

        var (marks, index) = (Series(30_000, 31_000), Series(2_990, 3_110));
        List<PremiumSample> samples = [];
        foreach (var at in marks.Concat(index).Select(p => p.Time).Distinct().Order())
        {
            if (marks[0].Time <= at && index[0].Time <= at)
            {
                samples.Add(new PremiumSample(at, marks.Last(p => p.Time <= at).PriceUnits / 100m, index.Last(p => p.Time <= at).PriceUnits / 10m));
            }
        }

        return FundingPremium.Of(marks, 2, index, 1, 20, 180) == PerpetualFunding.Premium(samples, 20, 180);
    }

    private FundingDecision Fund(long to) => FundingDecisions.Decide(_market, Perpetual, to, _house.Directory);

    private void Mark(InstrumentId instrument, long time, decimal price)
    {
        var decision = MarkDecisions.DecideMark(_market, new MarkReport(instrument, MarkSourceId.Parse("X"), price, time), _house.Directory);
        if (decision.Kind == MarkDecisionKind.Held)
        {
            _market.Apply(decision.Held);
            decision = MarkDecisions.DecideConfirmHeld(_market, instrument, _market.MarksOf(instrument).Held, MarkSourceId.Parse("ann"), _house.Directory);
        }

        decision.Kind.ShouldBe(MarkDecisionKind.Accepted);
        _market.Apply(decision.Accepted);
    }
}
