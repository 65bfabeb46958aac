using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Pricing;

/// <summary>
/// Undiscounted Black-76 for one option over many scenarios, eight at a time, for the monitor. It agrees with <see cref="Black76.Price"/> to 1e-10 of the greater of
/// forward and strike, not to the bit: official numbers never come from here (rulebook 8.9).
/// </summary>
public static class FastPricing
{
    /// <summary>Stands for zero, which must not be divided by; it is worth less than the last bit.</summary>
    private const double SmallestTotalVolatility = 1e-16;

    /// <summary>The undiscounted price of the option in each scenario.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="strike">Above zero.</param>
    /// <param name="expiryYears">Years to expiry, 0 or more, the same in every scenario.</param>
    /// <param name="forwards">The forward of each scenario, above zero.</param>
    /// <param name="vols">The volatility of each scenario per square root of a year, 0 or more; as many as forwards.</param>
    /// <param name="prices">Receives the prices; as many as forwards; may be the same memory as either input.</param>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range or not finite; the message names the scenario. Prices are then undefined.</exception>
    public static void Scenarios(
        OptionType type, double strike, double expiryYears, ReadOnlySpan<double> forwards, ReadOnlySpan<double> vols, Span<double> prices)
    {
        PricingGuard.Type(type);
        PricingGuard.Positive(strike);
        PricingGuard.NotNegative(expiryYears);
        if (vols.Length != forwards.Length || prices.Length != forwards.Length)
        {
            throw new ArgumentException($"{forwards.Length} forwards, {vols.Length} volatilities and {prices.Length} prices: one of each per scenario is needed");
        }

        Check(forwards, vols);
        var option = new Option(strike, CanonicalMath.Sqrt(expiryYears), type == OptionType.Call ? 1.0 : -1.0);
        var width = Vector512<double>.Count;
        var i = 0;
        for (; i <= forwards.Length - width; i += width)
        {
            option.Price(Vector512.Create(forwards.Slice(i, width)), Vector512.Create(vols.Slice(i, width))).CopyTo(prices.Slice(i, width));
        }

        if (i < forwards.Length)
        {
            // The last few, padded with the first of them.
            Span<double> restForwards = stackalloc double[width];
            Span<double> restVols = stackalloc double[width];
            Span<double> restPrices = stackalloc double[width];
            restForwards.Fill(forwards[i]);
            restVols.Fill(vols[i]);
            forwards[i..].CopyTo(restForwards);
            vols[i..].CopyTo(restVols);
            option.Price(Vector512.Create<double>(restForwards), Vector512.Create<double>(restVols)).CopyTo(restPrices);
            restPrices[..(forwards.Length - i)].CopyTo(prices[i..]);
        }
    }

    private static void Check(ReadOnlySpan<double> forwards, ReadOnlySpan<double> vols)
    {
        for (var i = 0; i < forwards.Length; i++)
        {
            if (!(forwards[i] > 0.0 && vols[i] >= 0.0 && double.IsFinite(forwards[i]) && double.IsFinite(vols[i])))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(forwards), $"scenario {i} has forward {forwards[i]:R} and volatility {vols[i]:R}: a forward above zero and a volatility of 0 or more are allowed");
            }
        }
    }

    private readonly struct Option(double strike, double rootTime, double sign)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<double> Price(Vector512<double> forward, Vector512<double> volatility)
        {
            var k = Vector512.Create(strike);
            var v = Vector512.Max(volatility * Vector512.Create(rootTime), Vector512.Create(SmallestTotalVolatility));
            var low = Vector512.Min(forward, k);
            var high = Vector512.Max(forward, k);
            var centre = FastMath.Log(low / high) / v;
            var half = v * Vector512.Create(0.5);
            var timeValue = (low * FastMath.NormalCdf(centre + half)) - (high * FastMath.NormalCdf(centre - half));
            var intrinsic = (forward - k) * Vector512.Create(sign);
            return Vector512.Max(intrinsic, Vector512<double>.Zero) + Vector512.Max(timeValue, Vector512<double>.Zero);
        }
    }
}
