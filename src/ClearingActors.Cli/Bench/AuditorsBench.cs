using System.Diagnostics;
using System.Globalization;
using ClearingActors.Client;

namespace ClearingActors.Cli.Bench;

/// <summary>Measures what auditors who follow the whole journal cost those who trade: the same load without and with them, in turns on one node, so that what the machine does besides falls on both.</summary>
internal sealed class AuditorsBench(BenchStore stores, BenchRunOptions options, int auditors, Action<string> say)
{
    private const int Rounds = 3;
    private const int Instruments = 4;
    private const int Window = 20_000;
    private const int IdsPerRound = 100_000_000;

    private int Auditors => auditors;

    private long _rows;
    private long _bytes;

    /// <exception cref="CommandException">A client failed, or an auditor did not get every row.</exception>
    internal async Task<AuditorsBenchReport> RunAsync(CancellationToken cancellation)
    {
        var (journal, folder) = stores.Settings("auditors");
        var trades = Math.Max(1, options.Trades / (2 * Rounds));
        (double Trades, double Seconds) without = default, with = default;
        var catchUp = 0.0;
        var reading = 0.0;
        var house = new BenchHouse();
        await using (var node = await BenchNode.StartAsync(journal, folder, options.Workers, auditors).ConfigureAwait(false))
        {
            await house.DefineAsync(node.Engine, options.Accounts, Instruments).ConfigureAwait(false);
            say("warm-up");
            var expected = (await LoadAsync(node, trades, 0, cancellation).ConfigureAwait(false)).Trades;
            for (var round = 0; round < Rounds; round++)
            {
                say(string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {Rounds}: nobody follows"));
                var alone = await LoadAsync(node, trades, 1 + (2 * round), cancellation).ConfigureAwait(false);
                without = (without.Trades + alone.Trades, without.Seconds + alone.Seconds);
                say(string.Create(CultureInfo.InvariantCulture, $"round {round + 1} of {Rounds}: {auditors} auditors follow"));
                await using var following = await Followers.StartAsync(this, node, cancellation).ConfigureAwait(false);
                var followed = await LoadAsync(node, trades, 2 + (2 * round), cancellation).ConfigureAwait(false);
                with = (with.Trades + followed.Trades, with.Seconds + followed.Seconds);
                expected += alone.Trades + followed.Trades;
                var ended = Stopwatch.GetTimestamp();
                await node.Engine.QuiesceAsync(cancellation).ConfigureAwait(false);
                await following.HaveEverythingAsync(cancellation).ConfigureAwait(false);
                catchUp = Math.Max(catchUp, Stopwatch.GetElapsedTime(ended).TotalMilliseconds);
                reading += followed.Seconds + Stopwatch.GetElapsedTime(ended).TotalSeconds;
            }

            BenchRun.Check(house, node.Engine.Counters.Novated, expected, await node.Engine.ReadBooksAsync().ConfigureAwait(false));
        }

        stores.Remove("auditors");
        return new AuditorsBenchReport
        {
            Store = stores.Name,
            Auditors = auditors,
            Accounts = options.Accounts,
            Shards = options.Shards,
            Workers = options.Workers,
            Rounds = Rounds,
            TradesPerSecondWithout = without.Trades / without.Seconds,
            TradesPerSecondWith = with.Trades / with.Seconds,
            RowsReadPerSecond = _rows / reading,
            BytesReadPerSecond = _bytes / reading,
            LongestCatchUpMs = catchUp,
        };
    }

    private Task<ClientResult> LoadAsync(BenchNode node, long trades, int part, CancellationToken cancellation) => ClientProcess.RunAsync(
        node, options.Accounts, Window, string.Create(CultureInfo.InvariantCulture, $"--trades {trades} --batch 256 --first-id {1 + (part * IdsPerRound)}"), cancellation);

    /// <summary>Auditors who follow every shard from where it stands.</summary>
    private sealed class Followers : IAsyncDisposable
    {
        private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);
        private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

        private readonly AuditorsBench _bench;
        private readonly CancellationTokenSource _stop;
        private readonly List<ClearingConnection> _connections = [];
        private readonly List<ShardRead> _reads = [];
        private readonly List<int> _shards = [];
        private Task[] _tasks = [];

        private Followers(AuditorsBench bench, CancellationToken cancellation)
        {
            _bench = bench;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        }

        internal static async Task<Followers> StartAsync(AuditorsBench bench, BenchNode node, CancellationToken cancellation)
        {
            var followers = new Followers(bench, cancellation);
            for (var auditor = 0; auditor < bench.Auditors; auditor++)
            {
                var connection = new ClearingConnection(node.Address, new ClearingConnectionOptions { Token = BenchNode.AuditorToken(auditor) });
                followers._connections.Add(connection);
                foreach (var head in (await connection.Audit.GetJournalAsync(cancellation).ConfigureAwait(false)).Heads)
                {
                    followers._shards.Add(head.Shard);
                    followers._reads.Add(connection.Audit.ReadShard(head.Shard, new AuditReadOptions { After = head.Position, Follow = true }));
                }
            }

            followers._tasks = [.. followers._reads.Select(read => Task.Run(() => followers.FollowAsync(read), cancellation))];
            return followers;
        }

        /// <summary>Waits until every auditor has every row; the client itself refuses a gap or a repeat.</summary>
        internal async Task HaveEverythingAsync(CancellationToken cancellation)
        {
            var heads = (await _connections[0].Audit.GetJournalAsync(cancellation).ConfigureAwait(false)).Heads.ToDictionary(h => h.Shard, h => h.Position);
            var started = Stopwatch.GetTimestamp();
            while (_reads.Where((read, i) => read.Position < heads[_shards[i]]).Any())
            {
                if (Stopwatch.GetElapsedTime(started) > Patience || _tasks.Any(t => t.IsCompleted))
                {
                    throw new CommandException($"a measurement of a wrong result is none: an auditor does not have every row, {_tasks.FirstOrDefault(t => t.IsFaulted)?.Exception?.InnerException?.Message}");
                }

                await Task.Delay(Look, cancellation).ConfigureAwait(false);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(_tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _connections.ForEach(c => c.Dispose());
            _stop.Dispose();
        }

        private async Task FollowAsync(ShardRead read)
        {
            await foreach (var row in read.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                Interlocked.Increment(ref _bench._rows);
                Interlocked.Add(ref _bench._bytes, row.Payload.Length);
            }
        }
    }
}
