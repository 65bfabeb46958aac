namespace ClearingActors.Risk.Pricing;

/// <summary>Why a price has no implied volatility.</summary>
public enum ImpliedVolatilityFailure
{
    /// <summary>There is one.</summary>
    None = 0,

    /// <summary>The price is not a finite number.</summary>
    NotFinite = 1,

    /// <summary>The price is below discounted intrinsic value: an arbitrage, or price and forward are of different instants.</summary>
    BelowIntrinsic = 2,

    /// <summary>The price is intrinsic value within rounding (zero out of the money): any small volatility gives it.</summary>
    NoTimeValue = 3,

    /// <summary>The price is at or above its upper bound, the discounted forward of a call or strike of a put: no volatility gives it.</summary>
    AboveUpperBound = 4,
}
