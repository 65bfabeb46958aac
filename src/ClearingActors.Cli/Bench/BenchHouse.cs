using ClearingActors.Actors;
using ClearingActors.Actors.Fabric;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Journal;

namespace ClearingActors.Cli.Bench;

/// <summary>A house for measurement: a venue, members, accounts <c>A000001</c> and up, and futures with a real headroom check.</summary>
internal sealed class BenchHouse : IRuntimeObserver
{
    internal const string Principal = "venue:bench";
    internal static readonly SourceId Source = SourceId.Parse("BENCH");
    internal static readonly Currency Usd = new("USD", 2);
    internal static readonly DateOnly Date = new(2020, 3, 16);
    internal static readonly long Noon = UtcTime.StartOf(Date) + (12 * 3600L * 1_000_000_000);

    internal const int Lanes = 32;
    private long _replayedEvents;

    internal long ReplayedEvents => Volatile.Read(ref _replayedEvents);

    internal List<string> Alarms { get; } = [];

    internal static AccountId Account(int number) => AccountId.Parse($"A{number:D6}");

    internal static InstrumentId Instrument(int number) => InstrumentId.Parse($"FUT{number:D2}");

    /// <summary>Defines everything; accounts in batches, since each is a durable command of its own.</summary>
    internal async Task DefineAsync(ClearingEngine engine, int accounts, int instruments)
    {
        const string Operator = "operator:bench";
        await engine.AdvanceBusinessTimeAsync(Operator, Noon).ConfigureAwait(false);
        await engine.DefineTradeSourceAsync(Operator, Source, Lanes).ConfigureAwait(false);
        for (var i = 1; i <= instruments; i++)
        {
            await engine.DefineInstrumentAsync(Operator, Define(Instrument(i))).ConfigureAwait(false);
        }

        for (var i = 0; i < 20; i++)
        {
            await engine.DefineMemberAsync(Operator, MemberId.Parse($"M{i:D2}")).ConfigureAwait(false);
        }

        foreach (var batch in Enumerable.Range(1, accounts).Chunk(5_000))
        {
            await Task.WhenAll(batch.Select(i => engine.DefineAccountAsync(Operator, Account(i), MemberId.Parse($"M{i % 20:D2}"), Segregation.House, Usd, 900_000_000_000_00))).ConfigureAwait(false);
        }

        await engine.QuiesceAsync().ConfigureAwait(false);
    }

    internal static Instrument Define(InstrumentId id)
    {
        var errors = new InstrumentDefinition
        {
            Id = id.Value,
            Kind = InstrumentKind.Future,
            Underlying = id.Value,
            Multiplier = 50,
            Currency = Usd,
            PriceScale = 2,
            Tick = 0.25m,
            PriceLow = 0.25m,
            PriceHigh = 20_000m,
            TradeBandBps = 2000,
            MarkJumpBps = 500,
            MarkStalenessNs = 3600L * 1_000_000_000,
            MaxTradeQuantity = 1000,
            HeadroomPerLot = 1000,
            Calendar = new ClearingCalendar("America/Chicago", new TimeOnly(16, 0), [], false),
            ProductGroup = "BENCH",
        }.Validate(out var instrument);
        return instrument ?? throw new InvalidOperationException(string.Join("; ", errors));
    }

    public void ActorQuarantined(ActorAddress actor, Exception? error, string reason) => Alarm($"quarantined {actor}: {reason}");

    public void CommandFailed(ActorAddress actor, string command, Exception error) => Alarm($"{command} to {actor}: {error.Message}");

    public void ShardLost(int shard, long epoch, ShardLoss reason, Exception? error) => Alarm($"shard {shard} lost: {reason} {error?.Message}");

    public void ShardLoaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot) => Interlocked.Add(ref _replayedEvents, replayedEvents);

    public void SnapshotRefused(int shard, long position, string reason) => Alarm($"snapshot of shard {shard} at {position}: {reason}");

    public void AppendFailed(AppendStatus status, int rows, Exception? error) => Alarm($"append: {status} {error?.Message}");

    public void DiskFull(bool full) => Alarm($"disk full: {full}");

    public void TurnDurable(int shard, long position, long recordedTime, ReadOnlyMemory<byte> payload, int events)
    {
    }

    private void Alarm(string alarm)
    {
        lock (Alarms)
        {
            Alarms.Add(alarm);
        }
    }
}
