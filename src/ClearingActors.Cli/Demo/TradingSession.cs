using NodaTime;

namespace ClearingActors.Cli.Demo;

/// <summary>The hours of the New York session on a day, 09:30 to 16:00 there, as UTC nanoseconds since 1970.</summary>
/// <param name="Open">When trading begins.</param>
/// <param name="Close">When it ends and the day is settled.</param>
public readonly record struct TradingSession(long Open, long Close)
{
    /// <summary>IANA name.</summary>
    public const string Zone = "America/New_York";

    /// <summary>The session of a date; summer time is seen to.</summary>
    public static TradingSession Of(DateOnly date)
    {
        var zone = DateTimeZoneProviders.Tzdb[Zone];
        var day = LocalDate.FromDateOnly(date);
        return new TradingSession(At(new LocalTime(9, 30)), At(new LocalTime(16, 0)));

        long At(LocalTime time) => checked(day.At(time).InZoneStrictly(zone).ToInstant().ToUnixTimeTicks() * 100);
    }

    /// <summary>The instant after a part of the session.</summary>
    /// <param name="part">0 to <paramref name="whole"/>.</param>
    /// <param name="whole">Above 0.</param>
    public long After(long part, long whole) => Open + (long)((Int128)(Close - Open) * part / whole);
}
