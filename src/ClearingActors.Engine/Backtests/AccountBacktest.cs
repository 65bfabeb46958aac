using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Risk.Backtests;

namespace ClearingActors.Engine.Backtests;

/// <summary>
/// The back-test of an account (rulebook 9). Product groups of other confidence or margin period are another portfolio, with a back-test of its own: margin adds up over them, so
/// nothing is lost, and each has one confidence to be tested against.
/// </summary>
public sealed record AccountBacktest
{
    public required AccountId Account { get; init; }

    public required MemberId Member { get; init; }

    /// <summary>The account's margin currency, which margin and losses are in.</summary>
    public required Currency Currency { get; init; }

    /// <summary>Between 0 and 1.</summary>
    public required double Confidence { get; init; }

    /// <summary>The margin period in business dates of the house.</summary>
    public required int MarginDays { get; init; }

    /// <summary>Margin periods that have ended; those in which nothing was held at the start are none.</summary>
    public required int Periods { get; init; }

    /// <summary>Losses above margin.</summary>
    public required int Exceptions { get; init; }

    /// <summary>None without a period.</summary>
    public required TrafficLightZone Zone { get; init; }

    /// <summary>True where nothing is said: no exception, in so few periods that even none is not green.</summary>
    public bool TooFew => Exceptions == 0 && Zone != TrafficLightZone.Green;

    /// <summary>The probability of at least so many exceptions if the model is right; 1 without any.</summary>
    public required double TailProbability { get; init; }

    /// <summary>Null without a period.</summary>
    public required LikelihoodRatioTest? Kupiec { get; init; }

    /// <summary>Christoffersen's test; null without a period.</summary>
    public required LikelihoodRatioTest? Independence { get; init; }

    /// <summary>The period with the largest loss less margin; null without a period.</summary>
    public required BacktestObservation? Worst { get; init; }

    /// <summary>The first date of a period that the journal ends in; null if there is none.</summary>
    public required DateOnly? Unfinished { get; init; }

    /// <summary>By ascending date; empty unless asked for.</summary>
    public required IReadOnlyList<BacktestObservation> Observations { get; init; }
}

/// <summary>Margins or losses of an account that could not be computed. A margin is tried again at the next date; a period whose loss is unknown does not count.</summary>
/// <param name="Account">The account.</param>
/// <param name="Count">How often; 1 or more.</param>
/// <param name="First">The first date of it.</param>
/// <param name="Reason">Why, on that date.</param>
public sealed record BacktestSkip(AccountId Account, int Count, DateOnly First, string Reason);
