using System.Diagnostics;
using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;

namespace ClearingActors.Cli.Bench;

/// <summary>Measures one configuration, part by part.</summary>
internal sealed class BenchRun
{
    private const int Instruments = 4;
    private const int Window = 20_000;
    private readonly BenchStore _stores;
    private readonly BenchRunOptions _options;
    private readonly Action<string> _say;

    internal BenchRun(BenchStore stores, BenchRunOptions options, Action<string> say)
    {
        _stores = stores;
        _options = options;
        _say = say;
    }

    internal async Task<BenchReport> RunAsync(CancellationToken cancellation)
    {
        var result = new BenchReport { Store = _stores.Name, Accounts = _options.Accounts, Shards = _options.Shards, Workers = _options.Workers };
        await MeasureInProcessAsync(result).ConfigureAwait(false);
        MeasureRaw(result);
        await MeasureGrpcAsync(result, cancellation).ConfigureAwait(false);
        if (_options.MemoryAccounts > 0)
        {
            await MeasureMemoryAsync(result).ConfigureAwait(false);
        }

        return result;
    }

    private EngineOptions EngineOptions(bool useSnapshots = true) => new()
    {
        Runtime = new RuntimeOptions { Workers = _options.Workers, UseSnapshots = useSnapshots },
    };

    private async Task MeasureInProcessAsync(BenchReport result)
    {
        _say($"in process: {_options.Accounts} accounts");
        byte[][] digests;
        using (var store = _stores.Open("inprocess"))
        {
            var house = new BenchHouse();
            using var engine = new ClearingEngine(store, EngineOptions(), TimeProvider.System, house, "bench");
            engine.Start();
            await house.DefineAsync(engine, _options.Accounts, Instruments).ConfigureAwait(false);
            var load = new TradeLoad(engine, _options.Accounts, Instruments, "W");
            load.Run(_options.Trades / 2, Window);
            var before = engine.Runtime.Written;
            var seconds = load.Run(_options.Trades, Window);
            var after = engine.Runtime.Written;
            double rows = after.Rows - before.Rows;
            result.InProcessTradesPerSecond = _options.Trades / seconds;
            result.JournalRowsPerSecond = rows / seconds;
            result.EventsPerRow = (after.Events - before.Events) / rows;
            result.BytesPerRow = (after.Bytes - before.Bytes) / rows;
            result.RowsPerAppend = rows / (after.Appends - before.Appends);
            result.BytesPerTrade = (double)(after.Bytes - before.Bytes) / _options.Trades;
            await engine.QuiesceAsync().ConfigureAwait(false);
            Check(house, load.Novated, _options.Trades + (_options.Trades / 2), await engine.ReadBooksAsync().ConfigureAwait(false));
            digests = [.. await engine.Runtime.DigestAsync().ConfigureAwait(false)];
        }

        _say("recovery: replay of the whole log");
        using (var store = _stores.Open("inprocess"))
        {
            var house = new BenchHouse();
            using var engine = new ClearingEngine(store, EngineOptions(useSnapshots: false), TimeProvider.System, house, "bench");
            var started = Stopwatch.GetTimestamp();
            engine.Start();
            result.RecoveryEventsPerSecond = house.ReplayedEvents / Stopwatch.GetElapsedTime(started).TotalSeconds;
            await engine.QuiesceAsync().ConfigureAwait(false);
            var replayed = await engine.Runtime.DigestAsync().ConfigureAwait(false);
            if (!replayed.Select(Convert.ToHexString).SequenceEqual(digests.Select(Convert.ToHexString)))
            {
                throw new CommandException("the replayed state differs from the live one");
            }
        }

        _stores.Remove("inprocess");
    }

    private void MeasureRaw(BenchReport result)
    {
        var rows = Math.Max(1, (int)Math.Round(result.RowsPerAppend));
        var bytes = (int)Math.Round(result.BytesPerRow);
        _say(string.Create(CultureInfo.InvariantCulture, $"raw journal: {rows} rows of {bytes} bytes to an append"));
        using (var store = _stores.Open("raw"))
        {
            result.RawJournalRowsPerSecond = RawJournal.Measure(store, rows, bytes, _options.RawSeconds);
        }

        result.RatioToRawJournal = result.JournalRowsPerSecond / result.RawJournalRowsPerSecond;
        _stores.Remove("raw");
    }

    private async Task MeasureGrpcAsync(BenchReport result, CancellationToken cancellation)
    {
        var (journal, folder) = _stores.Settings("grpc");
        await using (var node = await BenchNode.StartAsync(journal, folder, _options.Workers).ConfigureAwait(false))
        {
            var house = new BenchHouse();
            await house.DefineAsync(node.Engine, _options.Accounts, Instruments).ConfigureAwait(false);
            _say("gRPC: warm-up");
            List<ClientResult> warm = [await ClientAsync(node, $"--trades {_options.Trades / 4} --batch 256 --first-id 1", cancellation).ConfigureAwait(false)];
            _say("gRPC: batch messages");
            var batch = await ClientAsync(node, $"--trades {_options.Trades} --batch 256 --first-id 100000001", cancellation).ConfigureAwait(false);
            result.GrpcBatchTradesPerSecond = batch.TradesPerSecond;
            _say("gRPC: single messages");
            warm.Add(await ClientAsync(node, $"--trades {_options.Trades / 8} --batch 1 --first-id 200000001", cancellation).ConfigureAwait(false));
            var single = await ClientAsync(node, $"--trades {_options.Trades / 2} --batch 1 --first-id 300000001", cancellation).ConfigureAwait(false);
            result.GrpcSingleTradesPerSecond = single.TradesPerSecond;
            _say(string.Create(CultureInfo.InvariantCulture, $"gRPC: open loop at {_options.Rate} trades/s for {_options.RateSeconds} s"));
            var arguments = $"--rate {_options.Rate} --warm-up {_options.WarmUpSeconds} --seconds {_options.RateSeconds} --first-id 500000001";
            var rate = await ClientAsync(node, arguments, cancellation, () => node.Engine.Runtime.TakeCommitLatency()).ConfigureAwait(false);
            var commits = node.Engine.Runtime.TakeCommitLatency();
            result.CommitP99Ms = commits.PercentileNs(0.99) / 1e6;
            result.CommitMaxMs = commits.MaxNs / 1e6;
            result.LatencyP50Ms = rate.P50Ms;
            result.LatencyP99Ms = rate.P99Ms;
            result.LatencyP999Ms = rate.P999Ms;
            result.LatencyP99MedianSecondMs = rate.P99MedianSecondMs;
            result.LatencyRateTradesPerSecond = rate.TradesPerSecond;
            result.LatencyP99ToAim = rate.P99Ms / ((6 * result.CommitP99Ms) + 2);
            await node.Engine.QuiesceAsync(cancellation).ConfigureAwait(false);
            var books = await node.Engine.ReadBooksAsync().ConfigureAwait(false);
            Check(house, node.Engine.Counters.Novated, batch.Trades + single.Trades + rate.Trades + warm.Sum(w => w.Trades), books);
        }

        _stores.Remove("grpc");
    }

    private Task<ClientResult> ClientAsync(BenchNode node, string arguments, CancellationToken cancellation, Action? onMeasuring = null) =>
        ClientProcess.RunAsync(node, _options.Accounts, Window, arguments, cancellation, onMeasuring);

    private async Task MeasureMemoryAsync(BenchReport result)
    {
        const int Positions = 10;
        var accounts = _options.MemoryAccounts;
        _say($"memory: {accounts} accounts with {Positions} positions each");
        using (var store = _stores.Open("memory"))
        {
            var house = new BenchHouse();
            using var engine = new ClearingEngine(store, EngineOptions(), TimeProvider.System, house, "bench");
            engine.Start();
            await house.DefineAsync(engine, 1, Positions).ConfigureAwait(false);
            var before = GC.GetTotalMemory(forceFullCollection: true);
            await house.DefineAsync(engine, accounts, Positions).ConfigureAwait(false);
            var sink = new CountingSink();
            long sent = 0;
            for (var instrument = 1; instrument <= Positions; instrument++)
            {
                // Each account trades once with its neighbour in each instrument, so that every account holds every instrument.
                for (var account = 1; account <= accounts; account += 2)
                {
                    engine.Submit([engine.Trade(BenchHouse.Principal, PositionTrade(instrument, account, accounts), cancel: false, new ReplyTo(sink, 0))]);
                    sent++;
                    while (sent - sink.Answered > Window)
                    {
                        await Task.Delay(1).ConfigureAwait(false);
                    }
                }
            }

            await engine.QuiesceAsync().ConfigureAwait(false);
            Check(house, sink.Novated, sent, await engine.ReadBooksAsync().ConfigureAwait(false));
            result.BytesPerAccount = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / accounts;
        }

        _stores.Remove("memory");
    }

    private static TradeReport PositionTrade(int instrument, int account, int accounts) => new()
    {
        Source = BenchHouse.Source,
        TradeId = TradeId.Parse(string.Create(CultureInfo.InvariantCulture, $"P{instrument:D2}{account:D7}")),
        Instrument = BenchHouse.Instrument(instrument),
        Buyer = new TradeSide(BenchHouse.Account(account), default, PositionEffect.Unspecified),
        Seller = new TradeSide(BenchHouse.Account((account % accounts) + 1), default, PositionEffect.Unspecified),
        Quantity = 1,
        Price = 2500m,
        ExecutionTime = BenchHouse.Noon - 1,
    };

    /// <exception cref="CommandException">The result is wrong.</exception>
    internal static void Check(BenchHouse house, long novated, long expected, HouseBooks books)
    {
        if (house.Alarms.Count > 0 || novated != expected || !books.MatchedBook || !books.CashConserved)
        {
            throw new CommandException($"a measurement of a wrong result is none: {novated} of {expected} novated, matched book {books.MatchedBook}, cash conserved {books.CashConserved}, alarms: {string.Join("; ", house.Alarms.Take(3))}");
        }
    }

    private sealed class CountingSink : IReplySink
    {
        private long _answered;
        private long _novated;

        internal long Answered => Volatile.Read(ref _answered);

        internal long Novated => Volatile.Read(ref _novated);

        public void Reply(long token, object answer)
        {
            if (answer is TradeReply { Outcome.Kind: TradeOutcomeKind.Novated })
            {
                Interlocked.Increment(ref _novated);
            }

            Interlocked.Increment(ref _answered);
        }
    }
}
