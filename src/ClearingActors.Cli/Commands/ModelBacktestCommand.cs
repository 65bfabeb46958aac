using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ClearingActors.Cli.Backtesting;
using ClearingActors.Cli.Models;
using ClearingActors.Risk.Backtests;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;
using Spectre.Console;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing model backtest</c>: the margin of one future over a history, or of the accounts of a journal, against the losses (rulebook 9).</summary>
public static class ModelBacktestCommand
{
    private const int ListedExceptions = 25;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var history = new Option<FileInfo?>("--history") { Description = "A CSV file with a header and one line per date, yyyy-MM-dd, ascending; one future is back-tested over it." };
        var dateColumn = new Option<string>("--date-column") { Description = "The column of dates.", DefaultValueFactory = _ => "date" };
        var priceColumn = new Option<string>("--price-column") { Description = "The column of prices.", DefaultValueFactory = _ => "close" };
        var from = Date("--from", "The first period begins on the first date on or after it.");
        var to = Date("--to", "No period ends after it.");
        var quantity = new Option<long>("--quantity") { Description = "Lots, negative if short.", DefaultValueFactory = _ => 1 };
        var multiplier = new Option<double>("--multiplier") { Description = "Units of the underlying per lot.", DefaultValueFactory = _ => 1.0 };
        var changes = new Option<ChangeKind>("--changes") { Description = "Relative, or Absolute where prices may be negative.", DefaultValueFactory = _ => ChangeKind.Relative };
        var lookback = new Option<int>("--lookback") { Description = "Scenarios.", DefaultValueFactory = _ => 1250 };
        var lambda = new Option<double>("--lambda") { Description = "Decay of the volatility, 0 to 1.", DefaultValueFactory = _ => 0.97 };
        var seedReturns = new Option<int>("--seed-returns") { Description = "Changes that seed the volatility.", DefaultValueFactory = _ => 60 };
        var sigmaFloor = new Option<double>("--sigma-floor") { Description = "The least daily volatility.", DefaultValueFactory = _ => 0.0 };
        var mpor = new Option<int>("--mpor") { Description = "Days of the margin period.", DefaultValueFactory = _ => 2 };
        var scaling = new Option<string>("--scaling") { Description = "How far today's volatility rescales old changes.", DefaultValueFactory = _ => "mid" }.AcceptOnlyFromAmong("none", "mid", "full");
        var confidence = new Option<double>("--confidence") { Description = "Between 0 and 1.", DefaultValueFactory = _ => 0.99 };
        var measure = new Option<string>("--measure") { Description = "Expected shortfall or value at risk.", DefaultValueFactory = _ => "es" }.AcceptOnlyFromAmong("es", "var");
        var tool = new Option<string>("--procyclicality") { Description = "The tool against procyclicality.", DefaultValueFactory = _ => "none" }.AcceptOnlyFromAmong("none", "buffer25", "stressed25", "floor10y");
        var stressFrom = Date("--stress-from", "The stress window's first date, for stressed25.");
        var stressTo = Date("--stress-to", "The stress window's last date.");
        var proxy = new Option<string?>("--proxy") { Description = "For floor10y: what stands in for the years that the history lacks." };
        var json = new Option<FileInfo?>("--json") { Description = "Writes every period to this file." };
        var svg = new Option<FileInfo?>("--svg") { Description = "Draws margin against loss to this file." };
        var source = new JournalSource();
        var account = new Option<string?>("--account") { Description = "Of a journal: this account alone, with its losses above margin." };
        Option[] ofHistory =
        [
            history, dateColumn, priceColumn, from, to, quantity, multiplier, changes, lookback, lambda, seedReturns, sigmaFloor, mpor, scaling, confidence, measure, tool, stressFrom, stressTo, proxy,
        ];
        var command = new Command("backtest", "Back-tests margin: of one future over a history, or of the accounts of a journal. Exit code 1 if a zone is red.");
        foreach (var option in ofHistory.Concat([source.Journal, source.Store, source.Connection, source.Schema, account, json, svg]))
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            if (source.Refuse(parsed) is { } refused)
            {
                throw new CommandException(refused);
            }

            if (source.IsNamed(parsed))
            {
                if (ofHistory.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } other)
                {
                    throw new CommandException($"{other.Name} is of a history; a journal has the positions, the prices and the model in it. Leave it out, or the journal");
                }

                return parsed.GetValue(svg) is not null && parsed.GetValue(account) is null
                    ? throw new CommandException("--svg draws one account of a journal; name it with --account")
                    : LiveBacktestRun.Run(source, parsed, parsed.GetValue(account), parsed.GetValue(json), parsed.GetValue(svg), Print, cancellation);
            }

            if (parsed.GetValue(account) is { } unknown)
            {
                throw new CommandException($"--account {unknown}: accounts are in a journal; name it with --journal or --store postgres");
            }

            if (parsed.GetValue(history) is not { } file || parsed.GetValue(from) is not { } firstDate || parsed.GetValue(to) is not { } lastDate)
            {
                throw new CommandException("--history with --from and --to is needed, or --journal, or --store postgres");
            }

            var start = parsed.GetValue(stressFrom);
            var end = parsed.GetValue(stressTo);
            var settings = new BacktestSettings
            {
                Scenarios = new ScenarioSettings
                {
                    Lookback = parsed.GetValue(lookback),
                    EwmaLambda = parsed.GetValue(lambda),
                    EwmaSeedReturns = parsed.GetValue(seedReturns),
                    MporDays = parsed.GetValue(mpor),
                    Scaling = parsed.GetValue(scaling) switch { "none" => VolatilityScaling.None, "full" => VolatilityScaling.Full, _ => VolatilityScaling.Mid },
                    SigmaFloor = parsed.GetValue(sigmaFloor),
                },
                Confidence = parsed.GetValue(confidence),
                Measure = parsed.GetValue(measure) == "var" ? RiskMeasure.ValueAtRisk : RiskMeasure.ExpectedShortfall,
                Procyclicality = parsed.GetValue(tool) switch
                {
                    "buffer25" => BacktestProcyclicality.Buffer25,
                    "stressed25" => BacktestProcyclicality.Stressed25,
                    "floor10y" => BacktestProcyclicality.Floor10Years,
                    _ => BacktestProcyclicality.None,
                },
                StressWindow = start is { } first && end is { } last ? (first, last) : null,
                LongWindowProxy = parsed.GetValue(proxy),
            };
            BacktestResult result;
            try
            {
                var prices = VectorData.Load(file.ToString(), parsed.GetRequiredValue(dateColumn), parsed.GetRequiredValue(priceColumn));
                var lots = parsed.GetValue(quantity);
                var units = parsed.GetValue(multiplier);
                result = Backtest.Run(
                    new FactorHistory(prices, parsed.GetValue(changes)),
                    firstDate,
                    lastDate,
                    (_, price) => [new Holding(new LinearRisk("FUTURE", prices.Factor, price, units, "USD"), lots)],
                    settings);
            }
            catch (ArgumentException e)
            {
                throw new CommandException(Refusal.Of(e), e);
            }

            Print(result, parsed.InvocationConfiguration.Output);
            if (parsed.GetValue(json) is { } target)
            {
                Write(target, result);
            }

            if (parsed.GetValue(svg) is { } picture)
            {
                OutputFile.Write(picture, BacktestPicture.Of(result, $"{file.Name}: {parsed.GetValue(quantity)} x {parsed.GetValue(multiplier).ToString(CultureInfo.InvariantCulture)}, {parsed.GetValue(measure)} at {parsed.GetValue(confidence).ToString(CultureInfo.InvariantCulture)}, {parsed.GetValue(tool)}"));
            }

            return result.Zone == TrafficLightZone.Red ? ExitCode.Failed : ExitCode.Ok;
        }));
        command.AddExamples(
            ("clearing model backtest --journal clearing.journal --json accounts.json", "the accounts of a house, worst first, with every period as JSON"),
            ("clearing model backtest --journal clearing.journal --account M01-HOUSE --svg m01.svg", "one account"),
            ("clearing model backtest --store postgres --connection \"Host=db;Username=auditor;Database=clearing\"", "a house on PostgreSQL"),
            ("clearing model backtest --history sp500.csv --from 2007-01-03 --to 2020-04-17 --multiplier 50 --svg spx.svg", "one long index future through two crises"),
            ("clearing model backtest --history wti.csv --date-column Date --price-column Price --changes Absolute --from 2010-01-04 --to 2020-06-30", "oil, through zero"));
        return command;
    }

    private static Option<DateOnly?> Date(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = argument =>
        {
            var text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            {
                return date;
            }

            argument.AddError($"{name} {text}: a date such as 2020-03-16 is needed");
            return null;
        },
    };

    private static void Print(BacktestResult result, TextWriter output)
    {
        var console = PlainConsole.On(output);
        var observations = result.Observations;
        var table = new Table().Border(TableBorder.Simple).AddColumn("Back-test").AddColumn(new TableColumn("").RightAligned());
        table.AddRow("Periods", $"{observations.Count}");
        table.AddRow("First and last", $"{observations[0].From:yyyy-MM-dd} to {observations[^1].To:yyyy-MM-dd}");
        table.AddRow("Losses above margin", $"{result.Exceptions}");
        table.AddRow("Coverage", (1.0 - ((double)result.Exceptions / observations.Count)).ToString("0.00%", CultureInfo.InvariantCulture));
        table.AddRow("Traffic light", result.Zone.ToString().ToLowerInvariant());
        table.AddRow("Kupiec", Verdict(result.Kupiec));
        table.AddRow("Christoffersen independence", Verdict(result.Independence));
        table.AddRow("Margin, least", Amount(observations.Min(o => o.Margin)));
        table.AddRow("Margin, most", Amount(observations.Max(o => o.Margin)));
        table.AddRow("Margin, largest rise in a period", Amount(observations.Zip(observations.Skip(1), (a, b) => b.Margin - a.Margin).DefaultIfEmpty(0.0).Max()));
        console.Write(table);
        var exceptions = new Table().Border(TableBorder.Simple).AddColumn("From").AddColumn("To").AddColumn(new TableColumn("Margin").RightAligned()).AddColumn(new TableColumn("Loss").RightAligned());
        foreach (var o in observations.Where(o => o.IsException).OrderByDescending(o => o.Loss - o.Margin).ThenBy(o => o.From).Take(ListedExceptions).OrderBy(o => o.From))
        {
            exceptions.AddRow($"{o.From:yyyy-MM-dd}", $"{o.To:yyyy-MM-dd}", Amount(o.Margin), Amount(o.Loss));
        }

        if (result.Exceptions > 0)
        {
            output.WriteLine(result.Exceptions > ListedExceptions ? $"The {ListedExceptions} largest losses above margin:" : "Losses above margin:");
            console.Write(exceptions);
        }
    }

    private static string Verdict(LikelihoodRatioTest test) =>
        $"{test.LikelihoodRatio.ToString("0.000", CultureInfo.InvariantCulture)}, {(test.Reject95 ? "rejected" : "not rejected")} at 95 %";

    private static string Amount(double value) => value.ToString("#,0.00", CultureInfo.InvariantCulture);

    private static void Write(FileInfo target, BacktestResult result) => OutputFile.Write(target, JsonSerializer.Serialize(
        new
        {
            result.Exceptions,
            Zone = result.Zone.ToString().ToLowerInvariant(),
            result.Kupiec,
            result.Independence,
            Observations = result.Observations.Select(o => new { o.From, o.To, o.Margin, o.Loss, Exception = o.IsException }),
        },
        Json));
}
