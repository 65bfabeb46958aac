using System.Collections.Immutable;

namespace ClearingActors.Risk.Scenarios;

/// <summary>The shocks of one factor, one per scenario, oldest change first (rulebook 8.1).</summary>
/// <param name="Factor">The factor.</param>
/// <param name="Kind">How a shock moves it.</param>
/// <param name="Shocks">Fractions if relative, at least -0.99; price units if absolute.</param>
/// <param name="DailyVolatility">sigma(now), in the unit of the changes; null where shocks were not made from a volatility.</param>
public sealed record FactorShocks(RiskFactorId Factor, ChangeKind Kind, ImmutableArray<double> Shocks, double? DailyVolatility)
{
    /// <summary>The last changes up to a date, rescaled to that date's volatility and to the margin period.</summary>
    /// <param name="history">The factor's history.</param>
    /// <param name="kind">How changes are measured.</param>
    /// <param name="asOf">The last date used; must be in the history.</param>
    /// <param name="settings">Lookback, volatility and scaling.</param>
    /// <exception cref="ArgumentException">
    /// The date is not in the history, the history is too short for lookback and seed, a price does not suit the kind, or a volatility of zero is to be scaled by.
    /// </exception>
    public static FactorShocks FromHistory(PriceSeries history, ChangeKind kind, DateOnly asOf, ScenarioSettings settings)
    {
        settings.Validate();
        var used = history.Take(history.IndexOf(asOf) + 1);
        var needed = (long)settings.Lookback + settings.EwmaSeedReturns;
        if (used.Count - 1 < needed)
        {
            throw new ArgumentException(
                $"the history of {history.Factor} has {used.Count - 1} changes from {used.FirstDate:yyyy-MM-dd} to {asOf:yyyy-MM-dd}; lookback {settings.Lookback} and {settings.EwmaSeedReturns} seed changes need {needed}",
                nameof(history));
        }

        var changes = used.Changes(kind);
        var sigmas = EwmaVolatility.Of(changes, settings.EwmaLambda, settings.EwmaSeedReturns, settings.SigmaFloor);
        var now = sigmas[^1];
        var root = Math.Sqrt(settings.MporDays);
        var first = changes.Length - settings.Lookback;
        var shocks = ImmutableArray.CreateBuilder<double>(settings.Lookback);
        for (var t = first; t < changes.Length; t++)
        {
            shocks.Add(Limited(changes[t] * Scale(settings.Scaling, now, sigmas[t], history.Factor, used[t + 1].Date) * root, kind));
        }

        return new FactorShocks(history.Factor, kind, shocks.MoveToImmutable(), now);
    }

    /// <summary>All changes of a window, not rescaled but for the margin period: for stress periods and long windows (rulebook 8.4).</summary>
    /// <param name="history">The factor's history.</param>
    /// <param name="kind">How changes are measured.</param>
    /// <param name="first">The first change is the one to the first date on or after it that has a date before it.</param>
    /// <param name="last">The last change is the one to the last date on or before it.</param>
    /// <param name="mporDays">Above 0.</param>
    /// <exception cref="ArgumentException">The window holds no change, or a price does not suit the kind.</exception>
    public static FactorShocks FromWindow(PriceSeries history, ChangeKind kind, DateOnly first, DateOnly last, double mporDays)
    {
        if (!(mporDays > 0.0 && double.IsFinite(mporDays)))
        {
            throw new ArgumentOutOfRangeException(nameof(mporDays), mporDays, "a finite number above 0 is allowed");
        }

        var root = Math.Sqrt(mporDays);
        var shocks = ImmutableArray.CreateBuilder<double>();
        var (from, to) = history.ChangesWithin(first, last);
        if (from > to)
        {
            throw new ArgumentException(
                $"the history of {history.Factor}, {history.FirstDate:yyyy-MM-dd} to {history.LastDate:yyyy-MM-dd}, has no change within {first:yyyy-MM-dd} to {last:yyyy-MM-dd}", nameof(first));
        }

        foreach (var change in history.Slice(from - 1, to).Changes(kind))
        {
            shocks.Add(Limited(change * root, kind));
        }

        return new FactorShocks(history.Factor, kind, shocks.ToImmutable(), null);
    }

    /// <summary>Record equality by content, not by array.</summary>
    public bool Equals(FactorShocks? other) => other is not null && Factor == other.Factor && Kind == other.Kind && DailyVolatility == other.DailyVolatility
        && Shocks.AsSpan().SequenceEqual(other.Shocks.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Factor, Kind, DailyVolatility, Shocks.Length);

    private static double Scale(VolatilityScaling scaling, double now, double then, RiskFactorId factor, DateOnly date)
    {
        if (scaling == VolatilityScaling.None)
        {
            return 1.0;
        }

        if (then == 0.0)
        {
            throw new ArgumentException($"the volatility of {factor} before {date:yyyy-MM-dd} is 0, so that day's change cannot be scaled; set a sigmaFloor above 0", nameof(then));
        }

        return scaling == VolatilityScaling.Full ? now / then : (1.0 + (now / then)) / 2.0;
    }

    private static double Limited(double shock, ChangeKind kind) => kind == ChangeKind.Relative ? Math.Max(shock, Shock.LowestRelative) : shock;
}
