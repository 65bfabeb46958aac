namespace ClearingActors.Domain.Margin;

/// <summary>How margin is called in one currency (rulebook 8.8). <see cref="TryCreate"/> is the only way to one, so its numbers are always in range.</summary>
public sealed record MarginTerms
{
    /// <summary>The shortest time to meet a call: one minute, in ns.</summary>
    public const long LeastTimeToMeetNs = 60_000_000_000;

    /// <summary>The longest: seven days, in ns.</summary>
    public const long MostTimeToMeetNs = 7 * UtcTime.NanosecondsPerDay;

    private MarginTerms(Currency currency, long minimumTransferMinor, long callUnitMinor, long timeToMeetNs, bool weekendsCount)
    {
        Currency = currency;
        MinimumTransferMinor = minimumTransferMinor;
        CallUnitMinor = callUnitMinor;
        TimeToMeetNs = timeToMeetNs;
        WeekendsCount = weekendsCount;
    }

    /// <summary>The margin currency that the amounts are in.</summary>
    public Currency Currency { get; }

    /// <summary>A shortfall up to this many minor units is not called; 0 or more.</summary>
    public long MinimumTransferMinor { get; }

    /// <summary>Calls are whole multiples of this many minor units; 1 or more.</summary>
    public long CallUnitMinor { get; }

    /// <summary>From the issue to the deadline, in ns of business time.</summary>
    public long TimeToMeetNs { get; }

    /// <summary>False if a deadline on a Saturday or Sunday moves to the same time on Monday.</summary>
    public bool WeekendsCount { get; }

    /// <summary>The terms, or what is wrong with them.</summary>
    public static string? TryCreate(Currency currency, long minimumTransferMinor, long callUnitMinor, long timeToMeetNs, bool weekendsCount, out MarginTerms? terms)
    {
        terms = null;
        if (currency.IsNone)
        {
            return "margin terms need a currency";
        }

        if (minimumTransferMinor is < 0 or > Coverage.MaxAmount)
        {
            return $"minimum transfer {minimumTransferMinor}: 0 to {Coverage.MaxAmount} minor units of {currency.Code} are allowed";
        }

        if (callUnitMinor is < 1 or > Coverage.MaxAmount)
        {
            return $"call unit {callUnitMinor}: 1 to {Coverage.MaxAmount} minor units of {currency.Code} are allowed";
        }

        if (timeToMeetNs is < LeastTimeToMeetNs or > MostTimeToMeetNs)
        {
            return $"time to meet {timeToMeetNs} ns: {LeastTimeToMeetNs} (a minute) to {MostTimeToMeetNs} (seven days) are allowed";
        }

        terms = new MarginTerms(currency, minimumTransferMinor, callUnitMinor, timeToMeetNs, weekendsCount);
        return null;
    }

    /// <summary>The deadline of a call issued at an instant of business time; both UTC ns.</summary>
    public long DeadlineOf(long issuedAt)
    {
        var deadline = checked(issuedAt + TimeToMeetNs);
        if (WeekendsCount)
        {
            return deadline;
        }

        var daysToMonday = UtcTime.DateOf(deadline).DayOfWeek switch
        {
            DayOfWeek.Saturday => 2,
            DayOfWeek.Sunday => 1,
            _ => 0,
        };
        return checked(deadline + (daysToMonday * UtcTime.NanosecondsPerDay));
    }
}
