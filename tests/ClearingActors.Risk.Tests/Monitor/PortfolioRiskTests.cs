using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Monitor;

namespace ClearingActors.Risk.Tests.Monitor;

/// <summary>Rulebook 8.9: the incremental figures agree with the canonical ones to 1e-9 of the gross scenario profit and loss.</summary>
public sealed class PortfolioRiskTests
{
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_is_traded_and_marked_the_figures_are_those_of_full_revaluation(int seed)
    {
        var random = new Random(seed);
        var scenarios = new[] { 1, 5, 20, 250, 1250, 1253 }[random.Next(6)];
        var book = new RandomBook(random, scenarios);
        for (var step = 0; step < 200; step++)
        {
            book.Step();
            if (step % 10 == 0)
            {
                book.Check($"seed {seed}, step {step}");
            }
        }

        book.Rebuild();
        book.Check($"seed {seed}, rebuilt");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_tail_is_the_one_that_sorting_finds_whatever_the_hint(int seed)
    {
        var random = new Random(seed);
        var length = random.Next(1, 2000);
        var gains = new double[length];
        for (var i = 0; i < length; i++)
        {
            // Many equal values among them.
            gains[i] = random.Next(4) == 0 ? random.Next(-3, 3) : (random.NextDouble() - 0.5) * 1e6;
        }

        var confidence = new[] { 0.5, 0.9, 0.99, 0.999 }[random.Next(4)];
        var expected = TailRisk.Of(gains, confidence);
        foreach (var hint in new[] { FastTail.NoHint, double.NegativeInfinity, -1e5, 0, -expected.ValueAtRisk })
        {
            var told = hint;
            FastTail.Of(gains, expected.TailCount, new double[length], ref told).ShouldBe(expected, $"seed {seed}, hint {hint}");
            FastTail.Of(gains, expected.TailCount, new double[length], ref told).ShouldBe(expected, $"seed {seed}, told {told}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Nothing_between_two_numbers_of_lots_needs_more_than_is_said(int seed)
    {
        var random = new Random(seed);
        var book = new RandomBook(random, new[] { 5, 20, 250 }[random.Next(3)]);
        for (var step = 0; step < 20; step++)
        {
            book.Step();
            book.CheckBetween();
        }
    }

    [Fact]
    public void Value_at_risk_may_be_greater_between_than_at_both_ends()
    {
        // Of three scenarios the second largest loss counts: 2 as it is; three lots more or less turn one of the two losses into a gain.
        var portfolio = new PortfolioRisk();
        var group = portfolio.AddGroup(0, new OffsetSet(0.5, 2, "USD", "MAIN", RiskMeasure.ValueAtRisk, "1"), false, 3);
        double[] lot = [-1, 1, 0];
        portfolio.Add(group, 1, [-2, -2, 4]);
        var scratch = new double[portfolio.ScratchLength];
        portfolio.Measure(scratch);

        portfolio.RequirementWith(group, 0, lot, scratch).ShouldBe(2);
        portfolio.RequirementWith(group, 3, lot, scratch).ShouldBe(0);
        portfolio.RequirementWith(group, -3, lot, scratch).ShouldBe(0);
        var (atEnds, atMost) = portfolio.RequirementWith(group, -3, 3, lot, scratch);
        atEnds.ShouldBe(0);
        atMost.ShouldBeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public void A_gain_that_is_no_number_is_seen_in_the_figure()
    {
        double[] gains = [1, 2, double.NaN, -4, 5, 6, 7, 8, 9];
        var hint = -1.0;
        double.IsFinite(FastTail.Of(gains, 2, new double[9], ref hint).ExpectedShortfall).ShouldBeFalse();
    }

    [Fact]
    public void Moving_a_portfolio_by_a_mark_allocates_nothing()
    {
        var book = new RandomBook(new Random(1), 1250);
        var change = new double[1250];
        var scratch = new double[book.Portfolio.ScratchLength];
        book.Portfolio.Move(0, 3, change, scratch);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            change[i] = -i;
            book.Portfolio.Move(0, 3, change, scratch);
            book.Portfolio.RequirementWith(0, -3, change, scratch);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Groups_of_one_set_must_have_the_same_scenarios()
    {
        var portfolio = new PortfolioRisk();
        var set = new OffsetSet(0.99, 2, "USD", "MAIN", RiskMeasure.ExpectedShortfall, "1");
        portfolio.AddGroup(0, set, false, 10);
        Should.Throw<ArgumentException>(() => portfolio.AddGroup(0, set, false, 11)).Message.ShouldContain("11 scenarios");
        portfolio.AddGroup(1, set, false, 11).ShouldBe(1);
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 60)];

    /// <summary>Holdings and lots beside the portfolio that follows them.</summary>
    private sealed class RandomBook
    {
        private readonly Random _random;
        private readonly int _scenarios;
        private readonly (int Portfolio, OffsetSet Set)[] _groups;
        private readonly bool _buffered;
        private readonly List<Instrument> _instruments = [];
        private readonly double[] _scratch;

        internal RandomBook(Random random, int scenarios)
        {
            (_random, _scenarios) = (random, scenarios);
            _buffered = random.Next(2) == 0;
            var measure = (RiskMeasure)random.Next(2);
            OffsetSet[] sets = [new(0.99, 2, "USD", "MAIN", measure, "1"), new(0.95, 2, "USD", "MAIN", measure, "1")];
            _groups = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => (random.Next(2), sets[random.Next(2)]))];
            foreach (var (portfolio, set) in _groups)
            {
                var group = Portfolio.AddGroup(portfolio, set, _buffered, scenarios);
                for (var i = 0; i < 3; i++)
                {
                    _instruments.Add(new Instrument(group, Gains()));
                }
            }

            _scratch = new double[Portfolio.ScratchLength];
        }

        internal PortfolioRisk Portfolio { get; } = new();

        internal void Step()
        {
            var instrument = _instruments[_random.Next(_instruments.Count)];
            if (_random.Next(3) == 0)
            {
                var lots = _random.Next(-1000, 1000);
                var expected = Canonical(instrument, lots);
                Portfolio.Measure(_scratch);
                Near(Portfolio.RequirementWith(instrument.Group, lots, instrument.Gains, _scratch), expected, Gross() + (Math.Abs(lots) * instrument.Gains.Max(Math.Abs)));
                Portfolio.Add(instrument.Group, lots, instrument.Gains);
                instrument.Lots += lots;
                return;
            }

            var gains = Gains();
            var change = gains.Zip(instrument.Gains, (now, before) => now - before).ToArray();
            instrument.Gains = gains;
            if (_random.Next(2) == 0)
            {
                Portfolio.Move(instrument.Group, instrument.Lots, change, _scratch);
            }
            else
            {
                Portfolio.Add(instrument.Group, instrument.Lots, change);
            }
        }

        internal void CheckBetween()
        {
            Portfolio.Measure(_scratch);
            var instrument = _instruments[_random.Next(_instruments.Count)];
            var low = _random.Next(-1000, 1000);
            var high = low + _random.Next(0, 40);
            var (atEnds, atMost) = Portfolio.RequirementWith(instrument.Group, low, high, instrument.Gains, _scratch);
            var near = 1e-9 * (Gross() + (1000 * instrument.Gains.Max(Math.Abs)));
            atMost.ShouldBeGreaterThanOrEqualTo(atEnds);
            for (var lots = low; lots <= high; lots++)
            {
                Portfolio.RequirementWith(instrument.Group, lots, instrument.Gains, _scratch).ShouldBeLessThanOrEqualTo(atMost + near);
            }
        }

        internal void Rebuild()
        {
            Portfolio.Clear();
            foreach (var instrument in _instruments)
            {
                Portfolio.Add(instrument.Group, instrument.Lots, instrument.Gains);
            }
        }

        internal void Check(string where)
        {
            Portfolio.Measure(_scratch);
            Near(Portfolio.Requirement, Canonical(null, 0), Gross(), where);
        }

        private static void Near(double actual, double expected, double gross, string where = "") =>
            Math.Abs(actual - expected).ShouldBeLessThanOrEqualTo(1e-9 * gross, where);

        /// <summary>The largest gross profit or loss of a scenario.</summary>
        private double Gross() => Enumerable.Range(0, _scenarios).Max(s => _instruments.Sum(i => Math.Abs(i.Lots * i.Gains[s])));

        private double Canonical(Instrument? other, long more)
        {
            var total = 0.0;
            for (var portfolio = 0; portfolio < 2; portfolio++)
            {
                List<RevaluedGroup> groups = [];
                for (var g = 0; g < _groups.Length; g++)
                {
                    if (_groups[g].Portfolio == portfolio)
                    {
                        var gains = new double[_scenarios];
                        foreach (var instrument in _instruments.Where(i => i.Group == g))
                        {
                            for (var s = 0; s < gains.Length; s++)
                            {
                                gains[s] += (instrument.Lots + (instrument == other ? more : 0)) * instrument.Gains[s];
                            }
                        }

                        groups.Add(new RevaluedGroup($"G{g}", _groups[g].Set, gains));
                    }
                }

                foreach (var set in ModelMargin.Of(groups))
                {
                    total += _buffered ? Procyclicality.Buffer25(set.Margin, default) : set.Margin;
                }
            }

            return total;
        }

        private double[] Gains()
        {
            var scale = Math.Pow(10, _random.Next(-2, 6));
            return [.. Enumerable.Range(0, _scenarios).Select(_ => (_random.NextDouble() - 0.5) * scale)];
        }

        private sealed class Instrument(int group, double[] gains)
        {
            internal int Group { get; } = group;

            internal double[] Gains { get; set; } = gains;

            internal long Lots { get; set; }
        }
    }
}
