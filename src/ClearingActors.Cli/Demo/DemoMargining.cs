using System.Diagnostics;
using ClearingActors.Cli.History;
using ClearingActors.Client;
using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Cli.Demo;

/// <summary>
/// Margin as the demo's members and operator live with it, over gRPC: opening collateral, a run after each day's settlement and one within the days that move far, calls,
/// and deposits that meet them. One member pays on the last half hour; the others at once.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="house">Who is margined.</param>
/// <param name="operators">The operator's connection.</param>
/// <param name="desks">The members', in their order.</param>
/// <param name="patience">How long the house may take to end calls that are due.</param>
/// <param name="defaulting">Who does not pay on its day; null where all do.</param>
internal sealed class DemoMargining(DemoMarginModel model, DemoHouse house, ClearingConnection operators, IReadOnlyList<MemberDesk> desks, TimeSpan patience, DemoDefaulting? defaulting = null)
{
    /// <summary>The member that pays late, by index.</summary>
    internal const int LateMember = 2;

    private const int MostPricesAtOnce = 4096;
    private const string Currency = "USD";
    private static readonly long LateBefore = (long)TimeSpan.FromMinutes(30).TotalNanoseconds;

    private readonly List<DatedPrice> _closes = [];
    private readonly List<(DemoAccount Account, MarginCall Call)> _calls = [];
    private readonly List<(DemoAccount Account, MarginCall Call)> _unpaid = [];
    private decimal _called;
    private decimal _requirement;
    private bool _intraday;
    private bool _withheld;
    private long _now;

    /// <summary>The factor's prices as the house has them.</summary>
    internal IReadOnlyList<DatedPrice> Closes => _closes;

    /// <summary>The synthetic volatility after the last of them.</summary>
    internal double Volatility => SyntheticVolatility.Now(_closes);

    /// <summary>Sets the model and its history. The history must suffice for the model.</summary>
    /// <param name="before">The days before the first that is cleared.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task SetUpAsync(IReadOnlyList<DailyPrices> before, CancellationToken cancellationToken)
    {
        await operators.Margin.SetRiskModelAsync(new SetRiskModelRequest { Parameters = model.Parameters, Reason = "the demo's model" }, cancellationToken);
        _closes.AddRange(before.Select(day => new DatedPrice(day.Date, (double)day.Close)));
        await SetFactorAsync(DemoMarginModel.Factor, _closes, cancellationToken);
        await SetFactorAsync(SyntheticVolatility.Factor, SyntheticVolatility.Of(_closes), cancellationToken);
    }

    /// <summary>
    /// Each member asks what a position of ordinary size would need, and posts that with a cushion of its own: from 100 to 230 % of it. A mark must be known.
    /// </summary>
    internal Task PostOpeningAsync(CancellationToken cancellationToken) => Task.WhenAll(house.Accounts.Select(async account =>
    {
        var request = new SimulateMarginRequest { Account = account.Id };
        request.Trades.AddRange(account.Clients.DefaultIfEmpty("").Select(client => new HypotheticalTrade
        {
            Instrument = DemoInstrument.Symbol,
            Client = client,
            Lots = TradeFlow.PositionLimit / 2,
        }));
        var simulated = await desks[account.Member].Margin.SimulateMarginAsync(request, cancellationToken);
        var needed = ExactDecimal.FromWire(simulated.Coverage.Requirement);
        await DepositAsync("demo-opening", account, decimal.Ceiling(needed * (100 + (10 * account.Member)) / 1_000_000) * 10_000, cancellationToken);
    }));

    /// <summary>Where business time stands, UTC ns.</summary>
    internal long Now => _now;

    /// <summary>A run within the day; nothing may be in flight. The calls of members that pay at once are met when the task ends.</summary>
    internal async Task RunIntradayAsync(DateOnly date, CancellationToken cancellationToken)
    {
        _withheld = defaulting is not null && date == DemoDefaulting.Day;
        _intraday = true;
        await RunAsync(cancellationToken);
        await PayAsync(late: false, cancellationToken);
    }

    /// <summary>
    /// The run after a day's settlement, and the evening and morning in which its calls are met. Business time then stands before the next session.
    /// </summary>
    /// <param name="date">The day.</param>
    /// <param name="settlementPrice">What it settled at.</param>
    /// <param name="close">UTC ns of the session's close, where business time stands.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task<DayMargin> CloseDayAsync(DateOnly date, decimal settlementPrice, long close, CancellationToken cancellationToken)
    {
        _withheld = defaulting is not null && date == DemoDefaulting.Day;
        var volatility = Volatility;
        _closes.Add(new DatedPrice(date, (double)settlementPrice));
        await SendPricesAsync(DemoMarginModel.Factor, [_closes[^1]], replaces: false, cancellationToken);
        await SendPricesAsync(SyntheticVolatility.Factor, [new DatedPrice(date, Volatility)], replaces: false, cancellationToken);
        await RunAsync(cancellationToken);
        await AdvanceAsync(close + (long)TimeSpan.FromHours(1).TotalNanoseconds, cancellationToken);
        await PayAsync(late: false, cancellationToken);
        if (_unpaid.Any(unpaid => !IsWithheld(unpaid.Account)))
        {
            await AdvanceAsync(_unpaid.Where(unpaid => !IsWithheld(unpaid.Account)).Min(unpaid => unpaid.Call.Deadline) - LateBefore, cancellationToken);
            await PayAsync(late: true, cancellationToken);
        }

        var ended = await EndedAsync(cancellationToken);
        _unpaid.Clear();
        var result = new DayMargin(
            _requirement,
            _intraday,
            _called,
            _calls.Count,
            ended.Count(call => call.Status == MarginCall.Types.Status.Met),
            ended.Count(call => call.Status == MarginCall.Types.Status.Withdrawn),
            ended.Count(call => call.Status == MarginCall.Types.Status.Missed),
            volatility);
        _calls.Clear();
        _called = 0;
        _intraday = false;
        return result;
    }

    /// <summary>The total of the last run, and what the accounts themselves say of it.</summary>
    internal async Task<(decimal Run, decimal Accounts)> RequirementsAsync(CancellationToken cancellationToken)
    {
        var run = await operators.Margin.GetMarginRunsAsync(new GetMarginRunsRequest(), cancellationToken);
        var accounts = await Task.WhenAll(house.AllAccounts.Where(IsThere).Select(account => DeskOf(account).Margin.GetMarginAsync(new GetMarginRequest { Account = account.Id }, cancellationToken)));
        return (TotalOf(run.Last).Requirement, accounts.Sum(account => ExactDecimal.FromWire(account.Official?.Coverage?.Requirement)));
    }

    private static (decimal Requirement, decimal Called, long Calls) TotalOf(MarginRun run)
    {
        // A house of one currency, and before the first trade of none.
        var usd = run.Totals.SingleOrDefault(total => total.Currency == Currency);
        return (ExactDecimal.FromWire(usd?.Requirement), ExactDecimal.FromWire(usd?.Called), usd?.Calls ?? 0);
    }

    private async Task SetFactorAsync(string factor, IReadOnlyList<DatedPrice> prices, CancellationToken cancellationToken)
    {
        var replaces = true;
        foreach (var part in prices.Chunk(MostPricesAtOnce))
        {
            await SendPricesAsync(factor, part, replaces, cancellationToken);
            replaces = false;
        }
    }

    private Task SendPricesAsync(string factor, IEnumerable<DatedPrice> prices, bool replaces, CancellationToken cancellationToken)
    {
        var reason = factor == SyntheticVolatility.Factor ? "synthetic volatility" : "daily closes";
        var request = new SetFactorPricesRequest { Factor = factor, Replaces = replaces, Reason = reason };
        request.Prices.AddRange(prices.Select(price => new FactorPrice { Date = (price.Date.Year * 10_000) + (price.Date.Month * 100) + price.Date.Day, Price = price.Price }));
        return operators.Margin.SetFactorPricesAsync(request, cancellationToken);
    }

    /// <summary>Runs margin over the house; the members find the calls on them.</summary>
    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var run = (await operators.Margin.RunMarginAsync(new RunMarginRequest(), cancellationToken)).Run;
        var total = TotalOf(run);
        _requirement = total.Requirement;
        _called += total.Called;
        if (total.Calls == 0)
        {
            return;
        }

        var found = await Task.WhenAll(house.Accounts.Where(IsThere).Select(async account => (Account: account, Calls: await CallsAsync(account, cancellationToken))));
        var calls = found.SelectMany(pair => pair.Calls.Where(call => call.Run == run.Run).Select(call => (pair.Account, call))).ToList();
        if (calls.Count != total.Calls)
        {
            throw new InvalidOperationException($"margin run {run.Run} counts {total.Calls} calls, and the members found {calls.Count}");
        }

        _calls.AddRange(calls);
        _unpaid.AddRange(calls);
    }

    private async Task PayAsync(bool late, CancellationToken cancellationToken)
    {
        var due = _unpaid.Where(unpaid => late == (unpaid.Account.Member == LateMember) && !IsWithheld(unpaid.Account)).ToList();
        await Task.WhenAll(due.Select(pair => DepositAsync($"call-{pair.Call.Number}", pair.Account, ExactDecimal.FromWire(pair.Call.Remaining), cancellationToken)));
        _unpaid.RemoveAll(due.Contains);
    }

    /// <summary>The day's calls once all have ended: met, or missed by their deadline. A house that does not end them in time leaves them issued.</summary>
    private async Task<IReadOnlyList<MarginCall>> EndedAsync(CancellationToken cancellationToken)
    {
        var calls = await DaysCallsAsync(cancellationToken);
        if (calls.Any(IsOpen))
        {
            await AdvanceAsync(calls.Where(IsOpen).Max(call => call.Deadline), cancellationToken);
        }

        var clock = Stopwatch.StartNew();
        while (calls.Any(IsOpen) && clock.Elapsed < patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
            calls = await DaysCallsAsync(cancellationToken);
        }

        return calls;

        static bool IsOpen(MarginCall call) => call.Status == MarginCall.Types.Status.Issued;
    }

    private async Task<IReadOnlyList<MarginCall>> DaysCallsAsync(CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(_calls.GroupBy(call => call.Account).Select(async group =>
        {
            var numbers = group.Select(call => call.Call.Number).ToHashSet();
            return (await CallsAsync(group.Key, cancellationToken)).Where(call => numbers.Contains(call.Number));
        }));
        return [.. found.SelectMany(calls => calls)];
    }

    private async Task<IReadOnlyList<MarginCall>> CallsAsync(DemoAccount account, CancellationToken cancellationToken) =>
        (await DeskOf(account).Margin.GetMarginAsync(new GetMarginRequest { Account = account.Id }, cancellationToken)).Calls;

    private Task DepositAsync(string request, DemoAccount account, decimal amount, CancellationToken cancellationToken) => operators.Operations.BookCollateralAsync(
        new BookCollateralRequest { RequestId = request, Account = account.Id, Currency = Currency, Amount = ExactDecimal.ToWire(amount) }, cancellationToken);

    private bool IsWithheld(DemoAccount account) => _withheld && account.Member == DemoDefaulting.Defaulter;

    private bool IsThere(DemoAccount account) => defaulting?.IsGone(account) != true;

    private MemberDesk DeskOf(DemoAccount account) => defaulting?.DeskOf(account) ?? desks[account.Member];

    private Task AdvanceAsync(long instant, CancellationToken cancellationToken)
    {
        _now = instant;
        return operators.Operations.AdvanceBusinessTimeAsync(new AdvanceBusinessTimeRequest { Instant = instant }, cancellationToken);
    }
}
