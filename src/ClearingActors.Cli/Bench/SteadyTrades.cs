using System.Diagnostics;
using ClearingActors.Actors;
using ClearingActors.Cli.Commands;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;

namespace ClearingActors.Cli.Bench;

/// <summary>A trade every two milliseconds whether or not those before were answered, so that whoever would have waited is counted.</summary>
internal sealed class SteadyTrades(ClearingEngine engine, int accounts, int instruments)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(2);
    private long _next;
    private long _executionTime = BenchHouse.Noon;

    /// <summary>Trades after this are of that time, UTC nanoseconds.</summary>
    internal void MoveTo(long executionTime) => Volatile.Write(ref _executionTime, executionTime);

    internal Run Start() => new(this);

    private void Submit(IReplySink sink) => engine.Submit([Next(sink, _next++)]);

    private Command Next(IReplySink sink, long number) => engine.Trade(
        BenchHouse.Principal,
        new TradeReport
        {
            Source = BenchHouse.Source,
            TradeId = TradeId.Parse($"S{number:D9}"),
            Instrument = BenchHouse.Instrument(1 + (int)(number % instruments)),
            Buyer = new TradeSide(BenchHouse.Account(1 + (int)(number * 7919 % accounts)), default, PositionEffect.Unspecified),
            Seller = new TradeSide(BenchHouse.Account(1 + (int)(((number * 7919) + 1) % accounts)), default, PositionEffect.Unspecified),
            Quantity = 1,
            Price = 2550m,
            ExecutionTime = Volatile.Read(ref _executionTime),
        },
        cancel: false,
        new ReplyTo(sink, number));

    internal sealed class Run : IReplySink, IDisposable
    {
        private readonly SteadyTrades _trades;
        private readonly long _first;
        private readonly long _began = Stopwatch.GetTimestamp();
        private readonly LatencyHistogram _latencies = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _sending;
        private long _answered;
        private string? _failure;

        internal Run(SteadyTrades trades)
        {
            _trades = trades;
            _first = trades._next;
            _sending = Task.Factory.StartNew(Send, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        public void Dispose() => _stop.Dispose();

        public void Reply(long token, object answer)
        {
            var due = _began + ((token - _first) * (long)(Period.TotalSeconds * Stopwatch.Frequency));
            lock (_latencies)
            {
                _latencies.Record((long)Stopwatch.GetElapsedTime(due).TotalNanoseconds);
                _failure ??= answer is TradeReply { Outcome.Kind: TradeOutcomeKind.Novated } ? null : $"trade {token} was answered by {answer}";
                _answered++;
            }
        }

        /// <summary>Ends it and waits for the last answer.</summary>
        internal async Task<LatencyHistogram> StopAsync(CancellationToken cancellation)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _sending.ConfigureAwait(false);
            while (true)
            {
                lock (_latencies)
                {
                    if (_failure is not null || _answered == _trades._next - _first)
                    {
                        return _failure is null ? _latencies : throw new CommandException(_failure);
                    }
                }

                await Task.Delay(1, cancellation).ConfigureAwait(false);
            }
        }

        private void Send()
        {
            while (!_stop.IsCancellationRequested)
            {
                while (_first + (long)(Stopwatch.GetElapsedTime(_began) / Period) >= _trades._next && !_stop.IsCancellationRequested)
                {
                    _trades.Submit(this);
                }

                Thread.Sleep(1);
            }
        }
    }
}
