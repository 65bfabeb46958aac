using System.Globalization;
using System.Security.Cryptography;

namespace ClearingActors.Cli.Bench;

/// <summary>Measures what people who watch cost those who trade: the same load without and with watchers of the operators' page, and a real browser, in turns on one node.</summary>
internal sealed class PageBench(BenchStore stores, BenchRunOptions options, int watchers, string browser, Action<string> say)
{
    private const int Rounds = 3;
    private const int Instruments = 4;
    private const int Window = 20_000;
    private const int IdsPerRound = 100_000_000;
    private const int LaterRounds = 2 * Rounds;

    /// <exception cref="CommandException">A client failed, or a watcher was cut off.</exception>
    internal async Task<PageBenchReport> RunAsync(CancellationToken cancellation)
    {
        var (journal, folder) = stores.Settings("page");
        var trades = Math.Max(1, options.Trades / LaterRounds);
        var password = RandomNumberGenerator.GetHexString(24);
        (double Trades, double Seconds) without = default, with = default;
        long updates = 0, bytes = 0, firstHeap = 0, lastHeap = 0;
        var most = 0;
        var house = new BenchHouse();
        await using (var node = await BenchNode.StartAsync(journal, folder, options.Workers, pagePassword: password).ConfigureAwait(false))
        {
            await house.DefineAsync(node.Engine, options.Accounts, Instruments).ConfigureAwait(false);
            say("warm-up");
            var expected = (await LoadAsync(node, trades, 0, cancellation).ConfigureAwait(false)).Trades;
            for (var round = 0; round < Rounds; round++)
            {
                say(string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {Rounds}: nobody watches"));
                var alone = await LoadAsync(node, trades, 1 + (2 * round), cancellation).ConfigureAwait(false);
                without = (without.Trades + alone.Trades, without.Seconds + alone.Seconds);
                say(string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {Rounds}: {watchers} watchers{(browser.Length > 0 ? " and a browser" : "")}"));
                var watching = new List<PageWatcher>();
                await using var opened = browser.Length == 0 ? null : await PageBrowser.StartAsync(browser, node.PageAddress!, BenchNode.PageUser, password, cancellation).ConfigureAwait(false);
                try
                {
                    for (var i = 0; i < watchers; i++)
                    {
                        watching.Add(await PageWatcher.StartAsync(node.PageAddress!, BenchNode.PageUser, password, i, cancellation).ConfigureAwait(false));
                    }

                    if (opened is not null)
                    {
                        firstHeap = await opened.HeapAsync(cancellation).ConfigureAwait(false);
                    }

                    var watched = await LoadAsync(node, trades, 2 + (2 * round), cancellation).ConfigureAwait(false);
                    with = (with.Trades + watched.Trades, with.Seconds + watched.Seconds);
                    expected += alone.Trades + watched.Trades;
                    if (opened is not null)
                    {
                        lastHeap = await opened.HeapAsync(cancellation).ConfigureAwait(false);
                    }

                    foreach (var watcher in watching)
                    {
                        watcher.MustStillWatch();
                        updates += watcher.Updates;
                        bytes += watcher.Bytes;
                        most = Math.Max(most, watcher.MostOfOneReadInASecond);
                    }
                }
                finally
                {
                    foreach (var watcher in watching)
                    {
                        await watcher.DisposeAsync().ConfigureAwait(false);
                    }
                }
            }

            await node.Engine.QuiesceAsync(cancellation).ConfigureAwait(false);
            BenchRun.Check(house, node.Engine.Counters.Novated, expected, await node.Engine.ReadBooksAsync().ConfigureAwait(false));
        }

        stores.Remove("page");
        return new PageBenchReport
        {
            Store = stores.Name,
            Watchers = watchers,
            Browser = browser.Length > 0,
            Accounts = options.Accounts,
            Shards = options.Shards,
            Workers = options.Workers,
            Rounds = Rounds,
            TradesPerSecondWithout = without.Trades / without.Seconds,
            TradesPerSecondWith = with.Trades / with.Seconds,
            UpdatesPerSecond = updates / with.Seconds,
            BytesPerSecond = bytes / with.Seconds,
            MostUpdatesOfOneReadInASecond = most,
            BrowserHeapBefore = firstHeap,
            BrowserHeapAfter = lastHeap,
        };
    }

    private Task<ClientResult> LoadAsync(BenchNode node, long trades, int part, CancellationToken cancellation) => ClientProcess.RunAsync(
        node, options.Accounts, Window, string.Create(CultureInfo.InvariantCulture, $"--trades {trades} --batch 256 --first-id {1 + (part * IdsPerRound)}"), cancellation);
}
