using ClearingActors.Actors;
using ClearingActors.Domain.Instruments;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// The durable timers with which business time starts fundings and final prices (rulebook 6.3, 6.4): a market has one for each of its perpetuals, and one for each of its
/// instruments that expires.
/// </summary>
internal static class MarketClock
{
    /// <summary>How long after its instant a start waits, ns: marks of the last moment may still be on their way.</summary>
    internal const long Grace = 5_000_000_000;

    /// <summary>An option starts this much after a future, ns, because one that expires with its future takes that one's price.</summary>
    private const long AfterFutures = 1_000_000_000;

    private const string FundPrefix = "fund-";
    private const string FinalPrefix = "final-";

    /// <summary>Sets what an instrument needs, in a step of its market; again, it moves the timers to what is defined now.</summary>
    internal static void Arm(Instrument instrument, Turn turn)
    {
        if (instrument.Perpetual is { } perpetual)
        {
            turn.SetTimer(FundTimer(instrument.Id), NextFunding(perpetual, turn.BusinessTime));
        }

        if (instrument.IsContract && instrument.Definition.Expiry is { } expiry)
        {
            turn.SetTimer(FinalTimer(instrument.Id), instrument.Option is { } option ? option.ExerciseCutOff + Grace + AfterFutures : expiry + Grace);
        }
    }

    internal static string FundTimer(InstrumentId perpetual) => FundPrefix + perpetual.Value;

    internal static string FinalTimer(InstrumentId instrument) => FinalPrefix + instrument.Value;

    /// <summary>True if the timer starts a funding; otherwise it starts a final price.</summary>
    internal static bool IsFunding(string timer, out InstrumentId instrument)
    {
        var funding = timer.StartsWith(FundPrefix, StringComparison.Ordinal);
        instrument = InstrumentId.Parse(timer[(funding ? FundPrefix : FinalPrefix).Length..]);
        return funding;
    }

    /// <summary>The end of the last interval that a funding may start for, UTC ns; 0 if there is none yet.</summary>
    internal static long LastFunding(PerpetualTerms perpetual, long businessTime) => Math.Max(0, businessTime - Grace) / perpetual.IntervalNs * perpetual.IntervalNs;

    /// <summary>When the next funding starts, UTC ns.</summary>
    internal static long NextFunding(PerpetualTerms perpetual, long businessTime) => checked(LastFunding(perpetual, businessTime) + perpetual.IntervalNs + Grace);
}
