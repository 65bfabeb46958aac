using System.Globalization;
using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Tests.Pricing;

/// <summary>A real chain: the marks of an exchange, whose price in coin is undiscounted Black-76 divided by the forward (rulebook 7).</summary>
public sealed class OptionChainTests(ITestOutputHelper output)
{
    private const string Variable = "CLEARING_MARKET_DATA";
    private const string FileName = "deribit_btc_options_2021-02-11.csv";
    private const double YearInMilliseconds = 365.0 * 86_400_000.0;

    [Fact]
    public void Every_mark_of_a_real_chain_prices_within_the_exchanges_rounding()
    {
        var folder = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(folder))
        {
            Assert.Skip($"{Variable} is not set: set it to the folder that holds {FileName}");
        }

        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            Assert.Skip($"{path} does not exist: {Variable} names the folder that holds it");
        }

        var lines = File.ReadAllLines(path);
        var header = Fields(lines[0]);
        int Column(string name) => header.IndexOf(name) is >= 0 and var index ? index : throw new FormatException($"{path}: column \"{name}\" is missing");
        var (forwardColumn, volColumn, markColumn, nameColumn, timeColumn) =
            (Column("underlying_price"), Column("mark_iv"), Column("mark_price"), Column("instrument_name"), Column("timestamp"));

        var largest = 0.0;
        var rows = 0;
        foreach (var line in lines.Skip(1))
        {
            var fields = Fields(line);
            double Number(int column) => double.Parse(fields[column], CultureInfo.InvariantCulture);
            var (type, strike, expiry) = Instrument(fields[nameColumn]);
            var forward = Number(forwardColumn);
            var years = (expiry - Number(timeColumn)) / YearInMilliseconds;
            var volatility = Number(volColumn) / 100.0;
            var price = Black76.Price(type, forward, strike, years, volatility, 1.0);
            var difference = Math.Abs((price / forward) - Number(markColumn));
            difference.ShouldBeLessThanOrEqualTo(6e-4, line);
            largest = Math.Max(largest, difference);
            rows++;

            if (ImpliedVolatility.TryBlack76(type, price, forward, strike, years, 1.0, out var implied, out _)
                && Black76.WithGreeks(type, forward, strike, years, volatility, 1.0).Vega > 1e-3)
            {
                implied.ShouldBe(volatility, 1e-7, line);
            }
        }

        rows.ShouldBeGreaterThan(0);
        output.WriteLine($"{rows} rows, largest difference {largest:E3} coin");
    }

    /// <summary>BTC-13FEB21-37500-C: the expiry is at 08:00 UTC.</summary>
    private static (OptionType Type, double Strike, double ExpiryMilliseconds) Instrument(string name)
    {
        var parts = name.Split('-');
        var date = DateTime.ParseExact(parts[1], "dMMMyy", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        var type = parts[3] switch
        {
            "C" => OptionType.Call,
            "P" => OptionType.Put,
            _ => throw new FormatException($"instrument {name} ends with neither C nor P"),
        };
        return (type, double.Parse(parts[2], CultureInfo.InvariantCulture), new DateTimeOffset(date.AddHours(8)).ToUnixTimeMilliseconds());
    }

    /// <summary>The fields of a line; a comma inside quotes does not part them.</summary>
    private static List<string> Fields(string line)
    {
        var fields = new List<string>();
        var start = 0;
        var quoted = false;
        for (var i = 0; i <= line.Length; i++)
        {
            if (i == line.Length || (line[i] == ',' && !quoted))
            {
                fields.Add(line[start..i]);
                start = i + 1;
            }
            else if (line[i] == '"')
            {
                quoted = !quoted;
            }
        }

        return fields;
    }
}
