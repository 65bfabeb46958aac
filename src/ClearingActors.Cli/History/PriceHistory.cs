using System.Globalization;
using CsvHelper;

namespace ClearingActors.Cli.History;

/// <summary>
/// A history of daily prices from a CSV file with the columns <c>date</c> (yyyy-MM-dd), <c>open</c>, <c>high</c>, <c>low</c> and <c>close</c>, in any order and among
/// others, which are ignored. The whole file is checked, not only the days asked for: a file with one bad line is not trusted for the rest.
/// </summary>
public sealed class PriceHistory
{
    /// <summary>The most days in a file: four centuries of trading.</summary>
    public const int MaxDays = 100_000;

    /// <summary>The highest price: what an instrument of two decimals can be settled at with room to spare.</summary>
    public const decimal MaxPrice = 1_000_000m;

    private static readonly string[] Columns = ["date", "open", "high", "low", "close"];

    private PriceHistory(string file, IReadOnlyList<DailyPrices> days)
    {
        File = file;
        Days = days;
    }

    /// <summary>The file as it was named.</summary>
    public string File { get; }

    /// <summary>At least one, by ascending date.</summary>
    public IReadOnlyList<DailyPrices> Days { get; }

    /// <summary>Where the build puts the S&amp;P 500's daily prices from 2000-01-03 to 2020-04-17.</summary>
    public static string RestoredFile => Path.Combine(AppContext.BaseDirectory, "market-data", "sp500-2000.csv");

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="PriceHistoryException">The file is not there, cannot be read, or is no history.</exception>
    public static PriceHistory Load(string file)
    {
        try
        {
            using var reader = new StreamReader(file);
            return Read(file, reader);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PriceHistoryException(file, 0, "", "", "there is no such file; name a CSV file with the columns date,open,high,low,close", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PriceHistoryException(file, 0, "", "", $"the file cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads and checks CSV text.</summary>
    /// <param name="file">What errors call it.</param>
    /// <param name="text">The text, from its beginning.</param>
    /// <exception cref="PriceHistoryException">The text is no history.</exception>
    public static PriceHistory Read(string file, TextReader text)
    {
        var options = new CsvReaderOptions
        {
            Separator = ',',
            TrimWhitespace = true,
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Throw,
            MissingField = CsvMissingFieldHandling.ReturnEmpty,
            MaxRecordSize = 64 * 1024,
        };
        using var csv = CsvReader.Create(text, options, leaveOpen: true);
        try
        {
            return Read(file, csv);
        }
        catch (CsvFormatException e)
        {
            throw new PriceHistoryException(file, (int)e.LineNumber, "", "", $"the line is no CSV: {e.Message}", e);
        }
    }

    /// <summary>The days within two dates, both included; at least one.</summary>
    /// <exception cref="PriceHistoryException">The history has no day within them.</exception>
    public IReadOnlyList<DailyPrices> Between(DateOnly from, DateOnly to)
    {
        DailyPrices[] within = [.. Days.Where(day => day.Date >= from && day.Date <= to)];
        return within.Length > 0
            ? within
            : throw new PriceHistoryException(
                File,
                0,
                "",
                "",
                $"there is no day from {from:yyyy-MM-dd} to {to:yyyy-MM-dd}; the file has {Days[0].Date:yyyy-MM-dd} to {Days[^1].Date:yyyy-MM-dd}, choose within with --from and --to");
    }

    private static PriceHistory Read(string file, CsvReader csv)
    {
        string[] header = [.. csv.Headers];
        if (header.Length == 0)
        {
            throw new PriceHistoryException(file, 0, "", "", "the file is empty; its first line must name the columns date,open,high,low,close");
        }

        var places = new int[Columns.Length];
        for (var i = 0; i < Columns.Length; i++)
        {
            var named = header.Count(name => string.Equals(name, Columns[i], StringComparison.OrdinalIgnoreCase));
            if (named != 1)
            {
                throw new PriceHistoryException(
                    file, 1, Columns[i], string.Join(',', header), $"names the column {Columns[i]} {named} times; each of {string.Join(',', Columns)} is needed once");
            }

            places[i] = Array.FindIndex(header, name => string.Equals(name, Columns[i], StringComparison.OrdinalIgnoreCase));
        }

        var days = new List<DailyPrices>();
        while (csv.Read())
        {
            if (days.Count == MaxDays)
            {
                throw new PriceHistoryException(file, (int)csv.LineNumber, "", "", $"the file has more than {MaxDays} days; cut it to the days wanted");
            }

            var day = ReadDay(file, csv, places);
            if (days.Count > 0 && day.Date <= days[^1].Date)
            {
                var problem = day.Date == days[^1].Date ? "stands there twice; each date is allowed once" : $"is before {days[^1].Date:yyyy-MM-dd} of the line above; sort the lines by date";
                throw new PriceHistoryException(file, (int)csv.LineNumber, "date", $"{day.Date:yyyy-MM-dd}", problem);
            }

            days.Add(day);
        }

        return days.Count == 0
            ? throw new PriceHistoryException(file, 0, "", "", "the file has a header and no days; one at least is needed")
            : new PriceHistory(file, days);
    }

    private static DailyPrices ReadDay(string file, CsvReader csv, int[] places)
    {
        var line = (int)csv.LineNumber;
        var text = csv.GetString(places[0]);
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            throw new PriceHistoryException(file, line, "date", text, "is no date of the form 2020-03-16");
        }

        var open = ReadPrice(1);
        var high = ReadPrice(2);
        var low = ReadPrice(3);
        var close = ReadPrice(4);
        if (high < low)
        {
            throw new PriceHistoryException(file, line, "high", Invariant(high), $"is below the day's low of {Invariant(low)}");
        }

        CheckWithin(1, open);
        CheckWithin(4, close);
        return new DailyPrices(date, open, high, low, close);

        decimal ReadPrice(int column)
        {
            var field = csv.GetString(places[column]);
            if (field.Length == 0)
            {
                throw new PriceHistoryException(file, line, Columns[column], "", "there is no price; a number above 0 is needed");
            }

            if (!decimal.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var price))
            {
                throw new PriceHistoryException(file, line, Columns[column], field, "is no finite decimal number");
            }

            return price is > 0 and <= MaxPrice
                ? price
                : throw new PriceHistoryException(file, line, Columns[column], field, $"is not above 0 and at most {MaxPrice}");
        }

        void CheckWithin(int column, decimal price)
        {
            if (price < low || price > high)
            {
                throw new PriceHistoryException(
                    file, line, Columns[column], Invariant(price), $"is outside the day's low of {Invariant(low)} and high of {Invariant(high)}");
            }
        }
    }

    private static string Invariant(decimal value) => value.ToString(CultureInfo.InvariantCulture);
}
