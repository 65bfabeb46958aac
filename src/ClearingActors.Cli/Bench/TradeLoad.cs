using System.Diagnostics;
using ClearingActors.Actors;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;

namespace ClearingActors.Cli.Bench;

/// <summary>Trades handed to an engine in the same process, answered after durability, with a bounded number under way.</summary>
internal sealed class TradeLoad : IReplySink
{
    private readonly ClearingEngine _engine;
    private readonly AccountId[] _accounts;
    private readonly int _instruments;
    private readonly Random _random = new(42);
    private readonly string _prefix;
    private long _answered;
    private long _novated;
    private long _next;

    internal TradeLoad(ClearingEngine engine, int accounts, int instruments, string prefix)
    {
        _engine = engine;
        _accounts = [.. Enumerable.Range(1, accounts).Select(BenchHouse.Account)];
        _instruments = instruments;
        _prefix = prefix;
    }

    internal long Novated => Volatile.Read(ref _novated);

    /// <summary>Runs <paramref name="trades"/> trades with at most <paramref name="window"/> unanswered; the seconds it took.</summary>
    internal double Run(long trades, int window)
    {
        var before = Volatile.Read(ref _answered);
        var started = Stopwatch.GetTimestamp();
        var batch = new Command[256];
        long sent = 0;
        while (sent < trades)
        {
            var room = window - (int)(sent - (Volatile.Read(ref _answered) - before));
            if (room < batch.Length && room < trades - sent)
            {
                // Sleeping, not spinning: the cores belong to what is measured. A quarter of the window is refilled at a time.
                Thread.Sleep(1);
                continue;
            }

            var count = (int)Math.Min(batch.Length, trades - sent);
            for (var i = 0; i < count; i++)
            {
                batch[i] = Next();
            }

            _engine.Submit(batch.AsSpan(0, count));
            sent += count;
        }

        while (Volatile.Read(ref _answered) - before < trades)
        {
            Thread.Sleep(1);
        }

        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public void Reply(long token, object answer)
    {
        if (answer is TradeReply { Outcome.Kind: TradeOutcomeKind.Novated })
        {
            Interlocked.Increment(ref _novated);
        }

        Interlocked.Increment(ref _answered);
    }

    private Command Next()
    {
        var number = _next++;
        var buyer = _random.Next(_accounts.Length);
        var seller = (buyer + 1 + _random.Next(_accounts.Length - 1)) % _accounts.Length;
        var report = new TradeReport
        {
            Source = BenchHouse.Source,
            TradeId = TradeId.Parse($"{_prefix}{number:D9}"),
            Instrument = BenchHouse.Instrument(1 + (int)(number % _instruments)),
            Buyer = new TradeSide(_accounts[buyer], default, PositionEffect.Unspecified),
            Seller = new TradeSide(_accounts[seller], default, PositionEffect.Unspecified),
            Quantity = 1 + _random.Next(9),
            Price = 2500m + (0.25m * _random.Next(400)),
            ExecutionTime = BenchHouse.Noon - 1,
        };
        return _engine.Trade(BenchHouse.Principal, report, cancel: false, new ReplyTo(this, number));
    }
}
