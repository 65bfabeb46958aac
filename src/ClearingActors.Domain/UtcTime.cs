namespace ClearingActors.Domain;

/// <summary>
/// Business time as the domain carries it: nanoseconds since 1970-01-01T00:00:00Z without leap seconds, as a 64-bit integer (1677 to 2262). The domain
/// reads no clock; every instant arrives in a message.
/// </summary>
public static class UtcTime
{
    public const long NanosecondsPerDay = 86_400_000_000_000;

    private static readonly int EpochDay = new DateOnly(1970, 1, 1).DayNumber;

    /// <summary>An instant, whatever the offset that it is written with.</summary>
    /// <exception cref="OverflowException">It is outside 1677 to 2262.</exception>
    public static long Of(DateTimeOffset instant) => checked((instant.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * TimeSpan.NanosecondsPerTick);

    /// <summary>The UTC calendar date of an instant.</summary>
    public static DateOnly DateOf(long utcNanoseconds)
    {
        var (days, remainder) = Math.DivRem(utcNanoseconds, NanosecondsPerDay);
        return DateOnly.FromDayNumber(EpochDay + (int)(remainder < 0 ? days - 1 : days));
    }

    /// <summary>Midnight UTC at the start of a date.</summary>
    /// <exception cref="OverflowException">The date is outside 1677 to 2262.</exception>
    public static long StartOf(DateOnly date) => checked((date.DayNumber - EpochDay) * NanosecondsPerDay);

    /// <summary>The business day <paramref name="count"/> business days before <paramref name="date"/>; Monday to Friday are business days.</summary>
    /// <param name="date">Any date.</param>
    /// <param name="count">0 or more.</param>
    public static DateOnly BusinessDaysBefore(DateOnly date, int count)
    {
        while (count > 0)
        {
            if (date == DateOnly.MinValue)
            {
                return date;
            }

            date = date.AddDays(-1);
            if (date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))
            {
                count--;
            }
        }

        return date;
    }
}
