using System.Diagnostics;
using ClearingActors.Client;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Engine;

namespace ClearingActors.Cli.Demo;

/// <summary>
/// Clears a price history on a running node, over gRPC as any member, source of marks and operator would: one connection and trade stream per member, one connection per
/// source of marks, one for the operator. Afterwards it checks what a clearing house promises.
/// </summary>
/// <remarks>
/// The seed decides every report and every mark. Outcomes of trades do not depend on timing. Of two marks that cross on their way the later one overtakes, so how many
/// marks are accepted does.
/// </remarks>
public sealed class DemoRun
{
    /// <summary>Marks of each of the two sources on a day.</summary>
    public const int MarksPerSource = 60;

    /// <summary>A price so many percent from the last settlement has the operator run margin within the day.</summary>
    public const int IntradayMovePercent = 3;

    /// <summary>How often the business clock moves on a day that runs as fast as may be.</summary>
    private const int StepsUnpaced = 8;

    private readonly IDemoNode _node;
    private readonly DemoSettings _settings;
    private readonly IDemoView _view;
    private readonly DemoInstrument _instrument;
    private readonly DemoHouse _house;
    private readonly SeededRandom _random;
    private readonly TradeFlow _flow;
    private readonly AcknowledgedTrades _acknowledged = new();
    private readonly DemoMarginModel _model = DemoMarginModel.Load();
    private readonly IReadOnlyList<DemoOption> _options;

    /// <exception cref="CommandException">The history cannot be cleared.</exception>
    public DemoRun(IDemoNode node, DemoSettings settings, IDemoView view)
    {
        _node = node;
        _settings = settings;
        _view = view;
        _instrument = new DemoInstrument(settings.Days);
        _house = new DemoHouse(_instrument);
        _options = settings.Before.Count >= _model.LeastCloses ? DemoOption.ListFor(settings.Days) : [];
        _random = new SeededRandom(settings.Seed);
        _flow = new TradeFlow(_house, _instrument, _random.Fork(0), settings.TradesPerDay);
    }

    /// <summary>Sets the house up, runs the days and checks.</summary>
    /// <exception cref="Grpc.RpcException">The node refused or went away.</exception>
    public async Task<DemoSummary> RunAsync(CancellationToken cancellationToken)
    {
        using var operators = new ClearingConnection(_node.GrpcAddress, new ClearingConnectionOptions { Token = _node.OperatorToken });
        var desks = _house.Members.Select(member => new MemberDesk(_node.GrpcAddress, _node.TokenOfMember(member.Id))).ToArray();
        var sources = DemoHouse.MarkSources
            .Select(source => new ClearingConnection(_node.GrpcAddress, new ClearingConnectionOptions { Token = _node.TokenOfMarkSource(source) })).ToArray();
        try
        {
            if (_settings.Default && (_options.Count == 0 || _settings.Days[0].Date >= DemoDefaulting.Day || _settings.Days.SkipWhile(day => day.Date != DemoDefaulting.Day).Take(2).Count() < 2))
            {
                throw new CommandException($"a default needs margin, the day {DemoDefaulting.Day:yyyy-MM-dd}, one day before it and one after it; the history from {_settings.Days[0].Date:yyyy-MM-dd} to {_settings.Days[^1].Date:yyyy-MM-dd} does not have them");
            }

            using var second = new ClearingConnection(_node.GrpcAddress, new ClearingConnectionOptions { Token = _node.SecondOperatorToken });
            var defaulting = _settings.Default ? new DemoDefaulting(_house, operators, second, desks, () => QuietInvariantsAsync(operators.Operations, cancellationToken), _view) : null;
            var margining = _options.Count > 0 ? new DemoMargining(_model, _house, operators, desks, _settings.CheckPatience, defaulting) : null;
            var closes = $"closes before {_settings.Days[0].Date:yyyy-MM-dd}";
            _view.Say(margining is null
                ? $"No margin and no options: the model needs {_model.LeastCloses:N0} {closes}, and the history has {_settings.Before.Count:N0}"
                : $"Margin from {_settings.Before.Count:N0} {closes}; {_house.Members[DemoMargining.LateMember].Name} pays its calls late, the other members at once");

            await SetUpAsync(operators.Operations, margining, sources, cancellationToken);
            var results = new List<DayResult>();
            var clock = Stopwatch.StartNew();
            await _view.ShowDaysAsync(_settings.Days.Count, async progress =>
            {
                for (var i = 0; i < _settings.Days.Count; i++)
                {
                    results.Add(await RunDayAsync(i, operators.Operations, desks, sources, margining, progress, cancellationToken));
                    if (defaulting is not null)
                    {
                        await DefaultAsync(defaulting, margining!, results[^1], cancellationToken);
                    }

                    progress.DayClosed(results[^1]);
                }
            });
            var seconds = clock.Elapsed.TotalSeconds;
            _view.Say("Checking: the book, the cash, both sides of every trade, the journal against the live state");
            var summary = await CheckAsync(results, seconds, operators.Operations, desks, margining, defaulting, cancellationToken);
            await Task.WhenAll(desks.Select(desk => desk.CloseAsync(cancellationToken)));
            return summary;
        }
        finally
        {
            foreach (var source in sources)
            {
                source.Dispose();
            }

            foreach (var desk in desks)
            {
                await desk.DisposeAsync();
            }
        }
    }

    /// <summary>The fund is paid in on the first day; the default begins when the calls of its day are missed, and ends when the next day is settled.</summary>
    private async Task DefaultAsync(DemoDefaulting defaulting, DemoMargining margining, DayResult day, CancellationToken cancellationToken)
    {
        if (day.Date == _settings.Days[0].Date)
        {
            await defaulting.SetUpAsync(cancellationToken);
        }
        else if (day.Date == DemoDefaulting.Day)
        {
            await defaulting.ManageAsync(margining.Now, (int)day.Margin!.Missed, cancellationToken);
            _flow.LeaveOut(defaulting.Defaulter);
        }
        else if (defaulting is { Number: > 0, Result: null })
        {
            await defaulting.CloseAsync(cancellationToken);
        }
    }

    private async Task SetUpAsync(OperationsClient operators, DemoMargining? margining, ClearingConnection[] sources, CancellationToken cancellationToken)
    {
        var first = TradingSession.Of(_settings.Days[0].Date);
        var status = await operators.GetStatusAsync(new GetStatusRequest(), cancellationToken);
        if (status.TradesNovated > 0 || status.BusinessTime >= first.Open)
        {
            throw new CommandException(
                $"the journal has cleared {status.TradesNovated} trades and stands at business date {status.BusinessDate}; the demo needs a new one, name an empty folder with --data");
        }

        // An hour before the first session: time to set a house up in.
        var instant = first.Open - (long)TimeSpan.FromHours(1).TotalNanoseconds;
        await operators.AdvanceBusinessTimeAsync(new AdvanceBusinessTimeRequest { Instant = instant }, cancellationToken);
        await operators.DefineInstrumentAsync(_instrument.ToDefinition(), cancellationToken);
        foreach (var option in _options)
        {
            await operators.DefineInstrumentAsync(option.ToDefinition(_instrument), cancellationToken);
        }

        foreach (var member in _house.Members)
        {
            await operators.DefineMemberAsync(new DefineMemberRequest { Member = member.Id, Name = member.Name }, cancellationToken);
            await operators.DefineTradeSourceAsync(new DefineTradeSourceRequest { Source = member.Id, Lanes = 1 }, cancellationToken);
        }

        var accounts = new DefineAccountsRequest();
        accounts.Accounts.AddRange(_house.AllAccounts.Select(account => new AccountDefinition
        {
            Account = account.Id,
            Member = _house.Members[account.Member].Id,
            Segregation = account.Segregation,
            Currency = "USD",
            IntradayLimit = ExactDecimal.ToWire(margining is null || account == _house.TinyAccount ? 0 : account.Room),
        }));
        await operators.DefineAccountsAsync(accounts, cancellationToken);
        await Task.WhenAll(_house.AllAccounts.Where(account => margining is null || account == _house.TinyAccount).Select(account => operators.BookCollateralAsync(
            new BookCollateralRequest { RequestId = "demo-opening", Account = account.Id, Currency = "USD", Amount = ExactDecimal.ToWire(account.Room) },
            cancellationToken)));
        if (margining is not null)
        {
            await margining.SetUpAsync(_settings.Before, cancellationToken);
            await MarkAsync(sources[0], [MarkOf(0, DemoInstrument.Symbol, DemoInstrument.ToTicks(_settings.Before[^1].Close), instant)], cancellationToken);
            await margining.PostOpeningAsync(cancellationToken);
            _view.Say($"Options on {DemoInstrument.Symbol}: {string.Join(", ", _options.Select(option => option.Symbol["SPX.".Length..]))}");
            _view.Say(
                $"Their volatility is synthetic: what the {SyntheticVolatility.Days} days before realised, plus {100 * SyntheticVolatility.Spread:N0} points; now {100 * margining.Volatility:N1} %");
        }
    }

    private async Task<DayResult> RunDayAsync(
        int index, OperationsClient operators, MemberDesk[] desks, ClearingConnection[] sources, DemoMargining? margining, IDemoProgress progress, CancellationToken cancellationToken)
    {
        var day = _settings.Days[index];
        var session = TradingSession.Of(day.Date);
        var path = DayPath.Create(day, sources.Length * MarksPerSource, _random.Fork((ulong)day.Date.DayNumber));

        // An option is not traded on the day that it expires: reports of the last minutes come behind the close.
        var quotes = margining is null ? null : new OptionQuotes([.. _options.Where(option => option.Expiry > day.Date)], margining.Volatility);
        var expiring = _options.Where(option => option.Expiry == day.Date).ToList();
        var trades = _flow.NextDay(day.Date, path, session, quotes);
        var tally = new DayTally(_acknowledged);
        var intraday = margining is null ? null : IntradayRunAt(index, path);
        var clock = Stopwatch.StartNew();
        var reported = 0;
        var marked = 0;
        foreach (var points in StepsOf(path.Ticks.Length, intraday))
        {
            var instant = session.After(points, path.Ticks.Length);
            await operators.AdvanceBusinessTimeAsync(new AdvanceBusinessTimeRequest { Instant = instant }, cancellationToken);

            // Trades of this step and its marks come at once, as they do in a market.
            var marking = MarkAsync(sources, path, session, quotes, marked, points, inOrder: expiring.Count > 0, cancellationToken);
            var executed = trades.Skip(reported).TakeWhile(trade => trade.Report.ExecutionTime <= instant).ToList();
            reported += executed.Count;
            var reporting = executed.GroupBy(trade => trade.Reporter)
                .Select(async group =>
                {
                    PlannedTrade[] planned = [.. group];
                    return (Desk: desks[group.Key], Planned: planned, Answers: await desks[group.Key].ReportAsync(planned, cancellationToken));
                })
                .ToArray();
            foreach (var (desk, planned, answers) in await Task.WhenAll(reporting))
            {
                for (var i = 0; i < planned.Length; i++)
                {
                    tally.Add(desk, planned[i], answers[i]);
                }
            }

            foreach (var answer in await marking)
            {
                tally.Add(answer);
            }

            marked = points;
            if (points == intraday)
            {
                // A run takes positions as they are confirmed; at rest they do not depend on timing.
                await QuietInvariantsAsync(operators, cancellationToken);
                await margining!.RunIntradayAsync(cancellationToken);
            }

            var part = (double)points / path.Ticks.Length;
            progress.DayAt(day.Date, part);
            var early = (_settings.Pace * part) - clock.Elapsed;
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early, cancellationToken);
            }
        }

        if (reported != trades.Count)
        {
            throw new InvalidOperationException($"{trades.Count - reported} trades of {day.Date:yyyy-MM-dd} were executed after the session's close");
        }

        List<ExpiredOption> expired = [];
        foreach (var option in expiring)
        {
            var final = await operators.SetExpiryPriceAsync(new SetExpiryPriceRequest { Instrument = option.Symbol }, cancellationToken);
            expired.Add(new ExpiredOption(option.Symbol, ExactDecimal.FromWire(final.Price)));
        }

        var settled = await operators.RunSettlementCycleAsync(
            new RunSettlementCycleRequest
            {
                NextBusinessDate = NextBusinessDate(index),
                Prices =
                {
                    new SettlementPrice { Instrument = DemoInstrument.Symbol, Price = DemoInstrument.ToWire(path.Close) },
                    (quotes?.Options ?? []).Select(option => new SettlementPrice
                    {
                        Instrument = option.Symbol,
                        Price = DemoInstrument.ToWire(quotes!.TicksOf(option, path.Close, session.Close)),
                    }),
                },
            },
            cancellationToken);
        var result = tally.Close(day, path.Close, settled) with { Expired = expired };
        return margining is null ? result : result with { Margin = await margining.CloseDayAsync(day.Date, result.SettlementPrice, session.Close, cancellationToken) };
    }

    /// <summary>The points of a day's path after which the business clock stands still for trades and marks, in order; the last is the path's end.</summary>
    private IEnumerable<int> StepsOf(int points, int? intraday)
    {
        var steps = _settings.Pace > TimeSpan.Zero ? MarksPerSource : StepsUnpaced;
        return new SortedSet<int>(Enumerable.Range(1, steps).Select(step => points * step / steps).Append(intraday ?? points));
    }

    /// <summary>The points up to the day's low, or up to its high if that is further from the last settlement; null if neither is far enough.</summary>
    private int? IntradayRunAt(int index, DayPath path)
    {
        var before = DemoInstrument.ToTicks(index == 0 ? _settings.Before[^1].Close : _settings.Days[index - 1].Close);
        var extreme = path.High - before > before - path.Low ? path.High : path.Low;
        return Math.Abs(extreme - before) * 100 > before * IntradayMovePercent ? path.Ticks.IndexOf(extreme) + 1 : null;
    }

    /// <summary>
    /// The sources take turns along the path: the first has its even points, the second its odd ones. The last point follows when the others have been taken, so that the
    /// mark that stands at the end is its own, however the sources' marks cross on their way. Options are marked there only. In order, each point waits for the one
    /// before, so that no mark overtakes another and a final price is made from all of them.
    /// </summary>
    private static async Task<PublishMarksResponse[]> MarkAsync(
        ClearingConnection[] sources, DayPath path, TradingSession session, OptionQuotes? options, int from, int to, bool inOrder, CancellationToken cancellationToken)
    {
        var last = to - 1;
        if (inOrder && from < last)
        {
            var first = await MarkAsync(sources, path, session, null, from, last, inOrder, cancellationToken);
            return [.. first, .. await MarkAsync(sources, path, session, options, last, to, inOrder, cancellationToken)];
        }

        var before = await Task.WhenAll(sources.Select((source, i) => MarkAsync(
            source,
            Enumerable.Range(from, last - from).Where(point => point % sources.Length == i).Select(point => MarkOf(i, DemoInstrument.Symbol, path.Ticks[point], At(point))),
            cancellationToken)));
        var own = last % sources.Length;
        var marks = options?.Options.Select(option => MarkOf(own, option.Symbol, options.TicksOf(option, path.Ticks[last], At(last)), At(last))) ?? [];
        return [.. before, await MarkAsync(sources[own], marks.Prepend(MarkOf(own, DemoInstrument.Symbol, path.Ticks[last], At(last))), cancellationToken)];

        long At(int point) => session.After(point + 1, path.Ticks.Length);
    }

    private static async Task<PublishMarksResponse> MarkAsync(ClearingConnection connection, IEnumerable<Mark> marks, CancellationToken cancellationToken)
    {
        using var stream = connection.Markets.PublishMarks(cancellationToken);
        foreach (var mark in marks)
        {
            await stream.PublishAsync(mark, cancellationToken);
        }

        return await stream.CompleteAsync();
    }

    private static Mark MarkOf(int source, string instrument, long ticks, long time) =>
        new() { Instrument = instrument, Price = DemoInstrument.ToWire(ticks), Source = DemoHouse.MarkSources[source], Time = time };

    private int NextBusinessDate(int index)
    {
        var date = index + 1 < _settings.Days.Count ? _settings.Days[index + 1].Date : _settings.Days[index].Date.AddDays(1);
        while (index + 1 == _settings.Days.Count && date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday)
        {
            date = date.AddDays(1);
        }

        return (date.Year * 10_000) + (date.Month * 100) + date.Day;
    }

    private async Task<DemoSummary> CheckAsync(
        List<DayResult> days, double seconds, OperationsClient operators, MemberDesk[] desks, DemoMargining? margining, DemoDefaulting? defaulting, CancellationToken cancellationToken)
    {
        var invariants = await QuietInvariantsAsync(operators, cancellationToken);
        var cashSum = invariants.Cash.Sum(currency => Math.Abs(ExactDecimal.FromWire(currency.Sum)));
        var unmatched = invariants.Instruments.Where(book => book.Sum != 0).Select(book => $"{book.Instrument} sums to {book.Sum}").ToList();
        var matched = invariants.Quiet && invariants.MatchedBook && unmatched.Count == 0 && invariants.Instruments.Count > 0;
        var novated = days.Sum(day => day.Novated);
        var status = await operators.GetStatusAsync(new GetStatusRequest(), cancellationToken);
        var unsettled = days.Where(day => day.Sum != 0).ToList();
        var otherwise = days.Sum(day => day.RepeatsAnsweredOtherwise);
        var bothSides = await _acknowledged.CheckAsync(
            _house.AllAccounts.Select(account => (account.Id, (defaulting?.DeskOf(account) ?? desks[account.Member]).Members)), _settings.CheckPatience, cancellationToken);
        var replayed = await _node.ReplayEqualsLiveAsync(cancellationToken);

        // Two replays that know nothing of each other.
        var backtesting = margining is null ? null : _node.BacktestAccountsAsync(cancellationToken);
        var recomputed = margining is null ? null : await _node.RecomputeRunsAsync(cancellationToken);
        var audit = await _node.AuditAsync(cancellationToken);
        var margin = margining is null ? null : new MarginSummary([.. days.Select(day => day.Margin!)]);
        return new DemoSummary
        {
            Margin = margin,
            Default = defaulting?.Result,
            Backtest = margining is null ? null : DemoBacktest.Of(_model, margining.Closes, days[0].Date, days[^1].Date),
            AccountBacktests = backtesting is null ? null : await backtesting,
            Days = days,
            MatchedBook = matched,
            CashSum = cashSum,
            BothSides = bothSides.Passed,
            ReplayEqualsLive = replayed,
            Recomputed = recomputed,
            Seconds = seconds,
            Checks =
            [
                new DemoCheck(
                    "book matched",
                    matched,
                    !invariants.Quiet ? "trades are still in flight"
                        : matched ? Matched(invariants.Instruments)
                        : unmatched.Count > 0 ? string.Join(", ", unmatched)
                        : "the house says that it is not"),
                new DemoCheck(
                    "cash sums to exactly zero",
                    invariants.Quiet && invariants.CashConserved && cashSum == 0 && invariants.Cash.Count > 0,
                    string.Join(", ", invariants.Cash.Select(c => $"{c.Currency} {ExactDecimal.FromWire(c.Sum)}"))),
                new DemoCheck(
                    "variation margin sums to zero every day",
                    unsettled.Count == 0,
                    unsettled.Count == 0 ? $"{days.Count:N0} days" : string.Join(", ", unsettled.Select(day => $"{day.Date:yyyy-MM-dd} sums to {day.Sum}"))),
                bothSides,
                new DemoCheck(
                    "the house counts what its members were told",
                    status.TradesNovated == novated,
                    $"{status.TradesNovated:N0} novated there, {novated:N0} acknowledged here"),
                new DemoCheck(
                    "repeats got the first answer",
                    otherwise == 0,
                    $"{days.Sum(day => day.Repeats) - otherwise:N0} of {days.Sum(day => day.Repeats):N0}"),
                .. margining is null ? [] : await MarginChecksAsync(margin!, margining, defaulting?.Result, cancellationToken),
                .. defaulting?.Result is { } managed ? [DefaultCheck(managed)] : Array.Empty<DemoCheck>(),
                new DemoCheck("state rebuilt from the journal equals the live state", replayed, replayed ? "equal" : "they differ"),
                .. recomputed is null ? [] : new[] { RunsCheck(recomputed) },
                new DemoCheck(
                    "the journal is what was signed and keeps every rule",
                    audit is { Findings: 0, Checkpoints: > 0, Rows: > 0, Events: > 0 },
                    audit.Findings == 0 ? $"{audit.Rows:N0} rows, {audit.Checkpoints:N0} signed checkpoints, {audit.Events:N0} events replayed" : $"{audit.Findings:N0} findings, the first: {audit.First}"),
            ],
        };
    }

    private static string Matched(IReadOnlyList<InstrumentBook> books)
    {
        var future = books.Where(book => book.Instrument == DemoInstrument.Symbol).Select(book => $"{book.Instrument} sums to 0 over {book.Accounts:N0} accounts, open interest {book.OpenInterest:N0}");
        var options = books.Where(book => book.Instrument != DemoInstrument.Symbol).ToList();
        return string.Join("; ", options.Count == 0 ? future : future.Append($"so do {options.Count:N0} options, open interest {options.Sum(book => book.OpenInterest):N0}"));
    }

    private static DemoCheck RunsCheck(RecomputedRuns runs) => new(
        "every margin run recomputed from the journal gives the same bits",
        runs.Different == 0 && runs.Runs > 0 && runs.Assessments > 0,
        runs.Different == 0 ? $"{runs.Runs:N0} runs, {runs.Assessments:N0} assessments of accounts, all of them recomputed" : $"{runs.Different:N0} of {runs.Assessments:N0} differ, the first: {runs.FirstDifference}");

    private static DemoCheck DefaultCheck(DemoDefault managed) => new(
        "the default is closed and its loss is the sum of the layers",
        managed is { Stage: "CLOSED", Unallocated: 0, MatchedBook: true, AddsUp: true },
        $"{managed.Stage}, loss USD {managed.Loss:N2} = {string.Join(" + ", managed.Layers.Where(layer => layer.Used > 0).Select(layer => $"{layer.Layer} {layer.Used:N2}"))}; unallocated {managed.Unallocated:N2}; the book {(managed.MatchedBook ? "matched" : "did not match")} throughout");

    private static async Task<DemoCheck[]> MarginChecksAsync(MarginSummary margin, DemoMargining margining, DemoDefault? defaulted, CancellationToken cancellationToken)
    {
        var (run, accounts) = await margining.RequirementsAsync(cancellationToken);
        return
        [
            new DemoCheck(
                "the total requirement is the sum of the accounts'",
                run == accounts,
                run == accounts ? $"USD {run:N2}" : $"USD {run:N2} in the run, USD {accounts:N2} with the accounts"),
            new DemoCheck(
                defaulted is null ? "every margin call is met or was covered again" : "every margin call but the defaulter's is met or was covered again",
                margin.Met + margin.Withdrawn + (defaulted?.MissedCalls ?? 0) == margin.Issued && margin.Missed == (defaulted?.MissedCalls ?? 0),
                $"{margin.Met:N0} met and {margin.Withdrawn:N0} withdrawn of {margin.Issued:N0}, {margin.Missed:N0} missed"),
        ];
    }

    /// <summary>Both sides of the last trades may be a moment behind their acknowledgement; a house that never comes to rest fails the checks.</summary>
    private async Task<CheckInvariantsResponse> QuietInvariantsAsync(OperationsClient operators, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var invariants = await operators.CheckInvariantsAsync(new CheckInvariantsRequest(), cancellationToken);
            if (invariants.Quiet || clock.Elapsed > _settings.CheckPatience)
            {
                return invariants;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }
}
