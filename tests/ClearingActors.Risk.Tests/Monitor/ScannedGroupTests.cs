using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Monitor;
using ClearingActors.Risk.Pricing;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Tests.Monitor;

/// <summary>Rulebook 8.3 and 8.9: a scanned group's figure is the canonical one, and what may come of trades in flight is never above the bound.</summary>
public sealed class ScannedGroupTests
{
    private static readonly Rates Plain = new(300, 900);
    private static readonly SpanRanges Ranges = new(6, 0.08);

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_is_traded_and_marked_the_figure_is_that_of_a_scan(int seed)
    {
        var book = new Book(new Random(seed));
        for (var step = 0; step < 200; step++)
        {
            book.Step();
            if (step == 120)
            {
                book.Rebuild();
            }

            if (step % 5 == 0)
            {
                book.Check($"seed {seed}, step {step}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whichever_trades_in_flight_end_well_the_margin_is_not_above_the_bound(int seed)
    {
        var random = new Random(seed);
        var book = new Book(random);
        for (var round = 0; round < 20; round++)
        {
            book.Step();
            book.Step();
            book.CheckBound(random, $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void Between_its_ends_a_position_may_need_more_than_at_either_and_the_bound_says_so()
    {
        // Each of the first two lots sold of the small contract adds a spread lot, which costs more than the risk it takes off; the others only take off risk.
        var portfolio = new PortfolioRisk();
        var group = portfolio.AddScanned(buffered: false);
        var (near, far) = (group.Add(), group.Add());
        var held = Future(70, 1, 100, out var nearLot);
        var traded = Future(71, 2, 10, out var farLot);
        group.Set(near, 2, nearLot);
        group.Set(far, 0, farLot);
        portfolio.Measure([]);
        var (atEnds, atMost) = portfolio.RequirementWith(group, far, -10, 0);
        atEnds.ShouldBe(1200, 1e-9);
        Canonical([(held, 2, 1), (traded, -2, 2)], Plain).ShouldBe(1680, 1e-9);
        portfolio.RequirementWith(group, far, -2, -2).AtMost.ShouldBe(1680, 1e-9);
        atMost.ShouldBe(1680, 1e-9);
    }

    [Fact]
    public void Where_there_is_nothing_in_flight_the_bound_is_the_figure()
    {
        var portfolio = new PortfolioRisk();
        var group = portfolio.AddScanned(buffered: true);
        var number = group.Add();
        _ = Future(100, 1, 10, out var lot);
        group.Set(number, 3, lot);
        portfolio.Measure([]);
        portfolio.Requirement.ShouldBe(1.25 * 3 * 10 * Ranges.PriceScanRange, 1e-9);
        portfolio.Buffer.ShouldBe(0.25 * 3 * 10 * Ranges.PriceScanRange, 1e-9);
        portfolio.RequirementWith(group, number, 3, 3).ShouldBe((portfolio.Requirement, portfolio.Requirement));
        portfolio.RequirementWith(group, number, -3, -3).AtMost.ShouldBe(portfolio.Requirement, 1e-9);
        portfolio.Clear();
        portfolio.Measure([]);
        portfolio.Requirement.ShouldBe(0);
    }

    [Fact]
    public void A_lot_that_is_no_number_or_has_other_moves_is_refused()
    {
        var gains = new double[16];
        Should.Throw<ArgumentException>(() => new ScanLot(gains.AsSpan(1), 1, 0, 0)).Message.ShouldContain("a scan has 16 moves, 15 gains were given");
        Should.Throw<ArgumentException>(() => new ScanLot(gains, 1, double.NaN, 0));
        Should.Throw<ArgumentException>(() => new ScanLot(gains, 1, 0, -1));
        gains[7] = double.PositiveInfinity;
        Should.Throw<ArgumentException>(() => new ScanLot(gains, 1, 0, 0));
    }

    [Fact]
    public void A_mark_allocates_nothing()
    {
        var random = new Random(1);
        var book = new Book(random);
        var lots = book.NewMarks();
        book.Mark(lots);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            book.Mark(lots);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static LinearRisk Future(double price, long expiry, double multiplier, out ScanLot lot)
    {
        var risk = new LinearRisk($"F{expiry}", RiskFactorId.Price("U"), price, multiplier, "USD");
        lot = LotOf(risk, expiry, Plain);
        return risk;
    }

    private static ScanLot LotOf(InstrumentRisk risk, long expiry, Rates rates) =>
        new(SpanScanning.PerLot(risk, Ranges, SpanScanning.Standard), expiry, DeltaOf(risk) * rates.PerSpreadLot, risk is OptionRisk ? rates.PerShortLot : 0);

    private static double DeltaOf(InstrumentRisk risk) => risk is OptionRisk ? LotSensitivity.Of(risk).Units / risk.Multiplier : 1.0;

    /// <summary>The library's own scan of the holdings.</summary>
    private static double Canonical(IReadOnlyList<(InstrumentRisk Risk, long Lots, long Expiry)> held, Rates rates)
    {
        var scan = SpanScanning.Scan([.. held.Select(h => new Holding(h.Risk, h.Lots))], Ranges, SpanScanning.Standard);
        var deltas = held.GroupBy(h => h.Expiry).Select(e => new ExpiryDelta($"{e.Key}", e.Sum(h => h.Lots * DeltaOf(h.Risk))));
        var minimum = ShortOptionMinimum.Of(rates.PerShortLot, [.. held.Where(h => h.Risk is OptionRisk).Select(h => h.Lots)]);
        return SpanScanning.Margin(scan.ScanRisk, SpanScanning.CalendarSpreadCharge([.. deltas], rates.PerSpreadLot), minimum);
    }

    /// <summary>Money for a spread lot and for an option short.</summary>
    private readonly record struct Rates(double PerSpreadLot, double PerShortLot);

    /// <summary>Futures of four expiries with a call and a put on each.</summary>
    private sealed class Book
    {
        private readonly Random _random;
        private readonly PortfolioRisk _portfolio = new();
        private readonly ScannedGroup _group;
        private readonly bool _buffered;
        private readonly Rates _rates;
        private readonly InstrumentRisk[] _risks = new InstrumentRisk[12];
        private readonly ScanLot[] _lots = new ScanLot[12];
        private readonly long[] _held = new long[12];
        private readonly int[] _numbers = new int[12];

        internal Book(Random random)
        {
            _random = random;
            _buffered = random.Next(2) == 0;

            // Some charges and floors count for more than the scan, of 6,000 a lot.
            _rates = new Rates(random.Next(2) == 0 ? 300 : 15_000, random.Next(2) == 0 ? 900 : 60_000);
            _group = _portfolio.AddScanned(_buffered);
            for (var i = 0; i < _risks.Length; i++)
            {
                _numbers[i] = _group.Add();
            }

            Mark(NewMarks());
        }

        /// <summary>A trade, mostly; else marks of all.</summary>
        internal void Step()
        {
            if (_random.Next(4) == 0)
            {
                Mark(NewMarks());
                return;
            }

            var i = _random.Next(_held.Length);
            _held[i] = _random.Next(5) == 0 ? 0 : _held[i] + _random.Next(-30, 31);
            _group.Set(_numbers[i], _held[i], _lots[i]);
            _portfolio.Measure([]);
        }

        internal ScanLot[] NewMarks()
        {
            var lots = new ScanLot[12];
            for (var i = 0; i < _risks.Length; i++)
            {
                var expiry = i % 4;
                var price = 70 + expiry + (_random.NextDouble() * 4);
                var terms = new OptionTerms
                {
                    Model = OptionModel.Black76,
                    Type = i < 8 ? OptionType.Call : OptionType.Put,
                    Strike = 72,
                    ExpiryYears = 0.1 + (0.2 * expiry),
                    Volatility = 0.2 + (0.1 * _random.NextDouble()),
                };
                _risks[i] = i < 4 ? new LinearRisk($"F{i}", RiskFactorId.Price("U"), price, 1000, "USD") : new OptionRisk($"O{i}", RiskFactorId.Price("U"), price, 1000, "USD", terms);
                lots[i] = LotOf(_risks[i], expiry, _rates);
            }

            return lots;
        }

        internal void Mark(ScanLot[] lots)
        {
            for (var i = 0; i < lots.Length; i++)
            {
                _lots[i] = lots[i];
                _group.Set(_numbers[i], _held[i], _lots[i]);
            }

            _portfolio.Measure([]);
        }

        internal void Rebuild()
        {
            _portfolio.Clear();
            for (var i = 0; i < _risks.Length; i++)
            {
                _numbers[i] = _group.Add();
                _group.Set(_numbers[i], _held[i], _lots[i]);
            }

            _portfolio.Measure([]);
        }

        internal void Check(string where) => _portfolio.Requirement.ShouldBe(Exact(_held), Tolerance(_held), where);

        /// <summary>A trade in one instrument, and lots in flight in all: the bound is what the account is held to before novation.</summary>
        internal void CheckBound(Random random, string where)
        {
            var traded = random.Next(_held.Length);
            long[] low = [.. _held.Select(h => h - random.Next(20))];
            long[] high = [.. _held.Select(h => h + random.Next(20))];
            var bound = _portfolio.RequirementWith(_group, _numbers[traded], low[traded], high[traded]).AtMost;
            for (var i = 0; i < _held.Length; i++)
            {
                if (i != traded)
                {
                    bound += (_buffered ? 1.25 : 1.0) * Math.Max((high[i] - _held[i]) * _lots[i].MostBought, (_held[i] - low[i]) * _lots[i].MostSold);
                }
            }

            // No more than the worst of what is between the ends, in small steps.
            var steps = Enumerable.Range(0, 2001).Select(n => low[traded] + ((high[traded] - low[traded]) * n / 2000.0));
            var (atEnds, most) = _portfolio.RequirementWith(_group, _numbers[traded], low[traded], high[traded]);
            var found = steps.Max(lots => _portfolio.RequirementWith(_group, _numbers[traded], lots, lots).AtEnds);
            atEnds.ShouldBeLessThanOrEqualTo(most, where);
            most.ShouldBeInRange(found - Tolerance(high), found + (0.02 * _lots.Max(l => l.MostBought + l.MostSold)), where);

            var wide = _portfolio.Requirement;
            for (var i = 0; i < _held.Length; i++)
            {
                wide += (_buffered ? 1.25 : 1.0) * Math.Max((high[i] - _held[i]) * _lots[i].MostBought, (_held[i] - low[i]) * _lots[i].MostSold);
            }

            for (var n = 0; n < 40; n++)
            {
                // Each trade in flight by itself, some to their ends.
                var ends = random.Next(2) == 0;
                long[] held = [.. _held.Select((_, i) => ends ? (random.Next(2) == 0 ? low[i] : high[i]) : random.NextInt64(low[i], high[i] + 1))];
                Exact(held).ShouldBeLessThanOrEqualTo(Math.Min(bound, wide) + Tolerance(high), where);
            }

            _portfolio.RequirementWith(_group, _numbers[traded], low[traded], high[traded]).AtEnds
                .ShouldBe(Math.Max(Exact(With(traded, low[traded])), Exact(With(traded, high[traded]))), Tolerance(high), where);
        }

        private long[] With(int traded, long lots) => [.. _held.Select((h, i) => i == traded ? lots : h)];

        private double Exact(long[] held)
        {
            var margin = Canonical([.. _risks.Select((r, i) => (r, held[i], (long)(i % 4)))], _rates);
            return _buffered ? 1.25 * margin : margin;
        }

        private double Tolerance(long[] held) =>
            1e-9 * (1 + _risks.Select((_, i) => (Math.Abs(held[i]) + Math.Abs(_held[i])) * _lots[i].Gains.ToArray().Max(Math.Abs)).Sum());
    }
}
