using System.Globalization;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Risk;

/// <summary>When margin runs by itself (rulebook 8.8), all by business time.</summary>
/// <param name="Minutes">Times of day in UTC, as minutes from midnight, ascending.</param>
/// <param name="Weekends">False if the times of day are of Monday to Friday only.</param>
/// <param name="EveryMinutes">The interval of intraday runs; 0 for none.</param>
/// <param name="MoveBps">The move of a price since the last run, in 1/10,000 of it, beyond which a run is begun; 0 for none.</param>
/// <param name="CheckSeconds">How often prices are looked at.</param>
internal sealed record RunSchedule(IReadOnlyList<int> Minutes, bool Weekends, int EveryMinutes, int MoveBps, int CheckSeconds)
{
    internal const int MaxTimes = 96;
    internal const int MinutesPerDay = 1440;
    private const long Minute = 60_000_000_000;

    /// <summary>No run begins by itself.</summary>
    internal static RunSchedule None { get; } = new([], false, 0, 0, 0);

    internal long IntervalNs => EveryMinutes * Minute;

    internal long CheckNs => CheckSeconds * 1_000_000_000L;

    /// <summary>The first time of day after an instant; null if there is none.</summary>
    /// <param name="now">UTC ns.</param>
    internal long? NextAfter(long now)
    {
        // Any eight days have a Monday and the same weekday twice.
        for (var day = 0; day <= 7 && Minutes.Count > 0; day++)
        {
            var date = UtcTime.DateOf(now).AddDays(day);
            if (!Weekends && date.DayOfWeek is (DayOfWeek.Saturday or DayOfWeek.Sunday))
            {
                continue;
            }

            foreach (var minute in Minutes)
            {
                if (UtcTime.StartOf(date) + (minute * Minute) is var due && due > now)
                {
                    return due;
                }
            }
        }

        return null;
    }

    /// <summary>The time of day of an instant, as HH:mm.</summary>
    internal static string TimeOf(long instant) => TimeOnly.MinValue.AddMinutes(instant / Minute % MinutesPerDay).ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>True if a price is further from another one than the schedule allows; from zero every change is.</summary>
    internal bool IsMove(long from, long to) => MoveBps > 0 && Int128.Abs((Int128)to - from) * 10_000 > Int128.Abs(from) * MoveBps;

    internal void Write(WireWriter w)
    {
        foreach (var minute in Minutes)
        {
            // Midnight must be written too.
            w.Field(1, minute + 1);
        }

        w.Field(2, Weekends);
        w.Field(3, EveryMinutes);
        w.Field(4, MoveBps);
        w.Field(5, CheckSeconds);
    }

    internal static RunSchedule Read(ReadOnlySpan<byte> body)
    {
        List<int> minutes = [];
        var schedule = None with { Minutes = minutes };
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: minutes.Add(r.Int32 - 1); break;
                case 2: schedule = schedule with { Weekends = r.Bool }; break;
                case 3: schedule = schedule with { EveryMinutes = r.Int32 }; break;
                case 4: schedule = schedule with { MoveBps = r.Int32 }; break;
                case 5: schedule = schedule with { CheckSeconds = r.Int32 }; break;
                default: throw TradeWire.Unknown("RunSchedule", r.Number);
            }
        }

        return schedule;
    }
}

/// <summary>The part of the risk model's JSON that says when margin runs by itself.</summary>
internal sealed record RunScheduleFile
{
    public string[] At { get; init; } = [];

    public bool Weekends { get; init; }

    public int EveryMinutes { get; init; }

    public decimal MovePercent { get; init; }

    public int CheckSeconds { get; init; } = 15;

    /// <exception cref="FormatException">What is wrong and what is allowed.</exception>
    internal RunSchedule Schedule()
    {
        SortedSet<int> minutes = [];
        foreach (var text in At)
        {
            if (!TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) || !minutes.Add((time.Hour * 60) + time.Minute))
            {
                throw new FormatException($"runs.at holds \"{text}\"; times of day in UTC as 09:00, each once, are allowed");
            }
        }

        return minutes.Count > RunSchedule.MaxTimes ? throw new FormatException($"runs.at holds {minutes.Count} times; at most {RunSchedule.MaxTimes} are allowed")
            : EveryMinutes is < 0 or > RunSchedule.MinutesPerDay ? throw new FormatException($"runs.everyMinutes is {EveryMinutes}; 1 to {RunSchedule.MinutesPerDay}, or 0 for no interval, is allowed")
            : MovePercent is < 0 or > 100 || MovePercent * 100 != decimal.Truncate(MovePercent * 100)
                ? throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"runs.movePercent is {MovePercent}; 0.01 to 100 with two decimal places, or 0 for none, is allowed"))
            : CheckSeconds is < 1 or > 3600 ? throw new FormatException($"runs.checkSeconds is {CheckSeconds}; 1 to 3600 is allowed")
            : new RunSchedule([.. minutes], Weekends, EveryMinutes, (int)(MovePercent * 100), CheckSeconds);
    }
}
