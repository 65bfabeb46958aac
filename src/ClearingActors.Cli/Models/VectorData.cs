using System.Globalization;
using ClearingActors.Risk.Scenarios;
using CsvHelper;

namespace ClearingActors.Cli.Models;

/// <summary>Price histories that vector files and back-tests name: CSV files with a header, one line per date. Each file and pair of columns is read once.</summary>
public sealed class VectorData
{
    private const int MaxLines = 1_000_000;

    private readonly Dictionary<(string File, string Date, string Price), PriceSeries> _read = [];

    /// <param name="directory">Where the files are.</param>
    public VectorData(string directory) => Directory = directory;

    public string Directory { get; }

    /// <summary>A history of one column. The factor is named after the file.</summary>
    /// <param name="file">A name without a path.</param>
    /// <param name="dateColumn">The column of dates, yyyy-MM-dd.</param>
    /// <param name="priceColumn">The column of prices.</param>
    /// <exception cref="ArgumentException">The name has a path, the file cannot be read, lacks a column, or has a date or a price that is none.</exception>
    public PriceSeries History(string file, string dateColumn, string priceColumn)
    {
        if (file.Length == 0 || file != Path.GetFileName(file) || file is "." or "..")
        {
            throw new ArgumentException($"the history \"{file}\" has a path; a file name in the data directory is allowed");
        }

        if (!_read.TryGetValue((file, dateColumn, priceColumn), out var series))
        {
            series = Load(Path.Combine(Directory, file), dateColumn, priceColumn);
            _read.Add((file, dateColumn, priceColumn), series);
        }

        return series;
    }

    /// <summary>A history from a file anywhere.</summary>
    /// <exception cref="ArgumentException">See <see cref="History"/>.</exception>
    public static PriceSeries Load(string path, string dateColumn, string priceColumn)
    {
        try
        {
            using var reader = new StreamReader(path);
            using var csv = CsvReader.Create(
                reader,
                new CsvReaderOptions { Separator = ',', TrimWhitespace = true, TrackLineNumbers = true, MalformedData = CsvMalformedDataHandling.Throw, MissingField = CsvMissingFieldHandling.ReturnEmpty },
                leaveOpen: true);
            return Read(path, csv, dateColumn, priceColumn);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"the history {path} cannot be read: {e.Message} Name the directory of the histories with --data", e);
        }
        catch (CsvFormatException e)
        {
            throw new ArgumentException($"{path}, line {e.LineNumber}: the line is no CSV: {e.Message}", e);
        }
    }

    private static PriceSeries Read(string path, CsvReader csv, string dateColumn, string priceColumn)
    {
        string[] header = [.. csv.Headers];
        var date = Place(dateColumn);
        var price = Place(priceColumn);
        var prices = new List<DatedPrice>();
        while (csv.Read())
        {
            if (prices.Count == MaxLines)
            {
                throw new ArgumentException($"{path} has more than {MaxLines} dates; cut it to those wanted");
            }

            var dateText = csv.GetString(date);
            if (!DateOnly.TryParseExact(dateText, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            {
                throw new ArgumentException($"{path}, line {csv.LineNumber}, column {dateColumn}: '{dateText}' is no date such as 2020-03-16");
            }

            var priceText = csv.GetString(price);
            if (!double.TryParse(priceText, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
            {
                throw new ArgumentException($"{path}, line {csv.LineNumber}, {day:yyyy-MM-dd}, column {priceColumn}: '{priceText}' is no finite number");
            }

            prices.Add(new DatedPrice(day, value));
        }

        return new PriceSeries(RiskFactorId.Price(Path.GetFileNameWithoutExtension(path)), prices);

        int Place(string column)
        {
            var places = Enumerable.Range(0, header.Length).Where(i => header[i] == column).ToList();
            return places.Count == 1
                ? places[0]
                : throw new ArgumentException($"{path} names the column \"{column}\" {places.Count} times; once is needed. Its columns are {string.Join(", ", header)}");
        }
    }
}
