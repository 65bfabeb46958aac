using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Tests.Scenarios;

/// <summary>Short histories from 2024-01-01 on, one price a day.</summary>
internal static class Histories
{
    public static DateOnly Day(int number) => new DateOnly(2024, 1, 1).AddDays(number);

    public static PriceSeries Of(string underlying, params double[] prices) => new(RiskFactorId.Price(underlying), [.. prices.Select((p, i) => new DatedPrice(Day(i), p))]);

    public static ScenarioSettings Settings(int lookback = 2, int seed = 2, VolatilityScaling scaling = VolatilityScaling.None, double mporDays = 1, double sigmaFloor = 0) => new()
    {
        Lookback = lookback,
        EwmaLambda = 0.9,
        EwmaSeedReturns = seed,
        MporDays = mporDays,
        Scaling = scaling,
        SigmaFloor = sigmaFloor,
    };
}
