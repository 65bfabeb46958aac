using System.Globalization;
using ClearingActors.Cli.History;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Risk.Pricing;
using WireTerms = ClearingActors.Contracts.Operations.V1.OptionTerms;

namespace ClearingActors.Cli.Demo;

/// <summary>A European option on the demo's future, margined as a future is. Its last day of trading is the one before its expiry.</summary>
/// <param name="Type">Call or put.</param>
/// <param name="Strike">In index points.</param>
/// <param name="Expiry">The day; at the close of its session.</param>
public sealed record DemoOption(OptionType Type, decimal Strike, DateOnly Expiry)
{
    private const int LeastDaysLeft = 30;
    private const int LeastDaysTraded = 3;
    private const double YearNs = 365.0 * 86_400e9;

    private static readonly (OptionType Type, int Percent)[] Listed =
        [(OptionType.Call, 100), (OptionType.Call, 105), (OptionType.Put, 100), (OptionType.Put, 90), (OptionType.Put, 80)];

    private static readonly (OptionType Type, int Percent)[] ListedToExpire = [(OptionType.Call, 100), (OptionType.Put, 90)];

    private static readonly decimal[] StrikeSteps = [25, 5, 1];

    /// <summary>As in SPX.JUN20.P2700.</summary>
    public string Symbol { get; } = string.Create(CultureInfo.InvariantCulture, $"SPX.{$"{Expiry:MMMyy}".ToUpperInvariant()}.{(Type == OptionType.Call ? 'C' : 'P')}{Strike:0.##}");

    private long ExpiryInstant { get; } = TradingSession.Of(Expiry).Close;

    /// <summary>
    /// Two calls and three puts around the first price, whose expiry is the third Friday of the first March, June, September or December that leaves thirty days
    /// behind the last day; and a call and a put that expire on the first such Friday among the days, if there is one after the third.
    /// </summary>
    /// <param name="days">The days to clear, at least one.</param>
    public static IReadOnlyList<DemoOption> ListFor(IReadOnlyList<DailyPrices> days)
    {
        var expiry = ExpiryAfter(days[^1].Date.AddDays(LeastDaysLeft));
        var price = days[0].Open;
        var step = StrikeSteps.Append(DemoInstrument.Tick).First(s => s <= price / 40 || s == DemoInstrument.Tick);
        var within = days.Skip(LeastDaysTraded).Select(day => day.Date).FirstOrDefault(date => date == ExpiryAfter(date));
        return
        [
            .. within == default ? [] : ListedToExpire.Select(option => Of(option, within)),
            .. Listed.Select(option => Of(option, expiry)),
        ];

        DemoOption Of((OptionType Type, int Percent) option, DateOnly date) =>
            new(option.Type, Math.Round(price * option.Percent / 100 / step, 0, MidpointRounding.ToEven) * step, date);
    }

    /// <summary>The price by Black-76, rounded half-even to the tick, at least one.</summary>
    /// <param name="futureTicks">The future's price.</param>
    /// <param name="instant">UTC ns, before the expiry.</param>
    /// <param name="volatility">Per root year.</param>
    /// <returns>Ticks of the future.</returns>
    public long TicksAt(long futureTicks, long instant, double volatility)
    {
        var price = Black76.Price(Type, (double)DemoInstrument.ToPrice(futureTicks), (double)Strike, (ExpiryInstant - instant) / YearNs, volatility, 1.0);
        return Math.Max(1, DemoInstrument.ToTicks((decimal)price));
    }

    /// <summary>What the operator sends to make it known; the future is known before.</summary>
    public DefineInstrumentRequest ToDefinition(DemoInstrument future)
    {
        var definition = future.ToDefinition();
        definition.Instrument = Symbol;
        definition.Kind = DefineInstrumentRequest.Types.Kind.Option;

        // From nothing to all that the future can be worth. An option moves by multiples of what its future does, so nothing else bounds its marks and trades.
        definition.PriceBandLow = DemoInstrument.ToWire(0);
        definition.TradeBandBasisPoints = 0;
        definition.MarkJumpBasisPoints = 0;
        definition.Expiry = ExpiryInstant;
        definition.Option = new WireTerms
        {
            Type = Type == OptionType.Call ? WireTerms.Types.Type.Call : WireTerms.Types.Type.Put,
            Strike = ExactDecimal.ToWire(Strike),
            Style = WireTerms.Types.Style.European,
            PremiumStyle = WireTerms.Types.PremiumStyle.Futures,
            Reference = DemoInstrument.Symbol,
            ExerciseCutOff = ExpiryInstant,
        };
        return definition;
    }

    private static DateOnly ExpiryAfter(DateOnly date)
    {
        var month = new DateOnly(date.Year, date.Month, 1);
        while (true)
        {
            var thirdFriday = month.AddDays((((int)DayOfWeek.Friday - (int)month.DayOfWeek + 7) % 7) + 14);
            if (month.Month % 3 == 0 && thirdFriday >= date)
            {
                return thirdFriday;
            }

            month = month.AddMonths(1);
        }
    }
}
