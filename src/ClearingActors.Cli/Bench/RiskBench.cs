using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ClearingActors.Actors;
using ClearingActors.Cli.Commands;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Risk;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Monitor;
using ClearingActors.Risk.Pricing;
using ClearingActors.Risk.Scenarios;
using OptionType = ClearingActors.Risk.Pricing.OptionType;

namespace ClearingActors.Cli.Bench;

/// <summary>Measures margin on every mark, the canonical run, option pricing, and what the check before novation costs the trades.</summary>
internal sealed class RiskBench(BenchStore stores, int accounts, int trades, int threads, Action<string> say)
{
    private const int Scenarios = 1250;
    private const int Rounds = 9;
    private const int Options = 500;
    private const int OptionsPerAccount = 5;
    private const int Instruments = 100;
    private const int TradedInstruments = 4;
    private const int Window = 20_000;
    private static readonly OffsetSet Set = new(0.99, 2, "USD", "MAIN", RiskMeasure.ExpectedShortfall, "bench");

    internal async Task<RiskBenchReport> RunAsync(CancellationToken cancellation)
    {
        var report = new RiskBenchReport { Accounts = accounts, Scenarios = Scenarios, Threads = threads };
        MeasureFutureMark(report);
        MeasureOptionMark(report);
        MeasurePricing(report);
        MeasureCanonicalRun(report);
        await MeasureTradesAsync(report, cancellation).ConfigureAwait(false);
        return report;
    }

    private void MeasureFutureMark(RiskBenchReport report)
    {
        say($"one mark of a future that {accounts:N0} accounts hold");
        var random = new Random(1);
        var shocks = Shocks(random);
        var holders = Enumerable.Range(0, accounts).Select(_ => Holder(random, 1, 1)).ToArray();
        var gains = Gains(shocks, 3000.0);
        ForAll((i, scratch) =>
        {
            holders[i].Portfolio.Add(0, holders[i].Lots[0], gains);
            holders[i].Portfolio.Measure(scratch);
        });
        List<double> rounds = [];
        long allocated = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var next = Gains(shocks, 3000.0 + (round % 2 == 0 ? 1.5 : -1.5));
            var change = next.Zip(gains, (now, before) => now - before).ToArray();
            gains = next;
            rounds.Add(ForAll((i, scratch) => holders[i].Portfolio.Move(0, holders[i].Lots[0], change, scratch), out allocated));
        }

        report.FutureMarkMs = Median(rounds);
        report.AllocatedBytesPerAccount = (double)allocated / accounts;

        // The same bytes, by the same threads, with nothing to do but the sum.
        var memory = Enumerable.Range(0, accounts).Select(_ => new double[Scenarios]).ToArray();
        var plain = new double[Scenarios];
        Array.Fill(plain, 1.0);
        List<double> bare = [];
        for (var round = 0; round < Rounds; round++)
        {
            bare.Add(ForAll((i, _) => Sum(memory[i], plain), out var _));
        }

        report.FutureMarkToMemoryBandwidth = bare.Min() / rounds.Min();
    }

    private void MeasureOptionMark(RiskBenchReport report)
    {
        say($"one mark of an underlying with {Options} options");
        var random = new Random(2);
        var set = ScenarioSetOf(Shocks(random));
        var holders = Enumerable.Range(0, accounts).Select(_ => Holder(random, OptionsPerAccount, Options)).ToArray();
        var vectors = OptionVectors(set, 3000.0, out var _);
        ForAll((i, scratch) =>
        {
            for (var h = 0; h < OptionsPerAccount; h++)
            {
                holders[i].Portfolio.Add(0, holders[i].Lots[h], vectors[holders[i].Held[h]]);
            }

            holders[i].Portfolio.Measure(scratch);
        });
        List<double> pricing = [];
        List<double> summing = [];
        for (var round = 0; round < 3; round++)
        {
            var next = OptionVectors(set, 3001.5 + round, out var milliseconds);
            pricing.Add(milliseconds);
            var changes = next.Select((vector, i) => vector.Zip(vectors[i], (now, before) => now - before).ToArray()).ToArray();
            vectors = next;
            summing.Add(ForAll(
                (i, scratch) =>
                {
                    for (var h = 0; h < OptionsPerAccount; h++)
                    {
                        holders[i].Portfolio.Add(0, holders[i].Lots[h], changes[holders[i].Held[h]]);
                    }

                    holders[i].Portfolio.Measure(scratch);
                },
                out var _));
        }

        report.Options = Options;
        report.OptionsPerAccount = OptionsPerAccount;
        report.OptionVectorsMs = Median(pricing);
        report.OptionAccountsMs = Median(summing);
        report.OptionMarkMs = report.OptionVectorsMs + report.OptionAccountsMs;
    }

    private void MeasurePricing(RiskBenchReport report)
    {
        say("European options, volatility shocked");
        var shocks = Shocks(new Random(3));
        var forwards = new double[Scenarios];
        var volatilities = new double[Scenarios];
        var prices = new double[Scenarios];
        var priced = 0L;
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < 1.0)
        {
            for (var strike = 2000.0; strike < 4000.0; strike += 100.0)
            {
                for (var i = 0; i < Scenarios; i++)
                {
                    forwards[i] = 3000.0 * (1.0 + shocks[i]);
                    volatilities[i] = Math.Max(0.2 * (1.0 - (2.0 * shocks[i])), 0.01);
                }

                FastPricing.Scenarios(OptionType.Call, strike, 0.25, forwards, volatilities, prices);
                priced += Scenarios;
            }
        }

        report.FastOptionPricesPerSecond = priced / Stopwatch.GetElapsedTime(started).TotalSeconds;
        var set = ScenarioSetOf(shocks);
        priced = 0;
        started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Options; i++)
        {
            priced += FullRevaluation.PerLot(OptionAt(i, 3000.0), set).Length;
        }

        report.CanonicalOptionPricesPerSecond = priced / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>The routine of the engine's own margin runs, without the journal.</summary>
    private void MeasureCanonicalRun(RiskBenchReport report)
    {
        say($"canonical run: {accounts:N0} accounts x {Instruments} instruments");
        var directory = new HouseDirectory();
        var instruments = Enumerable.Range(1, Instruments).Select(i => BenchHouse.Define(BenchHouse.Instrument(i))).ToArray();
        foreach (var instrument in instruments)
        {
            directory.Apply(new InstrumentDefined(instrument));
        }

        var factors = instruments.Take(8).Select(i => i.Id.Value).ToArray();
        directory.Risk.Apply(new RiskModelSet(ModelOf(factors, instruments.Select((instrument, i) => (instrument.Id.Value, factors[i % factors.Length])))));
        foreach (var factor in factors)
        {
            directory.Risk.Apply(History(factor));
        }

        var marks = instruments.Select((instrument, i) => KeyValuePair.Create(instrument.Id, 250_000L + (i * 100))).ToArray();
        var random = new Random(4);
        var books = Enumerable.Range(0, accounts).Select(_ => instruments.Select(instrument => new MarginHolding(instrument, default, random.Next(-50, 50))).ToArray()).ToArray();
        var scenarios = MarginCalculator.Create(directory, marks, BenchHouse.Noon, new PerLotCache());
        var liquidity = new Dictionary<(MemberId, string), MemberCharge>();
        var started = Stopwatch.GetTimestamp();
        var cache = new PerLotCache();
        var prices = marks.ToDictionary();

        // A calculator to each thread, as each shard has its own; the vectors are shared.
        Parallel.For(
            0,
            accounts,
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            () => scenarios.With(directory, prices, BenchHouse.Noon, cache, CollateralPrices.None),
            (i, _, calculator) =>
            {
                if (calculator.RequirementOf(BenchHouse.Usd, default, books[i], liquidity).TotalMinor <= 0)
                {
                    throw new CommandException($"account {i} of the canonical run needs nothing");
                }

                return calculator;
            },
            static _ => { });
        report.CanonicalInstruments = Instruments;
        report.CanonicalRunSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private async Task MeasureTradesAsync(RiskBenchReport report, CancellationToken cancellation)
    {
        const int TradingAccounts = 200;
        List<double> off = [];
        List<double> on = [];

        // In turns, so that what else the machine does meets both.
        for (var round = 0; round < 2; round++)
        {
            off.Add(await TradesAsync($"off{round}", TradingAccounts, false, cancellation).ConfigureAwait(false));
            on.Add(await TradesAsync($"on{round}", TradingAccounts, true, cancellation).ConfigureAwait(false));
        }

        report.TradesPerSecondRiskOff = off.Max();
        report.TradesPerSecondRiskOn = on.Max();
        report.RiskOnToOff = report.TradesPerSecondRiskOn / report.TradesPerSecondRiskOff;
    }

    private async Task<double> TradesAsync(string name, int tradingAccounts, bool risk, CancellationToken cancellation)
    {
        say($"trades in process, risk {(risk ? "on" : "off")}");
        double perSecond;
        using (var store = stores.Open(name))
        {
            var house = new BenchHouse();
            using var engine = new ClearingEngine(store, new EngineOptions { Runtime = new RuntimeOptions { Workers = threads } }, TimeProvider.System, house, "bench");
            engine.Start();
            await house.DefineAsync(engine, tradingAccounts, TradedInstruments).ConfigureAwait(false);
            if (risk)
            {
                await SetModelAsync(engine, cancellation).ConfigureAwait(false);
            }

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var marks = PublishAsync(engine, stop.Token);
            var load = new TradeLoad(engine, tradingAccounts, TradedInstruments, "R");
            load.Run(trades / 2, Window);
            perSecond = trades / load.Run(trades, Window);
            await stop.CancelAsync().ConfigureAwait(false);
            await marks.ConfigureAwait(false);
            await engine.QuiesceAsync(cancellation).ConfigureAwait(false);
            if (house.Alarms.Count > 0 || load.Novated != trades + (trades / 2) || (risk && engine.Counters.Refreshed == 0))
            {
                throw new CommandException($"{load.Novated} of {trades + (trades / 2)} trades were novated, {engine.Counters.Refreshed} accounts margined: {string.Join("; ", house.Alarms)}");
            }
        }

        stores.Remove(name);
        return perSecond;
    }

    internal static async Task SetModelAsync(ClearingEngine engine, CancellationToken cancellation)
    {
        const string Operator = "operator:bench";
        var factors = Enumerable.Range(1, TradedInstruments).Select(i => BenchHouse.Instrument(i).Value).ToArray();
        await engine.SetRiskModelAsync(Operator, ModelOf(factors, []), cancellation).ConfigureAwait(false);
        foreach (var factor in factors)
        {
            await engine.SetFactorPricesAsync(Operator, History(factor), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>A mark of every instrument ten times a second, with risk and without.</summary>
    private static async Task PublishAsync(ClearingEngine engine, CancellationToken cancellation)
    {
        var source = MarkSourceId.Parse("FEED");
        for (var tick = 1L; !cancellation.IsCancellationRequested; tick++)
        {
            for (var i = 1; i <= TradedInstruments; i++)
            {
                var id = BenchHouse.Instrument(i);
                engine.Submit([engine.Mark("marketdata:FEED", UnderlyingId.Parse(id.Value), new MarkReport(id, source, 2550m + (0.25m * (tick % 40)), BenchHouse.Noon - 1_000_000_000 + tick), default)]);
            }

            await Task.Delay(100, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static string ModelOf(IEnumerable<string> factors, IEnumerable<(string Instrument, string Factor)> instruments) => $$"""
        {
          "factors": { {{string.Join(", ", factors.Select(f => $"\"{f}\": {{ \"change\": \"relative\" }}"))}} },
          "instruments": { {{string.Join(", ", instruments.Select(i => $"\"{i.Instrument}\": \"{i.Factor}\""))}} },
          "groups": { "*": { "confidence": 0.99, "lookback": {{Scenarios}}, "ewmaLambda": 0.97, "ewmaSeedReturns": 50, "mporDays": 2, "scaling": "mid" } },
          "calls": { "USD": { "minimumTransfer": 1000, "callUnit": 1000, "minutesToMeet": 60 } }
        }
        """;

    private static FactorPricesSet History(string factor)
    {
        var random = new Random(factor.Length + factor[^1]);
        var price = 2500.0;
        List<FactorPrice> prices = [];
        for (var i = 0; i < Scenarios + 60; i++)
        {
            price *= 1.0 + ((random.NextDouble() - 0.5) * 0.03);
            prices.Add(new FactorPrice(new DateOnly(2015, 1, 1).AddDays(i), price));
        }

        return new FactorPricesSet(factor, prices, Replaces: true);
    }

    private static double[] Shocks(Random random) => [.. Enumerable.Range(0, Scenarios).Select(_ => (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 0.05)];

    private static double[] Gains(double[] shocks, double price) => [.. shocks.Select(s => 50.0 * ((price * (1.0 + s)) - price))];

    private static ScenarioSet ScenarioSetOf(double[] shocks) => new([new FactorShocks(RiskFactorId.Price("SPX"), ChangeKind.Relative, [.. shocks], null)]);

    private static (PortfolioRisk Portfolio, long[] Lots, int[] Held) Holder(Random random, int held, int of)
    {
        var portfolio = new PortfolioRisk();
        portfolio.AddGroup(0, Set, false, Scenarios);
        return (portfolio, [.. Enumerable.Range(0, held).Select(_ => (long)random.Next(-50, 50))], [.. Enumerable.Range(0, held).Select(_ => random.Next(of))]);
    }

    private static double[][] OptionVectors(ScenarioSet set, double forward, out double milliseconds)
    {
        var vectors = new double[Options][];
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Options; i++)
        {
            // As the engine's pricer does it, on one thread.
            var option = OptionAt(i, forward);
            vectors[i] = FastOptionGains.TryPerLot(option, set, out var gains) ? gains : FullRevaluation.PerLot(option, set);
        }

        milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return vectors;
    }

    private static OptionRisk OptionAt(int number, double forward) => new($"O{number}", RiskFactorId.Price("SPX"), forward, 50.0, "USD", new Risk.Margin.OptionTerms
    {
        Model = OptionModel.Black76,
        Type = number % 2 == 0 ? OptionType.Call : OptionType.Put,
        Strike = 2000.0 + (4.0 * number),
        ExpiryYears = 0.25,
        Volatility = 0.2,
        VolBeta = 2.0,
        DiscountFactor = 1.0,
    });

    private void ForAll(Action<int, double[]> account) => ForAll(account, out _);

    /// <summary>Every account on the benchmark's threads, a block to each as with shards; the milliseconds of the slowest, and what all allocated.</summary>
    private double ForAll(Action<int, double[]> account, out long allocated)
    {
        var bytes = new long[threads];
        using var start = new Barrier(threads + 1);
        var workers = Enumerable.Range(0, threads).Select(t => new Thread(() =>
        {
            var scratch = new double[2 * Scenarios];
            var (first, last) = (accounts / threads * t, t + 1 == threads ? accounts : accounts / threads * (t + 1));
            start.SignalAndWait();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = first; i < last; i++)
            {
                account(i, scratch);
            }

            bytes[t] = GC.GetAllocatedBytesForCurrentThread() - before;
        })).ToArray();
        Array.ForEach(workers, w => w.Start());
        start.SignalAndWait();
        var started = Stopwatch.GetTimestamp();
        Array.ForEach(workers, w => w.Join());
        allocated = bytes.Sum();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    /// <summary>Compiled in full at once: the runs are over before the runtime would think it worth its while, and half a limit is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(double[] to, double[] from)
    {
        var target = MemoryMarshal.Cast<double, Vector<double>>(to.AsSpan());
        var source = MemoryMarshal.Cast<double, Vector<double>>(from.AsSpan());
        for (var i = 0; i < target.Length; i++)
        {
            target[i] += source[i];
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
