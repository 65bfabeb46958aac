using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Margin;

/// <summary>One scenario of a scan.</summary>
/// <param name="PriceFraction">Of the price scan range.</param>
/// <param name="VolFraction">Of the volatility scan range.</param>
/// <param name="Weight">What counts of the loss, 0 or more.</param>
public readonly record struct SpanScenario(double PriceFraction, double VolFraction, double Weight);

/// <summary>The ranges of a product group.</summary>
/// <param name="PriceScanRange">In price units, 0 or more.</param>
/// <param name="VolScanRange">In absolute volatility, 0 or more.</param>
public readonly record struct SpanRanges(double PriceScanRange, double VolScanRange);

/// <summary>A product group's scan.</summary>
/// <param name="ScenarioLosses">Weighted, one per scenario, losses positive.</param>
/// <param name="ScanRisk">The largest of them, at least 0.</param>
public sealed record SpanScan(IReadOnlyList<double> ScenarioLosses, double ScanRisk);

/// <summary>Net delta of one expiry.</summary>
/// <param name="Node">The expiry's tenor node.</param>
/// <param name="DeltaLots">Delta-equivalent lots, negative if short.</param>
public readonly record struct ExpiryDelta(string Node, double DeltaLots);

/// <summary>SPAN-style scanning (rulebook 8.3): the largest loss of a product group over 16 moves of price and volatility. Lognormal volatilities never fall below 0.01.</summary>
public static class SpanScanning
{
    private const double Third = 1.0 / 3.0;
    private const double TwoThirds = 2.0 / 3.0;

    /// <summary>The 16 scenarios: no, one, two and three thirds of the price range either way, each with volatility up and down; twice the range at weight 0.35.</summary>
    public static IReadOnlyList<SpanScenario> Standard { get; } =
    [
        new(0, 1, 1), new(0, -1, 1), new(Third, 1, 1), new(Third, -1, 1), new(-Third, 1, 1), new(-Third, -1, 1), new(TwoThirds, 1, 1), new(TwoThirds, -1, 1),
        new(-TwoThirds, 1, 1), new(-TwoThirds, -1, 1), new(1, 1, 1), new(1, -1, 1), new(-1, 1, 1), new(-1, -1, 1), new(2, 0, 0.35), new(-2, 0, 0.35),
    ];

    /// <summary>Scans a product group in one currency. Sums run over the holdings in the order given.</summary>
    /// <exception cref="ArgumentException">No scenario, a range or weight that is not 0 or more, or a move out of the pricing model's range.</exception>
    public static SpanScan Scan(IReadOnlyList<Holding> holdings, SpanRanges ranges, IReadOnlyList<SpanScenario> scenarios)
    {
        var gains = new double[scenarios.Count];
        Check(ranges, scenarios);
        foreach (var (instrument, quantity) in holdings)
        {
            var perLot = PerLot(instrument, ranges, scenarios);
            for (var i = 0; i < gains.Length; i++)
            {
                gains[i] += quantity * perLot[i];
            }
        }

        return Scan(gains, scenarios);
    }

    /// <summary>The gain of one long lot in each scenario, without its weight, in the instrument's own currency. It may be shared by all holders.</summary>
    /// <exception cref="ArgumentException">No scenario, a range or weight that is not 0 or more, or a move out of the pricing model's range.</exception>
    public static double[] PerLot(InstrumentRisk instrument, SpanRanges ranges, IReadOnlyList<SpanScenario> scenarios)
    {
        Check(ranges, scenarios);
        var gains = new double[scenarios.Count];
        for (var i = 0; i < gains.Length; i++)
        {
            gains[i] = GainPerLot(instrument, scenarios[i].PriceFraction * ranges.PriceScanRange, scenarios[i].VolFraction * ranges.VolScanRange);
        }

        return gains;
    }

    /// <summary>The scan of a product group whose gain in each scenario is known.</summary>
    /// <param name="gains">One per scenario, without the weights.</param>
    /// <param name="scenarios">The scenarios.</param>
    public static SpanScan Scan(ReadOnlySpan<double> gains, IReadOnlyList<SpanScenario> scenarios)
    {
        var losses = new double[gains.Length];
        var risk = 0.0;
        for (var i = 0; i < losses.Length; i++)
        {
            losses[i] = scenarios[i].Weight * -gains[i];
            risk = Math.Max(risk, losses[i]);
        }

        return new SpanScan(losses, risk);
    }

    /// <summary>The charge for spreads between expiries: rate x spread lots, which are the lesser of all long and all short deltas.</summary>
    /// <param name="expiries">Net delta of each expiry of one product group.</param>
    /// <param name="ratePerLot">Money per spread lot, 0 or more.</param>
    public static double CalendarSpreadCharge(IReadOnlyList<ExpiryDelta> expiries, double ratePerLot)
    {
        PricingGuard.NotNegative(ratePerLot);
        var (longLots, shortLots) = (0.0, 0.0);
        foreach (var expiry in expiries)
        {
            PricingGuard.Finite(expiry.DeltaLots);
            longLots += Math.Max(0.0, expiry.DeltaLots);
            shortLots += Math.Max(0.0, -expiry.DeltaLots);
        }

        return ratePerLot * Math.Min(longLots, shortLots);
    }

    /// <summary>The group's margin: scan risk and spread charge, at least the short-option minimum.</summary>
    public static double Margin(double scanRisk, double calendarSpreadCharge, double shortOptionMinimum) =>
        Math.Max(scanRisk + calendarSpreadCharge, shortOptionMinimum);

    private static void Check(SpanRanges ranges, IReadOnlyList<SpanScenario> scenarios)
    {
        PricingGuard.NotNegative(ranges.PriceScanRange);
        PricingGuard.NotNegative(ranges.VolScanRange);
        if (scenarios.Count == 0)
        {
            throw new ArgumentException("a scan needs one scenario at least", nameof(scenarios));
        }

        foreach (var scenario in scenarios)
        {
            PricingGuard.Finite(scenario.PriceFraction);
            PricingGuard.Finite(scenario.VolFraction);
            PricingGuard.NotNegative(scenario.Weight);
        }
    }

    private static double GainPerLot(InstrumentRisk instrument, double priceMove, double volMove)
    {
        var price = instrument.Price + priceMove;
        switch (instrument)
        {
            case OptionRisk option:
                var floor = option.Terms.Model == OptionModel.Black76 ? OptionTerms.LowestLognormalVolatility : 0.0;
                return option.Multiplier * (option.ValueAt(price, Math.Max(option.Terms.Volatility + volMove, floor)) - option.UnitValue);
            default:
                return instrument.GainPerLot(priceMove, Scenarios.ChangeKind.Absolute, null);
        }
    }
}
