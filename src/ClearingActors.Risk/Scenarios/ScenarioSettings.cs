namespace ClearingActors.Risk.Scenarios;

/// <summary>How far today's volatility rescales old changes (rulebook 8.1).</summary>
public enum VolatilityScaling
{
    /// <summary>Refused.</summary>
    Unspecified = 0,

    /// <summary>By 1: historical simulation.</summary>
    None = 1,

    /// <summary>By sigma(now) / sigma(t): filtered historical simulation, J. Hull and A. White, J. Risk 1 (1998).</summary>
    Full = 2,

    /// <summary>By (1 + sigma(now) / sigma(t)) / 2: halfway, which reacts less to a calm market.</summary>
    Mid = 3,
}

/// <summary>What to do where one factor has a price on a date and another has none.</summary>
public enum MissingDates
{
    /// <summary>An error that names the factor and the date.</summary>
    Refuse = 0,

    /// <summary>The factor keeps its last price, so its change is zero and its next change covers both days.</summary>
    HoldLast = 1,
}

/// <summary>How scenarios are made from histories (rulebook 8.1).</summary>
public sealed record ScenarioSettings
{
    /// <summary>Scenarios: the last so many changes, 1 or more.</summary>
    public required int Lookback { get; init; }

    /// <summary>0 to 1.</summary>
    public required double EwmaLambda { get; init; }

    /// <summary>Changes at the beginning of the history that seed the volatility and never enter the lookback, 1 or more.</summary>
    public required int EwmaSeedReturns { get; init; }

    /// <summary>Days of the margin period of risk, above 0; shocks grow with the square root.</summary>
    public required double MporDays { get; init; }

    public required VolatilityScaling Scaling { get; init; }

    /// <summary>The least daily volatility, 0 or more, in the unit of a factor's changes.</summary>
    public double SigmaFloor { get; init; }

    public MissingDates MissingDates { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range; the message names it.</exception>
    internal void Validate()
    {
        Require(Lookback >= 1, nameof(Lookback), Lookback, "1 or more is allowed");
        Require(EwmaLambda is >= 0.0 and <= 1.0, nameof(EwmaLambda), EwmaLambda, "0 to 1 is allowed");
        Require(EwmaSeedReturns >= 1, nameof(EwmaSeedReturns), EwmaSeedReturns, "1 or more is allowed");
        Require(MporDays > 0.0 && double.IsFinite(MporDays), nameof(MporDays), MporDays, "a finite number above 0 is allowed");
        Require(Scaling is VolatilityScaling.None or VolatilityScaling.Full or VolatilityScaling.Mid, nameof(Scaling), Scaling, "None, Full or Mid is allowed");
        Require(SigmaFloor >= 0.0 && double.IsFinite(SigmaFloor), nameof(SigmaFloor), SigmaFloor, "a finite number of 0 or more is allowed");
        Require(MissingDates is MissingDates.Refuse or MissingDates.HoldLast, nameof(MissingDates), MissingDates, "Refuse or HoldLast is allowed");
    }

    private static void Require(bool holds, string name, object value, string allowed)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}: {allowed}");
        }
    }
}
