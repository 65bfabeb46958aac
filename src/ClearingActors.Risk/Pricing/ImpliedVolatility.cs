using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Pricing;

/// <summary>
/// The volatility at which a model gives a price (rulebook 7). It is solved on the time value, which is the price of the option on the out-of-the-money side, so that an
/// option in the money loses only the digits that its price never held. Canonical: the same bits on every machine.
/// <para>
/// A price made by the model gives its volatility back within 1e-10 for |ln(forward/strike)| up to 3 and total volatility 0.01 to 3 wherever a change of 1e-10 is
/// visible in the price. A price without a volatility gives a reason and volatility 0, never NaN; an input outside its range is refused.
/// </para>
/// </summary>
public static class ImpliedVolatility
{
    /// <summary>Rounding of price, discount factor and intrinsic value, relative to the price.</summary>
    private const double Rounding = 1e-15;

    /// <summary>Lognormal volatility from a Black-76 price.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="price">Of one unit, as <see cref="Black76.Price"/> gives it.</param>
    /// <param name="forward">Above zero.</param>
    /// <param name="strike">Above zero.</param>
    /// <param name="expiryYears">Above zero: without time there is no volatility to imply.</param>
    /// <param name="discountFactor">Above zero.</param>
    /// <param name="volatility">Per square root of a year; 0 on failure.</param>
    /// <param name="failure">Why there is none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value other than the price is outside its range or not finite.</exception>
    public static bool TryBlack76(
        OptionType type, double price, double forward, double strike, double expiryYears, double discountFactor, out double volatility,
        out ImpliedVolatilityFailure failure)
    {
        PricingGuard.Type(type);
        PricingGuard.Positive(forward);
        PricingGuard.Positive(strike);
        PricingGuard.Positive(expiryYears);
        PricingGuard.Positive(discountFactor);
        var (low, high) = forward < strike ? (forward, strike) : (strike, forward);
        volatility = 0.0;
        failure = TimeValue(price / discountFactor, type == OptionType.Call ? forward - strike : strike - forward, out var timeValue);
        if (failure == ImpliedVolatilityFailure.None && timeValue >= low)
        {
            failure = ImpliedVolatilityFailure.AboveUpperBound;
        }

        if (failure != ImpliedVolatilityFailure.None)
        {
            return false;
        }

        // At this total volatility, the inflection of the price in volatility, d1 of the option out of the money is zero.
        var logRatio = Black76.LogRatio(low, high);
        var inflection = CanonicalMath.Sqrt(-2.0 * logRatio);
        var start = inflection > 0.0 ? inflection : timeValue / (low * CanonicalMath.InverseSqrtTwoPi);
        volatility = Solve(new LognormalResidual(low, high, logRatio, timeValue), start) / CanonicalMath.Sqrt(expiryYears);
        return true;
    }

    /// <summary>Lognormal volatility from a <see cref="BlackScholesMerton"/> price, on the spot with a continuous rate and dividend yield.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="price">Of one unit.</param>
    /// <param name="spot">Above zero.</param>
    /// <param name="strike">Above zero.</param>
    /// <param name="rate">Continuously compounded, per year.</param>
    /// <param name="dividendYield">Continuously compounded, per year.</param>
    /// <param name="expiryYears">Above zero.</param>
    /// <param name="volatility">Per square root of a year; 0 on failure.</param>
    /// <param name="failure">Why there is none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value other than the price is outside its range or not finite.</exception>
    public static bool TryBlackScholesMerton(
        OptionType type, double price, double spot, double strike, double rate, double dividendYield, double expiryYears, out double volatility,
        out ImpliedVolatilityFailure failure)
    {
        SpotGuard.Check(type, spot, strike, rate, dividendYield, expiryYears, 0.0);
        var forward = spot * CanonicalMath.Exp((rate - dividendYield) * expiryYears);
        return TryBlack76(type, price, forward, strike, expiryYears, CanonicalMath.Exp(-rate * expiryYears), out volatility, out failure);
    }

    /// <summary>Normal volatility from a <see cref="Bachelier"/> price. There is no upper bound.</summary>
    /// <param name="type">Call or put.</param>
    /// <param name="price">Of one unit.</param>
    /// <param name="forward">Any finite number.</param>
    /// <param name="strike">Any finite number.</param>
    /// <param name="expiryYears">Above zero.</param>
    /// <param name="discountFactor">Above zero.</param>
    /// <param name="normalVol">In price units per square root of a year; 0 on failure.</param>
    /// <param name="failure">Why there is none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value other than the price is outside its range or not finite.</exception>
    public static bool TryBachelier(
        OptionType type, double price, double forward, double strike, double expiryYears, double discountFactor, out double normalVol,
        out ImpliedVolatilityFailure failure)
    {
        PricingGuard.Type(type);
        PricingGuard.Finite(forward);
        PricingGuard.Finite(strike);
        PricingGuard.Positive(expiryYears);
        PricingGuard.Positive(discountFactor);
        var moneyness = type == OptionType.Call ? forward - strike : strike - forward;
        normalVol = 0.0;
        failure = TimeValue(price / discountFactor, moneyness, out var timeValue);
        if (failure != ImpliedVolatilityFailure.None)
        {
            return false;
        }

        var distance = Math.Abs(moneyness);
        var atTheMoney = timeValue / CanonicalMath.InverseSqrtTwoPi;
        var total = distance > 0.0 ? Solve(new NormalResidual(distance, timeValue), Math.Max(distance, atTheMoney)) : atTheMoney;
        normalVol = total / CanonicalMath.Sqrt(expiryYears);
        return true;
    }

    private static ImpliedVolatilityFailure TimeValue(double undiscounted, double moneyness, out double timeValue)
    {
        timeValue = moneyness > 0.0 ? undiscounted - moneyness : undiscounted;
        var rounding = moneyness > 0.0 ? Rounding * moneyness : 0.0;
        return !double.IsFinite(undiscounted) ? ImpliedVolatilityFailure.NotFinite
            : timeValue < -rounding ? ImpliedVolatilityFailure.BelowIntrinsic
            : timeValue <= rounding ? ImpliedVolatilityFailure.NoTimeValue
            : ImpliedVolatilityFailure.None;
    }

    /// <summary>
    /// The root of an increasing function of total volatility. Newton steps, below the start in 1/v^2, in which the logarithm of a price far out of the money is nearly
    /// straight; a step that leaves the bracket halves or doubles instead, so it always ends.
    /// </summary>
    private static double Solve<T>(T residual, double start)
        where T : struct, IResidual
    {
        const int MaxRounds = 200;
        const double Settled = 2e-16;
        var low = 0.0;
        var high = double.PositiveInfinity;
        var v = start;
        for (var round = 0; round < MaxRounds; round++)
        {
            var (value, slope) = residual.At(v);
            if (value == 0.0)
            {
                return v;
            }

            if (value < 0.0)
            {
                low = v;
            }
            else
            {
                high = v;
            }

            double next;
            if (v < start || (v == start && value > 0.0))
            {
                // s = 1/v^2, ds/dv = -2/v^3.
                var s = (1.0 / (v * v)) + (2.0 * value / (slope * v * v * v));
                next = s > 0.0 ? 1.0 / CanonicalMath.Sqrt(s) : high;
            }
            else
            {
                next = v - (value / slope);
            }

            if (!(next > low && next < high))
            {
                next = double.IsPositiveInfinity(high) ? 2.0 * low : 0.5 * (low + high);
            }

            if (Math.Abs(next - v) <= Settled * v)
            {
                return next;
            }

            v = next;
        }

        return v;
    }

    private interface IResidual
    {
        /// <summary>An increasing function of the total volatility that is zero at the root, and its slope.</summary>
        (double Value, double Slope) At(double totalVolatility);
    }

    /// <summary>
    /// ln of price over target while the target is below half of its bound; above it ln of what is missing to the bound, target over price, for there the price hardly
    /// moves.
    /// </summary>
    private readonly struct LognormalResidual(double low, double high, double logRatio, double timeValue) : IResidual
    {
        public (double Value, double Slope) At(double totalVolatility)
        {
            var centre = logRatio / totalVolatility;
            var half = 0.5 * totalVolatility;
            var vega = low * CanonicalMath.NormalPdf(centre + half);
            if (timeValue < 0.5 * low)
            {
                var price = Black76.OutOfTheMoney(low, high, totalVolatility);
                return (CanonicalMath.Log(price / timeValue), vega / price);
            }

            var missing = (low * CanonicalMath.NormalCdf(-(centre + half))) + (high * CanonicalMath.NormalCdf(centre - half));
            return (CanonicalMath.Log((low - timeValue) / missing), vega / missing);
        }
    }

    private readonly struct NormalResidual(double distance, double timeValue) : IResidual
    {
        public (double Value, double Slope) At(double totalVolatility)
        {
            var price = Bachelier.OutOfTheMoney(distance, totalVolatility);
            return (CanonicalMath.Log(price / timeValue), CanonicalMath.NormalPdf(distance / totalVolatility) / price);
        }
    }
}
