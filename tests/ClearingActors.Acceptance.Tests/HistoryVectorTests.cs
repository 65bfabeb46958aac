using ClearingActors.Cli.Models;

namespace ClearingActors.Acceptance.Tests;

/// <summary>Margin vectors on a small history written here, so that they need no market data.</summary>
public sealed class HistoryVectorTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-vectors-");

    public HistoryVectorTests() => Write("p.csv", "day,close\n2024-01-01,100\n2024-01-02,110\n2024-01-03,99\n2024-01-05,108.9\n2024-01-08,98.01\n2024-01-09,-1\n");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Unscaled_changes_of_ten_per_cent_give_a_margin_of_ten_per_cent()
    {
        // Three changes of -10 %, +10 %, -10 % on 98.01 and two lots of 5 units; the seed change is left out.
        var report = Run();

        report.Quantities.Where(q => !q.Passed).ShouldBeEmpty();
        report.Quantities.Count.ShouldBe(8);
    }

    [Fact]
    public void A_portfolio_without_positions_has_no_margin() =>
        Run(positions: "[]", margin: "0", worst: "[0, 0, 0]").Quantities.Where(q => !q.Passed).ShouldBeEmpty();

    [Theory]
    [InlineData("2024-01-04", "2024-01-04 has no price of Price p; the nearest dates are 2024-01-03 and 2024-01-05")]
    [InlineData("2023-12-31", "the history begins on 2024-01-01")]
    [InlineData("2025-01-01", "the history ends on 2024-01-09")]
    [InlineData("2024-01-05", "has 3 changes from 2024-01-01 to 2024-01-05; lookback 3 and 1 seed changes need 4")]
    [InlineData("2024-01-09", "the price of Price p on 2024-01-09 is -1; relative changes need prices above 0")]
    [InlineData("yesterday", "a date such as 2020-03-16 is needed")]
    public void A_date_that_does_not_do_is_named(string asOf, string message) => Refused(() => Run(asOf: asOf)).ShouldContain(message);

    [Fact]
    public void From_leaves_out_what_is_before_it() =>
        Refused(() => Run(history: "\"file\": \"p.csv\", \"dateColumn\": \"day\", \"priceColumn\": \"close\", \"from\": \"2024-01-02\"")).ShouldContain("has 3 changes from 2024-01-02");

    [Theory]
    [InlineData("../p.csv", "has a path")]
    [InlineData("none.csv", "cannot be read")]
    [InlineData("nan.csv", "line 3, 2024-01-02, column close: 'NaN' is no finite number")]
    [InlineData("date.csv", "'02/01/2024' is no date")]
    [InlineData("twice.csv", "2024-01-01 stands behind 2024-01-01")]
    [InlineData("empty.csv", "is empty")]
    [InlineData("columns.csv", "names the column \"close\" 0 times")]
    public void A_history_that_cannot_be_used_is_named(string file, string message)
    {
        Write("nan.csv", "day,close\n2024-01-01,1\n2024-01-02,NaN\n");
        Write("date.csv", "day,close\n02/01/2024,1\n");
        Write("twice.csv", "day,close\n2024-01-01,1\n2024-01-01,2\n");
        Write("empty.csv", "day,close\n");
        Write("columns.csv", "day,open\n2024-01-01,1\n");

        Refused(() => Run(history: $"\"file\": \"{file}\", \"dateColumn\": \"day\", \"priceColumn\": \"close\"")).ShouldContain(message);
    }

    [Theory]
    [InlineData("\"confidence\": 1,", "less than 1 is allowed")]
    [InlineData("\"lookback\": 0,", "lookback: is 0")]
    [InlineData("\"scaling\": \"half\",", "scaling: is \"half\"; \"none\", \"mid\", \"full\" is allowed")]
    public void A_setting_out_of_range_is_named(string setting, string message)
    {
        var name = setting[..setting.IndexOf(':', StringComparison.Ordinal)];
        var json = Json();
        var at = json.IndexOf(name, StringComparison.Ordinal);
        var changed = json.Remove(at, json.IndexOf(',', at) + 1 - at).Insert(at, setting);

        Refused(() => VectorCheck.Text(changed, "v.json", new VectorData(_folder.FullName))).ShouldContain(message);
    }

    private VectorReport Run(string asOf = "2024-01-08", string? history = null, string? positions = null, string margin = "98.01", string worst = "[-98.01, -98.01, 98.01]") =>
        VectorCheck.Text(Json(asOf, history, positions, margin, worst), "v.json", new VectorData(_folder.FullName));

    private static string Json(string asOf = "2024-01-08", string? history = null, string? positions = null, string margin = "98.01", string worst = "[-98.01, -98.01, 98.01]") =>
        $$"""
        {"kind": "margin_fhs", "absoluteTolerance": 1e-9, "cases": [{
          "history": {{{history ?? "\"file\": \"p.csv\", \"dateColumn\": \"day\", \"priceColumn\": \"close\""}}}, "asOf": "{{asOf}}", "lookback": 3, "ewmaLambda": 0.97, "ewmaSeedReturns": 1,
          "mporDays": 1, "scaling": "none", "confidence": 0.5, "positions": {{positions ?? "[{\"kind\": \"future\", \"quantity\": 2, \"multiplier\": 5}]"}},
          "underlyingPrice": 98.01, "forecastDailyVol": 0.1, "tailCount": 2, "valueAtRisk": {{margin}}, "expectedShortfall": {{margin}}, "worstScenarioPnl": {{worst}}}]}
        """;

    private static string Refused(Action run) => Should.Throw<VectorFormatException>(run).Message;

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);
}
