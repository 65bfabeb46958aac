namespace ClearingActors.Engine.Wire;

/// <summary>Dates as yyyymmdd, the form of the journal and the APIs; 0 is no date.</summary>
public static class Dates
{
    /// <summary>The date as yyyymmdd; 0 for the default date.</summary>
    public static int ToInt(DateOnly date)
    {
        if (date == default)
        {
            return 0;
        }

        date.Deconstruct(out var year, out var month, out var day);
        return (year * 10_000) + (month * 100) + day;
    }

    /// <exception cref="InvalidDataException">It is no date.</exception>
    public static DateOnly FromInt(int value) => TryFromInt(value, out var date) ? date : throw new InvalidDataException($"{value} is no date yyyymmdd");

    /// <summary>True if <paramref name="value"/> is 0 or a date as yyyymmdd.</summary>
    public static bool TryFromInt(int value, out DateOnly date)
    {
        date = default;
        if (value == 0)
        {
            return true;
        }

        var (year, month, day) = (value / 10_000, value / 100 % 100, value % 100);
        if (year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        date = new DateOnly(year, month, day);
        return true;
    }
}
