using System.Diagnostics;
using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Cli.Commands;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Cli.Bench;

/// <summary>
/// What the house's own work makes trades wait: a few trades a second come in steadily, each timed from its hand-over to its durable answer, while a margin run, a stress run, a cycle and so
/// on are done in a large house.
/// </summary>
internal sealed class PausesBench(BenchStore stores, int accounts, int workers, TimeSpan least, Action<string> say)
{
    private const string Operator = "operator:bench";
    private const int Instruments = 4;
    private const int Scenarios = 20;
    private const int ReverseSteps = 50;
    private const long Day = 86_400_000_000_000;

    internal async Task<PausesBenchReport> RunAsync(CancellationToken cancellation)
    {
        var report = new PausesBenchReport { Accounts = accounts, Workers = workers, Scenarios = Scenarios, ReverseSteps = ReverseSteps };
        using (var store = stores.Open("pauses"))
        {
            var house = new BenchHouse();
            using var engine = new ClearingEngine(store, new EngineOptions { Runtime = new RuntimeOptions { Workers = workers } }, TimeProvider.System, house, "bench");
            engine.Start();
            await PrepareAsync(engine, house, cancellation).ConfigureAwait(false);
            var trades = new SteadyTrades(engine, accounts, Instruments);
            var day = 1;
            await MeasureAsync("nothing else", () => Task.Delay(least, cancellation)).ConfigureAwait(false);
            await MeasureAsync("a settlement cycle", async () =>
            {
                await SettleAsync(engine, ++day, cancellation).ConfigureAwait(false);
                await engine.AdvanceBusinessTimeAsync(Operator, BenchHouse.Noon + (day * Day), cancellation).ConfigureAwait(false);
                trades.MoveTo(BenchHouse.Noon + (day * Day));
            }).ConfigureAwait(false);
            await MeasureAsync("a margin run", () => engine.RunMarginAsync(Operator, cancellation)).ConfigureAwait(false);
            await MeasureAsync("a stress run", () => engine.RunStressAsync(Operator, cancellation)).ConfigureAwait(false);
            await MeasureAsync("a reverse stress", () => engine.RunReverseStressAsync(Operator, "FUT01", ChangeKind.Relative, -0.01, ReverseSteps, 1e-3, cancellation)).ConfigureAwait(false);
            await MeasureAsync("the house, read for the page", () => engine.SummariseAsync(cancellation)).ConfigureAwait(false);
            await MeasureAsync("the invariants, at rest", () => engine.ReadBooksAtRestAsync(TimeSpan.FromMilliseconds(100), cancellation), rest: TimeSpan.FromMilliseconds(500)).ConfigureAwait(false);
            if (house.Alarms.Count > 0)
            {
                throw new CommandException($"the bench is void: {house.Alarms[0]}");
            }

            async Task MeasureAsync(string what, Func<Task> work, TimeSpan rest = default)
            {
                say(what);
                await engine.QuiesceAsync(cancellation).ConfigureAwait(false);
                var times = 0;
                var busy = TimeSpan.Zero;
                using var run = trades.Start();
                var clock = Stopwatch.StartNew();
                while (clock.Elapsed < least)
                {
                    var began = clock.Elapsed;
                    await work().ConfigureAwait(false);
                    busy += clock.Elapsed - began;
                    times++;
                    await Task.Delay(rest, cancellation).ConfigureAwait(false);
                }

                var latencies = await run.StopAsync(cancellation).ConfigureAwait(false);
                report.Rows.Add(new PauseRow(what, times, busy.TotalMilliseconds / times, latencies.Count, Ms(latencies.PercentileNs(0.5)), Ms(latencies.PercentileNs(0.99)), Ms(latencies.MaxNs)));
            }
        }

        stores.Remove("pauses");
        return report;
    }

    private async Task PrepareAsync(ClearingEngine engine, BenchHouse house, CancellationToken cancellation)
    {
        say($"a house of {accounts:N0} accounts with positions");
        await house.DefineAsync(engine, accounts, Instruments).ConfigureAwait(false);
        await RiskBench.SetModelAsync(engine, cancellation).ConfigureAwait(false);
        new TradeLoad(engine, accounts, Instruments, "P").Run(accounts * 4L, 20_000);
        await SettleAsync(engine, 1, cancellation).ConfigureAwait(false);
        await engine.RunMarginAsync(Operator, cancellation).ConfigureAwait(false);
        await engine.SetFundTermsAsync(Operator, """
            { "currency": "USD", "minorDigits": 2, "bufferPercent": 10, "minimumContribution": 1000, "minutesToMeet": 60, "juniorCapital": 900000000000, "seniorCapital": 900000000000 }
            """, cancellation).ConfigureAwait(false);
        await engine.SetScenariosAsync(Operator, $"[{string.Join(",", Enumerable.Range(1, Scenarios).Select(Scenario))}]", cancellation).ConfigureAwait(false);
    }

    private static string Scenario(int number)
    {
        var shock = ((number % 2 == 0 ? 0.02 : -0.02) * number).ToString(CultureInfo.InvariantCulture);
        var shocks = Enumerable.Range(1, Instruments).Select(i => $$"""{ "factor": "price", "name": "{{BenchHouse.Instrument(i).Value}}", "kind": "relative", "shock": {{shock}}, "assumed": "for the bench" }""");
        return $$"""{ "id": "s{{number}}", "name": "Bench {{number}}", "type": "hypothetical", "othersUnmoved": true, "shocks": [{{string.Join(",", shocks)}}] }""";
    }

    private static Task SettleAsync(ClearingEngine engine, int day, CancellationToken cancellation) => engine.RunSettlementCycleAsync(
        Operator, BenchHouse.Date.AddDays(day), [.. Enumerable.Range(1, Instruments).Select(i => new PricePoint(BenchHouse.Instrument(i), 255_000L + (day % 2 * 100)))], cancellation);

    private static double Ms(long ns) => ns / 1e6;
}
