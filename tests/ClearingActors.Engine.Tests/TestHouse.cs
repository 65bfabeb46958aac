using ClearingActors.Actors;
using ClearingActors.Actors.Fabric;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Tests;

/// <summary>A house on a real SQLite journal in a temporary folder, with two members, four accounts and one future.</summary>
internal sealed class TestHouse : IAsyncDisposable, IRuntimeObserver
{
    internal static readonly Currency Usd = new("USD", 2);
    internal static readonly SourceId Venue = SourceId.Parse("VENUE");
    internal static readonly InstrumentId Future = InstrumentId.Parse("SPX.FUT");
    internal static readonly DateOnly Monday = new(2020, 3, 9);
    internal static readonly long Noon = UtcTime.StartOf(Monday) + (12 * 3600L * 1_000_000_000);

    private readonly string _folder;
    private readonly bool _ownFolder;
    private readonly Func<IJournalStore, IJournalStore> _over;
    private IJournalStore _journal = null!;

    internal ClearingEngine Engine { get; private set; } = null!;

    internal List<string> Alarms { get; } = [];

    internal long ReplayedEvents { get; private set; }

    internal int FromSnapshot { get; private set; }

    internal string JournalPath => Path.Combine(_folder, "test.journal");

    private TestHouse(string? folder, Func<IJournalStore, IJournalStore> over)
    {
        _over = over;
        _ownFolder = folder is null;
        _folder = folder ?? Directory.CreateTempSubdirectory("clearing-engine-test-").FullName;
    }

    /// <param name="shards">Of the journal.</param>
    /// <param name="folder">Of the journal; null for one that goes with the house.</param>
    /// <param name="over">Puts a journal of a test over the one on the disk.</param>
    internal static async Task<TestHouse> StartAsync(int shards = 4, string? folder = null, Func<IJournalStore, IJournalStore>? over = null)
    {
        var house = new TestHouse(folder, over ?? (journal => journal));
        house.Open(shards);
        await house.Engine.AdvanceAsync("operator:test", Noon);
        await house.Engine.DefineTradeSourceAsync("operator:test", Venue, 2);
        await house.Engine.DefineInstrumentAsync("operator:test", Instrument());
        foreach (var member in new[] { "ALPHA", "BETA" })
        {
            await house.Engine.DefineMemberAsync("operator:test", MemberId.Parse(member));
            await house.Engine.DefineAccountAsync("operator:test", AccountId.Parse($"{member}.HOUSE"), MemberId.Parse(member), Segregation.House, Usd, 0);
            await house.Engine.DefineAccountAsync("operator:test", AccountId.Parse($"{member}.GROSS"), MemberId.Parse(member), Segregation.ClientOmnibusGross, Usd, 0);
            await house.Engine.BookCollateralAsync("operator:test", AccountId.Parse($"{member}.HOUSE"), RequestId.Parse("1"), new Money(1_000_000_00, Usd));
            await house.Engine.BookCollateralAsync("operator:test", AccountId.Parse($"{member}.GROSS"), RequestId.Parse("1"), new Money(1_000_000_00, Usd));
        }

        await house.Engine.DefineAccountAsync("operator:test", AccountId.Parse("POOR.HOUSE"), MemberId.Parse("ALPHA"), Segregation.House, Usd, 0);
        return house;
    }

    internal static Instrument Instrument(decimal headroomPerLot = 1000m, int? tradeBandBps = null)
    {
        var errors = new InstrumentDefinition
        {
            Id = Future.Value,
            Kind = InstrumentKind.Future,
            Underlying = "SPX",
            Multiplier = 50,
            Currency = Usd,
            PriceScale = 2,
            Tick = 0.25m,
            PriceLow = 0.25m,
            PriceHigh = 100_000m,
            TradeBandBps = tradeBandBps,
            MarkJumpBps = 500,
            MarkStalenessNs = 3600L * 1_000_000_000,
            MaxTradeQuantity = 1000,
            HeadroomPerLot = headroomPerLot,
            Calendar = new ClearingCalendar("America/Chicago", new TimeOnly(16, 0), [], false),
            ProductGroup = "SPX",
        }.Validate(out var instrument);
        return instrument ?? throw new InvalidOperationException(string.Join("; ", errors));
    }

    internal static TradeReport Report(string id, string buyer = "ALPHA.HOUSE", string seller = "BETA.HOUSE", long quantity = 10, decimal price = 2750.25m, string buyerClient = "", string sellerClient = "", bool guaranteed = false, string? instrument = null, long? executionTime = null) => new()
    {
        Source = Venue,
        TradeId = TradeId.Parse(id),
        Instrument = instrument is null ? Future : InstrumentId.Parse(instrument),
        Buyer = new TradeSide(AccountId.Parse(buyer), buyerClient.Length == 0 ? default : ClientId.Parse(buyerClient), PositionEffect.Unspecified),
        Seller = new TradeSide(AccountId.Parse(seller), sellerClient.Length == 0 ? default : ClientId.Parse(sellerClient), PositionEffect.Unspecified),
        Quantity = quantity,
        Price = price,
        ExecutionTime = executionTime ?? Noon,
        Guaranteed = guaranteed,
    };

    internal void Open(int shards = 4, int workers = 2)
    {
        _journal = _over(SqliteJournal.Open(JournalPath, new JournalOpenOptions(shards, ClearingEngine.FeatureLevel)));
        Engine = new ClearingEngine(_journal, new EngineOptions { Runtime = new RuntimeOptions { Workers = workers }, Sealer = new Defaults.BidSealer(new byte[Defaults.BidSealer.KeyLength]) }, TimeProvider.System, this, "test");
        Engine.Start();
    }

    /// <summary>Ends the threads and closes the file without draining, as a crash does.</summary>
    internal void Crash()
    {
        Engine.Dispose();
        _journal.Dispose();
    }

    /// <summary>Waits for the answer, and until both accounts have the trade: the answer is given when it is sure that they get it.</summary>
    internal async Task<TradeOutcome> SubmitAsync(TradeReport report, bool cancel = false)
    {
        var answer = await PostAsync(report, cancel);
        await Engine.QuiesceAsync();
        return answer is TradeReply reply ? reply.Outcome : throw new InvalidOperationException(answer.ToString());
    }

    internal Task<object> PostAsync(TradeReport report, bool cancel = false) => AskAsync(replyTo => Engine.Trade("venue:VENUE", report, cancel, replyTo));

    internal Task<object> AskAsync(Func<ReplyTo, Command> command)
    {
        var sink = new Waiter();
        Engine.Submit([command(new ReplyTo(sink, 0))]);
        return sink.Task;
    }

    internal async Task<AccountSnapshot> AccountAsync(string account) => (await Engine.GetAccountAsync("test", AccountId.Parse(account)))!.Account;

    internal async Task<long> PositionAsync(string account) =>
        (await AccountAsync(account)).Positions.Sum(p => p.SettledQuantity + p.Older.Quantity + p.Newer.Quantity);

    public async ValueTask DisposeAsync()
    {
        Crash();
        if (_ownFolder)
        {
            Directory.Delete(_folder, recursive: true);
        }

        await Task.CompletedTask;
    }

    public void ActorQuarantined(ActorAddress actor, Exception? error, string reason) => Alarm($"quarantined {actor}: {reason}");

    public void CommandFailed(ActorAddress actor, string command, Exception error) => Alarm($"{command} to {actor}: {error.Message}");

    public void ShardLost(int shard, long epoch, ShardLoss reason, Exception? error) => Alarm($"shard {shard} lost: {reason} {error?.Message}");

    public void ShardLoaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot)
    {
        lock (Alarms)
        {
            ReplayedEvents += replayedEvents;
            FromSnapshot += fromSnapshot ? 1 : 0;
        }
    }

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

    private sealed class Waiter : IReplySink
    {
        private readonly TaskCompletionSource<object> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<object> Task => _answer.Task;

        public void Reply(long token, object answer) => _answer.TrySetResult(answer);
    }
}
