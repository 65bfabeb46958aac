using System.Globalization;
using System.Text.Json;
using ClearingActors.Audit.Export;
using ClearingActors.Domain;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;
using Microsoft.Data.Sqlite;

namespace ClearingActors.Audit.Tests;

/// <summary>The tables hold what the state holds, the same in every format, and the manifest knows each byte.</summary>
public sealed class HouseExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("export-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(15)]
    public void Cash_flows_sum_to_the_balances_and_trades_to_the_positions(ulong seed) => Simulate(seed, journal =>
    {
        Export(journal, JournalCut.AtHeads(journal), "all", HouseExport.JsonLines);
        using var house = new HouseReplay(journal, JournalCut.AtHeads(journal));
        house.Run(null, CancellationToken.None);
        var accounts = house.Scopes.SelectMany(s => s.Accounts).Select(a => a.State).ToList();

        var balances = accounts.SelectMany(a => a.Balances.ToArray().Select(b => (Key: $"{a.Id} {b.Currency.Code}", b.Cash))).Where(b => b.Cash != 0).ToDictionary(b => b.Key, b => b.Cash);
        var flows = Rows("all", ExportTables.CashFlows).GroupBy(r => $"{r["account"]} {r["currency"]}").Select(g => (g.Key, Sum: g.Sum(r => Minor(r["amount"], r["digits"])))).Where(g => g.Sum != 0).ToDictionary(g => g.Key, g => g.Sum);
        flows.ShouldBe(balances, ignoreOrder: true);
        flows.ShouldNotBeEmpty();

        // Exercise and expiry move positions without a trade; elsewhere trades are all that does.
        var moved = Moved(journal);
        var trades = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var row in Rows("all", ExportTables.Trades).Where(r => r["outcome"] is "novated" or "cancelled" or "under_way" && !moved.Contains(r["instrument"])))
        {
            var sign = row["request"] == "cancel" ? -1 : 1;
            var lots = sign * long.Parse(row["quantity"], CultureInfo.InvariantCulture);
            Add(row["buyer_account"], row["buyer_turn"], lots);
            Add(row["seller_account"], row["confirmed_turn"], -lots);

            void Add(string account, string turn, long change)
            {
                if (turn.Length > 0)
                {
                    var key = $"{account} {row["instrument"]}";
                    trades[key] = trades.GetValueOrDefault(key) + change;
                }
            }
        }

        var positions = accounts.SelectMany(a => a.Positions.Where(p => !moved.Contains(p.Key.Instrument.Value)).Select(p => (Key: $"{a.Id} {p.Key.Instrument}", p.Quantity)))
            .GroupBy(p => p.Key).Select(g => (g.Key, Sum: g.Sum(p => p.Quantity))).Where(g => g.Sum != 0).ToDictionary(g => g.Key, g => g.Sum);
        trades.Where(t => t.Value != 0).ToDictionary(t => t.Key, t => t.Value).ShouldBe(positions, ignoreOrder: true);
        positions.ShouldNotBeEmpty();
    });

    [Fact]
    public void Trades_are_answered_as_the_sources_have_answered_them() => Simulate(2, journal =>
    {
        Export(journal, JournalCut.AtHeads(journal), "trades", HouseExport.JsonLines);
        var answers = Events(journal).Where(e => e.TradeAnswered is not null || e.CancelAnswered is not null)
            .Select(e => e.TradeAnswered is { } t ? $"trade {t.TradeId} {Words.Of((TradeOutcomeKind)t.Outcome.Kind)}" : $"cancel {e.CancelAnswered.TradeId} {Words.Of((TradeOutcomeKind)e.CancelAnswered.Outcome.Kind)}");
        var rows = Rows("trades", ExportTables.Trades).Where(r => r["outcome"] != "under_way" && r["source"] != Domain.Parties.CcpAccounts.DefaultSource.Value).ToList();
        rows.Select(r => $"{r["request"]} {r["trade_id"]} {r["outcome"]}").Order(StringComparer.Ordinal).ShouldBe(answers.Order(StringComparer.Ordinal));
        rows.Select(r => r["outcome"]).Distinct().Order().ShouldBe(["cancelled", "novated", "rejected"]);
        rows.Where(r => r["outcome"] == "novated" && r["request"] == "trade").ShouldAllBe(r => r["seller_turn"].Length > 0 && r["buyer_turn"].Length > 0 && r["confirmed_turn"].Length > 0 && r["cycle"].Length > 0);
        rows.Where(r => r["outcome"] == "rejected").ShouldAllBe(r => r["reason"].Length > 0);
    });

    [Fact]
    public void Positions_of_a_date_are_what_its_last_cycle_left()
    {
        var dates = 0;
        for (ulong seed = 1; seed <= 6; seed++)
        {
            Simulate(seed, journal =>
            {
                Export(journal, JournalCut.AtHeads(journal), $"positions{seed}", HouseExport.JsonLines);
                var rows = Rows($"positions{seed}", ExportTables.Positions);
                rows.GroupBy(r => r["business_date"]).ShouldAllBe(date => date.Select(r => r["cycle"]).Distinct().Count() == 1);
                rows.GroupBy(r => (r["cycle"], r["instrument"])).ShouldAllBe(held => held.Sum(r => long.Parse(r["quantity"], CultureInfo.InvariantCulture)) == 0);
                rows.ShouldAllBe(r => r["value"].Length > 0 && r["settlement_price"].Length > 0);
                dates = Math.Max(dates, rows.Select(r => r["business_date"]).Distinct().Count());
            });
        }

        dates.ShouldBeGreaterThan(1);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(15)]
    public void Asset_entries_sum_to_the_holdings_and_parts_of_requirements_to_the_whole(ulong seed) => Simulate(seed, journal =>
    {
        Export(journal, JournalCut.AtHeads(journal), "all", HouseExport.JsonLines);
        using var house = new HouseReplay(journal, JournalCut.AtHeads(journal));
        house.Run(null, CancellationToken.None);
        var held = house.Scopes.SelectMany(s => s.Accounts).SelectMany(a => (a.State.Assets?.Held ?? []).Select(h => (Key: $"{a.State.Id} {h.Asset}", h.Units))).Where(h => h.Units != 0).ToDictionary(h => h.Key, h => h.Units);
        Rows("all", ExportTables.Assets).GroupBy(r => $"{r["account"]} {r["asset"]}").Select(g => (g.Key, Sum: g.Sum(r => Minor(r["quantity"], r["unit_digits"])))).Where(g => g.Sum != 0).ToDictionary(g => g.Key, g => g.Sum).ShouldBe(held, ignoreOrder: true);
        held.ShouldNotBeEmpty();
        var assessments = Rows("all", ExportTables.Assessments);
        assessments.Count.ShouldBe(Events(journal).Count(e => e.MarginAssessed is not null));
        assessments.ShouldAllBe(a => JsonSerializer.Deserialize<Dictionary<string, string>>(a["parts"])!.Values.Sum(p => decimal.Parse(p, CultureInfo.InvariantCulture)) == decimal.Parse(a["requirement"], CultureInfo.InvariantCulture));
        assessments.ShouldNotBeEmpty();
    });

    [Theory]
    [InlineData(16)]
    [InlineData(24)]
    public void Margin_calls_have_the_outcome_that_the_accounts_have(ulong seed) => Simulate(seed, journal =>
    {
        Export(journal, JournalCut.AtHeads(journal), "all", HouseExport.JsonLines);
        using var house = new HouseReplay(journal, JournalCut.AtHeads(journal));
        house.Run(null, CancellationToken.None);
        var calls = Rows("all", ExportTables.MarginCalls).ToDictionary(r => $"{r["account"]} {r["number"]}");
        calls.Count.ShouldBe(Events(journal).Count(e => e.MarginCallIssued is not null));
        calls.ShouldNotBeEmpty();
        foreach (var account in house.Scopes.SelectMany(s => s.Accounts).Select(a => a.State))
        {
            foreach (var call in account.Margin?.Calls ?? [])
            {
                var row = calls[$"{account.Id} {call.Number}"];
                row["outcome"].ShouldBe(call.Status == MarginCallStatus.Issued ? "open" : Words.Of(call.Status));
                (Minor(row["amount"], row["digits"]), Minor(row["credited"], row["digits"]), row["run"]).ShouldBe((call.AmountMinor, call.CreditedMinor, call.Run.ToString(CultureInfo.InvariantCulture)));
                (row["ended_turn"].Length == 0).ShouldBe(call.Status == MarginCallStatus.Issued);
            }
        }
    });

    [Fact]
    public void Layers_bear_the_whole_loss_of_a_default_and_decisions_name_both_who_decided()
    {
        var losses = 0;
        foreach (var seed in (ulong[])[3, 11, 17])
        {
            Simulate(seed, journal =>
            {
                var name = $"seed-{seed}";
                Export(journal, JournalCut.AtHeads(journal), name, HouseExport.JsonLines);
                var layers = Rows(name, ExportTables.DefaultLayers).Where(r => r["step"] is "allocation" or "recovery_tool").ToLookup(r => r["default_number"]);
                foreach (var row in Rows(name, ExportTables.Defaults).Where(r => r["loss"].Length > 0))
                {
                    layers[row["number"]].Sum(r => Minor(r["used"], r["digits"])).ShouldBe(Minor(row["loss"], row["digits"]) - Minor(row["unallocated"], row["digits"]), row["number"]);
                    losses += Minor(row["loss"], row["digits"]) > 0 ? 1 : 0;
                    Rows(name, ExportTables.DefaultStages).Where(s => s["default_number"] == row["number"]).Select(s => s["stage"]).Distinct().Take(2).ShouldBe(["triggered", "declared"]);
                }

                var approved = Events(journal).Where(e => e.DefaultDecided is { Carried: true }).Select(e => $"{e.DefaultDecided.Decision.By} after {e.DefaultDecided.Decision.ProposedBy}: {e.DefaultDecided.Decision.Reason}");
                Rows(name, ExportTables.Decisions).Where(r => r["proposed_by"].Length > 0).Select(r => $"{r["principal"]} after {r["proposed_by"]}: {r["reason"]}").Order(StringComparer.Ordinal).ShouldBe(approved.Order(StringComparer.Ordinal));
                Rows(name, ExportTables.Decisions).ShouldAllBe(r => r["what"].Length > 0 && r["principal"].Length > 0);
            });
        }

        losses.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Settlement_prices_and_marks_are_those_of_the_events() => Simulate(3, journal =>
    {
        Export(journal, JournalCut.AtHeads(journal), "all", HouseExport.JsonLines);
        Rows("all", ExportTables.Marks).Count.ShouldBe(Events(journal).Count(e => e.MarkAccepted is not null));
        var prices = Rows("all", ExportTables.SettlementPrices);
        prices.Count.ShouldBe(Events(journal).Sum(e => e.SettlementPricesFixed?.Prices.Prices.Count ?? 0));
        var settled = prices.ToDictionary(p => $"{p["cycle"]} {p["instrument"]}", p => p["price"]);
        Rows("all", ExportTables.Positions).ShouldAllBe(p => settled[$"{p["cycle"]} {p["instrument"]}"] == p["settlement_price"]);
    });

    [Fact]
    public void Every_format_holds_the_same_rows_and_the_same_export_has_the_same_bytes() => Simulate(4, journal =>
    {
        var cut = JournalCut.AtHeads(journal);
        var manifest = Export(journal, cut, "all", HouseExport.Csv, HouseExport.JsonLines, HouseExport.Sqlite);
        Export(journal, cut, "again", HouseExport.Csv, HouseExport.JsonLines, HouseExport.Sqlite);
        File.ReadAllBytes(Path.Combine(_folder, "again", ExportManifest.FileName)).ShouldBe(File.ReadAllBytes(Path.Combine(_folder, "all", ExportManifest.FileName)));
        foreach (var table in ExportTables.All)
        {
            var json = Rows("all", table);
            Csv.Read(Path.Combine(_folder, "all", $"{table.Name}.csv")).ShouldBe([[.. table.Columns.Select(c => c.Name)], .. json.Select(r => table.Columns.Select(c => Csv.Guard(c, r[c.Name])))]);
            Sql(table).ShouldBe(json.Select(r => string.Join('|', table.Columns.Select(c => r[c.Name]))).Order(StringComparer.Ordinal));
            manifest.Files.Where(f => f.Rows.ContainsKey(table.Name)).Select(f => f.Rows[table.Name]).ShouldBe([json.Count, json.Count, json.Count]);
        }

        manifest.Cut.ShouldBe(cut.Positions);
        var read = ExportManifest.Read(Path.Combine(_folder, "all"));
        read.Tables.Keys.ShouldBe(ExportTables.All.Select(t => t.Name));
        read.Tables["cash_flows"].Columns["amount"].ShouldBe("minor");
        manifest.JournalId.ShouldBe(journal.Identity.Id);
    });

    [Fact]
    public void The_manifest_finds_a_changed_byte_a_missing_file_and_one_that_does_not_belong() => Simulate(5, journal =>
    {
        Export(journal, JournalCut.AtHeads(journal), "all", HouseExport.Csv);
        var folder = Path.Combine(_folder, "all");
        var manifest = ExportManifest.Read(folder);
        manifest.Check(folder).ShouldBeEmpty();

        var file = Path.Combine(folder, "cash_flows.csv");
        var bytes = File.ReadAllBytes(file);
        bytes[^3] ^= 1;
        File.WriteAllBytes(file, bytes);
        manifest.Check(folder).ShouldHaveSingleItem().ShouldStartWith("cash_flows.csv: has");
        bytes[^3] ^= 1;
        File.WriteAllBytes(file, bytes);
        manifest.Check(folder).ShouldBeEmpty();

        File.WriteAllText(Path.Combine(folder, "more.csv"), "");
        File.Delete(Path.Combine(folder, "trades.csv"));
        manifest.Check(folder).ShouldBe(["trades.csv: is not there", "more.csv: is not of the export"]);
    });

    [Fact]
    public void A_folder_that_is_there_is_refused_and_an_export_that_is_stopped_leaves_nothing() => Simulate(6, journal =>
    {
        var cut = JournalCut.AtHeads(journal);
        Directory.CreateDirectory(Path.Combine(_folder, "here"));
        Should.Throw<IOException>(() => Export(journal, cut, "here", HouseExport.Csv)).Message.ShouldContain("is there already");
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Should.Throw<OperationCanceledException>(() => HouseExport.Run(journal, cut, Path.Combine(_folder, "not"), ExportTables.All, HouseExport.Formats, null, stopped.Token));
        Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName).ShouldBe(["here"]);
    });

    [Theory]
    [InlineData("=1+2", "'=1+2")]
    [InlineData("+44 20", "'+44 20")]
    [InlineData("-A1", "'-A1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\uFF1D1", "'\uFF1D1")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("it's", "it's")]
    [InlineData("'quoted'", "''quoted'")]
    [InlineData("a,\"b\"\r\nc", "\"a,\"\"b\"\"\r\nc\"")]
    public void Text_is_never_a_formula_in_a_spreadsheet(string text, string field)
    {
        var table = new ExportTable("t", "one row", new ExportColumn("free", ColumnKind.Text), new ExportColumn("amount", ColumnKind.Minor));
        using (var csv = new CsvTables(_folder, [table]))
        {
            new RowWriter(table, [csv]).Text(text).Minor(-105, 2).End();
            csv.Complete();
        }

        File.ReadAllText(Path.Combine(_folder, "t.csv")).ShouldBe($"free,amount\r\n{field},-1.05\r\n");
    }

    [Theory]
    [InlineData(1_700_000_000_123_456_789, "2023-11-14T22:13:20.123456789Z")]
    [InlineData(1, "1970-01-01T00:00:00.000000001Z")]
    [InlineData(-1, "1969-12-31T23:59:59.999999999Z")]
    public void Times_are_exact_to_the_nanosecond(long time, string text) => ExportValue.TimeText(time).ShouldBe(text);

    private static void Simulate(ulong seed, Action<IJournalStore> look) => HouseSimulation.RunWithDefaults(seed, HouseSimulation.DefaultSteps, look);

    private static IEnumerable<Contracts.Journal.V1.Event> Events(IJournalStore journal) => journal.ReadHeads()
        .SelectMany(h => journal.ReadShard(h.Shard, 0, h.Position)).SelectMany(r => Contracts.Journal.V1.Turn.Parser.ParseFrom(r.Payload.Span).Steps).SelectMany(s => s.Events);

    private static HashSet<string> Moved(IJournalStore journal) => [.. Events(journal).SelectMany(e => (IEnumerable<string>)
    [
        e.OptionExercised?.Instrument ?? "", e.FutureDelivered?.Instrument ?? "", .. e.SettlementPricesFixed?.Prices.Expiring ?? [],
    ])];

    private static long Minor(string amount, string digits) =>
        (amount.Split('.') is [_, var places] ? places.Length : 0) == int.Parse(digits, CultureInfo.InvariantCulture)
            ? long.Parse(amount.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture)
            : throw new FormatException($"{amount} does not have {digits} places");

    private ExportManifest Export(IJournalStore journal, JournalCut cut, string name, params string[] formats) =>
        HouseExport.Run(journal, cut, Path.Combine(_folder, name), ExportTables.All, formats, null, CancellationToken.None);

    private List<Dictionary<string, string>> Rows(string name, ExportTable table) =>
    [
        .. File.ReadLines(Path.Combine(_folder, name, $"{table.Name}.jsonl"))
            .Select(line => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(line)!.ToDictionary(p => p.Key, p => p.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? p.Value.GetRawText() : p.Value.ToString())),
    ];

    /// <summary>The rows as text, amounts put together again from minor units and digits.</summary>
    private List<string> Sql(ExportTable table)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "all", SqliteTables.FileName)};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM {table.Name}";
        using var reader = command.ExecuteReader();
        List<string> rows = [];
        var digits = table.Columns.ToList().FindIndex(c => c.Name.EndsWith("digits", StringComparison.Ordinal));
        while (reader.Read())
        {
            rows.Add(string.Join('|', table.Columns.Select((c, i) => reader.IsDBNull(i) ? "" : c.Kind switch
            {
                ColumnKind.Minor => new ExactAmount(reader.GetInt64(i), reader.GetInt32(digits)).ToString(),
                ColumnKind.Flag => reader.GetInt64(i) == 1 ? "true" : "false",
                ColumnKind.Integer => reader.GetInt64(i).ToString(CultureInfo.InvariantCulture),
                _ => reader.GetString(i),
            })));
        }

        rows.Sort(StringComparer.Ordinal);
        return rows;
    }
}
