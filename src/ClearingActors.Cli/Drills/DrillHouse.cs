using ClearingActors.Actors;
using ClearingActors.Actors.Fabric;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Defaults;
using ClearingActors.Journal;

namespace ClearingActors.Cli.Drills;

/// <summary>The house of a drill: the engine that a node runs, on a journal of its own in a temporary folder that goes with it.</summary>
internal sealed class DrillHouse : IDisposable, IRuntimeObserver
{
    internal const string FirstOperator = "operator:anna";
    internal const string SecondOperator = "operator:ben";

    /// <summary>One shard and one worker: the same events in the same order in every run.</summary>
    private const int Shards = 1;

    private static readonly SourceId Venue = SourceId.Parse("DRILL");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-drill-");
    private readonly SqliteJournal _journal;
    private readonly List<string> _alarms = [];
    private int _trades;

    private DrillHouse()
    {
        _journal = SqliteJournal.Open(JournalPath, new JournalOpenOptions(Shards, ClearingEngine.FeatureLevel));
        Engine = new ClearingEngine(
            _journal, new EngineOptions { Runtime = new RuntimeOptions { Workers = 1 }, Sealer = new BidSealer(new byte[BidSealer.KeyLength]) }, TimeProvider.System, this, "drill");
    }

    internal ClearingEngine Engine { get; }

    private string JournalPath => Path.Combine(_folder.FullName, "drill.journal");

    /// <summary>What the runtime had to tell; nothing if all is well.</summary>
    internal IReadOnlyList<string> Alarms
    {
        get
        {
            lock (_alarms)
            {
                return [.. _alarms];
            }
        }
    }

    /// <summary>Builds the house of a drill up to its first step.</summary>
    /// <exception cref="CommandException">The house refuses what the file says; the message names the field.</exception>
    internal static async Task<DrillHouse> StartAsync(Drill drill, CancellationToken cancellation)
    {
        var house = new DrillHouse();
        try
        {
            house.Engine.Start();
            await house.BuildAsync(drill, cancellation);
            return house;
        }
        catch
        {
            house.Dispose();
            throw;
        }
    }

    /// <summary>Reports a trade.</summary>
    internal async Task<TradeOutcome> SubmitAsync(TradeStep step, long now)
    {
        var report = new TradeReport
        {
            Source = Venue,
            TradeId = TradeId.Parse($"T{++_trades}"),
            Instrument = step.Instrument,
            Buyer = new TradeSide(step.Buyer, default, PositionEffect.Unspecified),
            Seller = new TradeSide(step.Seller, default, PositionEffect.Unspecified),
            Quantity = step.Lots,
            Price = step.Price,
            ExecutionTime = now,
            Guaranteed = step.Guaranteed,
        };
        var sink = new Waiter();
        Engine.Submit([Engine.Trade("venue:DRILL", report, false, new ReplyTo(sink, 0))]);
        return await sink.Task is TradeReply reply ? reply.Outcome : throw new InvalidOperationException($"trade {report.TradeId} had no answer: {await sink.Task}");
    }

    /// <summary>An account's cash in the drill's currency, minor units; 0 if there is no such account.</summary>
    internal async Task<long> CashAsync(AccountId account, Currency currency) =>
        (await Engine.GetAccountAsync(FirstOperator, account))?.Account.Balances.Where(b => b.Currency == currency).Sum(b => b.Cash) ?? 0;

    /// <summary>True if the journal alone gives the state that is live.</summary>
    internal async Task<bool> ReplayEqualsLiveAsync(CancellationToken cancellation)
    {
        using var journal = SqliteJournal.OpenReadOnly(JournalPath);
        return await Engine.ReplayEqualsLiveAsync(journal, cancellation);
    }

    public void Dispose()
    {
        Engine.Dispose();
        _journal.Dispose();
        _folder.Delete(recursive: true);
    }

    void IRuntimeObserver.ActorQuarantined(ActorAddress actor, Exception? error, string reason) => Alarm($"{actor} was set aside: {reason}");

    void IRuntimeObserver.CommandFailed(ActorAddress actor, string command, Exception error) => Alarm($"{command} to {actor}: {error.Message}");

    void IRuntimeObserver.ShardLost(int shard, long epoch, ShardLoss reason, Exception? error) => Alarm($"shard {shard} is lost: {reason} {error?.Message}");

    void IRuntimeObserver.ShardLoaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot)
    {
    }

    void IRuntimeObserver.SnapshotRefused(int shard, long position, string reason) => Alarm($"a snapshot of shard {shard} was refused: {reason}");

    void IRuntimeObserver.AppendFailed(AppendStatus status, int rows, Exception? error) => Alarm($"the journal could not be written: {status} {error?.Message}");

    void IRuntimeObserver.DiskFull(bool full) => Alarm(full ? "the disk is full" : "the disk has room again");

    void IRuntimeObserver.TurnDurable(int shard, long position, long recordedTime, ReadOnlyMemory<byte> payload, int events)
    {
    }

    private static async Task SetAsync(string field, Func<Task> set)
    {
        try
        {
            await set();
        }
        catch (Exception e) when (e is RefusedException or FormatException or ArgumentException)
        {
            throw new CommandException($"{field}: {Refusal.Of(e)} (see {DrillFile.Schema})", e);
        }
    }

    private async Task BuildAsync(Drill drill, CancellationToken cancellation)
    {
        await Engine.AdvanceBusinessTimeAsync(FirstOperator, drill.Start, cancellation);
        await Engine.DefineTradeSourceAsync(FirstOperator, Venue, 1, cancellation);
        foreach (var instrument in drill.Instruments)
        {
            await SetAsync($"instruments.{instrument.Instrument.Id}", () => Engine.DefineInstrumentAsync(FirstOperator, instrument.Instrument, cancellation));
        }

        // Together, because a journal's write costs as much for one as for all.
        await SetAsync("members", () => Task.WhenAll(drill.Members.Select(m => Engine.DefineMemberAsync(FirstOperator, m.Id, cancellation))));
        foreach (var member in drill.Members)
        {
            foreach (var account in member.Accounts)
            {
                await SetAsync($"members.{member.Id}.accounts.{account.Id}", () => DefineAsync(drill, member.Id, account, cancellation));
            }
        }

        await SetAsync("riskModel", () => Engine.SetRiskModelAsync(FirstOperator, drill.RiskModel, cancellation));
        var last = UtcTime.DateOf(drill.Start).AddDays(-1);
        foreach (var (factor, prices) in drill.History)
        {
            FactorPrice[] days = [.. prices.Select((p, i) => new FactorPrice(last.AddDays(i + 1 - prices.Count), p))];
            await SetAsync($"history.{factor}", () => Engine.SetFactorPricesAsync(FirstOperator, new FactorPricesSet(factor, days, Replaces: true), cancellation));
        }

        await SetAsync("fund", () => Engine.SetFundTermsAsync(FirstOperator, drill.FundTerms, cancellation));
        await SetAsync("defaultTerms", () => Engine.SetDefaultTermsAsync(FirstOperator, drill.DefaultTerms, cancellation));
        await SetAsync("fund", () => Engine.SizeDefaultFundAsync(FirstOperator, dryRun: false, cancellation));
        await Engine.QuiesceAsync(cancellation);
        await SetAsync("fund", () => Task.WhenAll(drill.Members.Where(m => m.Contribution > 0).Select(m => PayAsync(FundAccounts.Of(m.Id), m.Contribution, drill.Currency, cancellation))));
        await Engine.QuiesceAsync(cancellation);
    }

    private async Task DefineAsync(Drill drill, MemberId member, DrillAccount account, CancellationToken cancellation)
    {
        await Engine.DefineAccountAsync(FirstOperator, account.Id, member, account.Segregation, drill.Currency, 0, cancellation);
        if (account.Cash > 0)
        {
            await PayAsync(account.Id, account.Cash, drill.Currency, cancellation);
        }
    }

    private Task PayAsync(AccountId account, long minor, Currency currency, CancellationToken cancellation) =>
        Engine.BookCollateralAsync(FirstOperator, account, RequestId.Parse("START"), new Money(minor, currency), cancellation);

    private void Alarm(string alarm)
    {
        lock (_alarms)
        {
            _alarms.Add(alarm);
        }
    }

    private sealed class Waiter : IReplySink
    {
        private readonly TaskCompletionSource<object> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<object> Task => _answer.Task;

        public void Reply(long token, object answer) => _answer.TrySetResult(answer);
    }
}
