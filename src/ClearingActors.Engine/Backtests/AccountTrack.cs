using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Risk.Backtests;

namespace ClearingActors.Engine.Backtests;

/// <summary>Which back-test of an account: what its product groups are margined for.</summary>
/// <param name="Confidence">Between 0 and 1.</param>
/// <param name="Days">Of the margin period.</param>
internal readonly record struct MarginHorizon(double Confidence, double Days) : IComparable<MarginHorizon>
{
    private const double MostDays = 1000.0;

    public int CompareTo(MarginHorizon other) => (Confidence, Days).CompareTo((other.Confidence, other.Days));

    /// <exception cref="ArgumentException">The period is not 1 to 1000 whole days.</exception>
    internal int WholeDays() => Days is >= 1.0 and <= MostDays && Days == Math.Floor(Days)
        ? (int)Days
        : throw new ArgumentException(string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"the margin period is {Days:R} days; a back-test needs 1 to {MostDays} whole days"));
}

/// <summary>A margin period that has begun.</summary>
/// <param name="EndsAt">The number of the close that it ends at.</param>
/// <param name="From">The date of margin and portfolio.</param>
/// <param name="Margin">In the margin currency.</param>
/// <param name="Lots">What is frozen.</param>
internal sealed record OpenPeriod(int EndsAt, DateOnly From, double Margin, IReadOnlyList<FrozenLots> Lots);

/// <summary>What is kept of one back-test while the journal is read: the open period and counts, and each period only if asked for.</summary>
internal sealed class PortfolioTrack(bool keepsPeriods)
{
    private readonly List<int> _exceptions = [];
    private readonly List<BacktestObservation> _observations = [];
    private BacktestObservation? _worst;
    private int _periods;

    internal OpenPeriod? Open { get; private set; }

    /// <summary>False where no margin could be computed yet.</summary>
    internal bool HasBegun { get; private set; }

    internal void Begin(OpenPeriod period)
    {
        Open = period;
        HasBegun = true;
    }

    /// <summary>Ends the open period without an observation.</summary>
    internal void Close() => Open = null;

    internal void Add(in BacktestObservation observation)
    {
        if (observation.IsException)
        {
            _exceptions.Add(_periods);
        }

        _periods++;
        if (_worst is not { } worst || observation.Loss - observation.Margin > worst.Loss - worst.Margin)
        {
            _worst = observation;
        }

        if (keepsPeriods)
        {
            _observations.Add(observation);
        }
    }

    internal AccountBacktest ToResult(AccountTrack account, MarginHorizon horizon) => new()
    {
        Account = account.Id,
        Member = account.Member,
        Currency = account.Currency,
        Confidence = horizon.Confidence,
        MarginDays = horizon.WholeDays(),
        Periods = _periods,
        Exceptions = _exceptions.Count,
        Zone = _periods == 0 ? TrafficLightZone.None : TrafficLight.Of(_periods, _exceptions.Count, horizon.Confidence),
        TailProbability = _exceptions.Count == 0 ? 1.0 : 1.0 - TrafficLight.CumulativeProbability(_periods, _exceptions.Count - 1, horizon.Confidence),
        Kupiec = _periods == 0 ? null : KupiecTest.Of(_periods, _exceptions.Count, horizon.Confidence),
        Independence = _periods == 0 ? null : IndependenceTest.Of(_periods, _exceptions),
        Worst = _worst,
        Unfinished = Open?.From,
        Observations = _observations,
    };
}

/// <summary>An account that held something at the end of a date.</summary>
internal sealed class AccountTrack(AccountId id, MemberId member, Currency currency)
{
    internal AccountId Id { get; } = id;

    internal MemberId Member { get; } = member;

    internal Currency Currency { get; } = currency;

    internal SortedDictionary<MarginHorizon, PortfolioTrack> Portfolios { get; } = [];

    /// <summary>Null if all could be computed.</summary>
    internal BacktestSkip? Skip { get; private set; }

    internal void Skipped(DateOnly date, Exception e)
    {
        Skip = Skip is { } before ? before with { Count = before.Count + 1 } : new BacktestSkip(Id, 1, date, ReasonOf(e));
    }

    /// <summary>The message without what the framework adds.</summary>
    private static string ReasonOf(Exception e)
    {
        var end = e is ArgumentException { ParamName: not null } ? e.Message.IndexOf(" (Parameter '", StringComparison.Ordinal) : -1;
        return end > 0 ? e.Message[..end] : e.Message;
    }
}
