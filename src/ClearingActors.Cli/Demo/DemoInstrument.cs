using ClearingActors.Cli.History;
using ClearingActors.Contracts.Operations.V1;
using WireDecimal = ClearingActors.Contracts.Common.V1.Decimal;

namespace ClearingActors.Cli.Demo;

/// <summary>
/// The future that the demo clears: 50 USD per index point, ticks of 0.25, no expiry. Its price bands and what a lot requires follow the history, so that a user's own
/// prices work too.
/// </summary>
public sealed class DemoInstrument
{
    public const string Symbol = "SPX.FUT";

    /// <summary>USD per index point.</summary>
    public const decimal Multiplier = 50;

    /// <summary>The price step.</summary>
    public const decimal Tick = 0.25m;

    /// <summary>The most lots in one trade.</summary>
    public const long MaxTradeQuantity = 1000;

    private const int TickMinorUnits = 25;

    /// <param name="days">The days to clear; at least one.</param>
    /// <exception cref="CommandException">A price is below a tick.</exception>
    public DemoInstrument(IReadOnlyList<DailyPrices> days)
    {
        var lowest = days.MinBy(day => day.Low);
        if (ToTicks(lowest.Low) < 1)
        {
            throw new CommandException($"the low of {lowest.Date:yyyy-MM-dd} is {lowest.Low}, which rounds to 0 in ticks of {Tick}; use a history of higher prices");
        }

        Highest = days.Max(day => day.High);
        BandLowTicks = Math.Max(1, ToTicks(lowest.Low) / 4);
        BandHighTicks = ToTicks(Highest) * 4;

        // Of the order of what clearing houses asked for the index then: 7 % of a lot, in whole hundreds.
        HeadroomPerLot = Math.Max(100, Math.Round(days[0].Close * Multiplier * 0.07m / 100, 0, MidpointRounding.AwayFromZero) * 100);
    }

    /// <summary>The highest price of the history.</summary>
    public decimal Highest { get; }

    /// <summary>The lowest price that the clearing house takes, in ticks.</summary>
    public long BandLowTicks { get; }

    /// <summary>The highest price that the clearing house takes, in ticks.</summary>
    public long BandHighTicks { get; }

    /// <summary>USD that a lot requires.</summary>
    public decimal HeadroomPerLot { get; }

    /// <summary>Rounded half-even to the tick, in ticks.</summary>
    public static long ToTicks(decimal price) => (long)Math.Round(price / Tick, 0, MidpointRounding.ToEven);

    /// <summary>The price of a number of ticks.</summary>
    public static decimal ToPrice(long ticks) => ticks * Tick;

    /// <summary>The price of a number of ticks as it travels: in hundredths.</summary>
    public static WireDecimal ToWire(long ticks) => new() { Mantissa = checked(ticks * TickMinorUnits), Exponent = -2 };

    /// <summary>What the operator sends to make it known.</summary>
    public DefineInstrumentRequest ToDefinition() => new()
    {
        Instrument = Symbol,
        Underlying = "SPX",
        ProductGroup = "SPX",
        Currency = "USD",
        CurrencyDigits = 2,
        Multiplier = ExactDecimal.ToWire(Multiplier),
        PriceScale = 2,
        Tick = ExactDecimal.ToWire(Tick),
        PriceBandLow = ToWire(BandLowTicks),
        PriceBandHigh = ToWire(BandHighTicks),

        // Wider than any day of 2020: around the last fresh mark, so that what a trade's neighbours do to the timing does not decide on it.
        TradeBandBasisPoints = 2500,
        MarkJumpBasisPoints = 300,
        MarkStaleness = (long)TimeSpan.FromHours(2).TotalNanoseconds,
        MaxTradeQuantity = MaxTradeQuantity,
        HeadroomPerLot = ExactDecimal.ToWire(HeadroomPerLot),
        Zone = TradingSession.Zone,
        DailyCutOffSeconds = 16 * 3600,
    };
}
