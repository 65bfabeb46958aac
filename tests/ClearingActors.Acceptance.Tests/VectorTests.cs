using ClearingActors.Cli.Models;

namespace ClearingActors.Acceptance.Tests;

/// <summary>The engine against numbers that were computed independently, through the code of <c>clearing model check</c>.</summary>
public sealed class VectorTests
{
    private const string DataVariable = "CLEARING_MARKET_DATA";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "vectors");

    // How many numbers each file holds, so that a check that skips some is noticed.
    public static TheoryData<string, int> Files => new()
    {
        { "assessments.json", 11 },
        { "assignment.json", 6 },
        { "backtest.json", 24 },
        { "default_fund.json", 11 },
        { "independence.json", 8 },
        { "inverse_variation_margin.json", 7 },
        { "liquidity_addon.json", 3 },
        { "margin_offset.json", 3 },
        { "margin_span.json", 51 },
        { "margin_tiers.json", 5 },
        { "perpetual_funding.json", 6 },
        { "pricing_american.json", 4 },
        { "pricing_bachelier.json", 3 },
        { "pricing_european.json", 42 },
        { "procyclicality.json", 7 },
        { "settlement_price.json", 3 },
        { "variation_margin.json", 21 },
        { "waterfall.json", 200 },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_number_of_a_vector_is_met(string file, int numbers) => ShouldPass(VectorCheck.File(Path.Combine(Folder, file), null), numbers);

    [Fact]
    public void Every_number_of_the_margin_on_real_histories_is_met()
    {
        var data = Environment.GetEnvironmentVariable(DataVariable);
        if (string.IsNullOrEmpty(data))
        {
            Assert.Skip($"{DataVariable} names no directory with sp500_daily_2000_2020.csv and btc_usd_daily_2010_2025.csv");
        }

        ShouldPass(VectorCheck.File(Path.Combine(Folder, "margin_fhs.json"), data), 56);
    }

    [Fact]
    public void Every_file_of_the_folder_is_run() =>
        Directory.GetFiles(Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe(Files.Select(f => f.Data.Item1).Append("margin_fhs.json").Order(StringComparer.Ordinal));

    private static void ShouldPass(VectorReport report, int numbers)
    {
        report.Quantities.Where(q => !q.Passed).Select(q => $"{q.Case} {q.Quantity}: {q.Expected} expected, {q.Got} got").ShouldBeEmpty();
        report.Quantities.Count.ShouldBe(numbers);
    }
}
