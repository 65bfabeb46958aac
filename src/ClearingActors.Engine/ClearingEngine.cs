using ClearingActors.Actors;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Messages;
using ClearingActors.Journal;

namespace ClearingActors.Engine;

/// <summary>The clearing house of one node: a journal, the actor runtime on it, and the commands that members and operators give.</summary>
/// <remarks>Thread-safe. Every answer tells of durable facts only.</remarks>
public sealed partial class ClearingEngine : IDisposable
{
    /// <summary>The newest feature level this program reads and the one it writes.</summary>
    public const int FeatureLevel = 3;

    private readonly IJournalStore _store;
    private readonly ActorRuntime _runtime;
    private readonly AddressBook _book;
    private readonly SemaphoreSlim _studies = new(1);
    private readonly MarkBoard _board = new() { KeepsTrails = true };

    /// <summary>Prepares the engine; <see cref="Start"/> loads the journal.</summary>
    /// <param name="store">An open journal; it stays the caller's to dispose, after the engine.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clocks.</param>
    /// <param name="observer">Is told what operators must know.</param>
    /// <param name="node">The node's name in the journal's heads.</param>
    public ClearingEngine(IJournalStore store, EngineOptions options, TimeProvider time, IRuntimeObserver observer, string node)
    {
        _store = store;
        _book = new AddressBook(store.Identity.ShardCount, ActorKinds.NameOf);
        var program = new EngineProgram(_book, _board, options.TradeIds, Counters, sealer: options.Sealer) { ShardsAtOnce = options.Runtime.Workers };
        _runtime = new ActorRuntime(store, program, _book, options.Runtime, time, observer, node);
        _board.Changed = _runtime.Wake;
        _openInterest = new OpenInterestReads(CountOpenInterestAsync, time);
    }

    /// <summary>The journal's identity.</summary>
    public JournalIdentity Identity => _store.Identity;

    /// <summary>What the node has seen since it started.</summary>
    public HouseCounters Counters { get; } = new();

    /// <summary>Grows with every mark that the node has seen; for who waits for new figures.</summary>
    public long MarkVersion => _board.Version;

    /// <summary>The runtime underneath, for status and measurement.</summary>
    public ActorRuntime Runtime => _runtime;

    /// <summary>Raises the journal to the level that this program writes, loads it and starts. The one node there is reads its own level, so nobody need be asked.</summary>
    public void Start(Action<int>? progress = null)
    {
        _store.RaiseFeatureLevel(FeatureLevel);
        _runtime.Start(progress);
    }

    /// <summary>Hands trades in, each answered through its sink by <see cref="TradeReply"/> or <see cref="CommandFailure"/>.</summary>
    public void Submit(ReadOnlySpan<Command> commands) => _runtime.Post(commands);

    /// <summary>The command for a report, to be handed to <see cref="Submit"/>.</summary>
    /// <param name="principal">Who reports.</param>
    /// <param name="report">The report; its source and trade id must be set.</param>
    /// <param name="cancel">True to cancel the trade that was reported with this content.</param>
    /// <param name="replyTo">Where the answer goes.</param>
    public Command Trade(string principal, TradeReport report, bool cancel, ReplyTo replyTo)
    {
        var lanes = Counters.Lanes.GetValueOrDefault(report.Source);
        var lane = lanes > 1 ? TradeSourceDecisions.LaneOf(report.TradeId, lanes) : 0;
        var address = TradeSourceActor.AddressOf(_book, report.Source, lane);
        var fingerprint = TradeFingerprint.Of(report);
        return cancel
            ? new CancelTrade(address, principal, report, fingerprint) { ReplyTo = replyTo }
            : new SubmitTrade(address, principal, report, fingerprint) { ReplyTo = replyTo };
    }

    /// <summary>The command for a mark, to be handed to <see cref="Submit"/>; answered by <see cref="MarkReply"/>.</summary>
    public Command Mark(string principal, UnderlyingId underlying, in MarkReport report, ReplyTo replyTo) =>
        new PublishMark(_book.Of(ActorKinds.Market, underlying.Value), principal, report) { ReplyTo = replyTo };

    /// <summary>Defines a member.</summary>
    public Task DefineMemberAsync(string principal, MemberId member, CancellationToken cancellation = default) =>
        DoneAsync(new DefineMember(Registry, principal, member), cancellation);

    /// <summary>Defines a trade source with its lanes.</summary>
    public Task DefineTradeSourceAsync(string principal, SourceId source, int lanes, CancellationToken cancellation = default) =>
        DoneAsync(new DefineTradeSource(Registry, principal, source, lanes), cancellation);

    /// <summary>Defines an instrument; it takes trades when this completes.</summary>
    public Task DefineInstrumentAsync(string principal, Instrument instrument, CancellationToken cancellation = default) =>
        DoneAsync(new DefineInstrument(Registry, principal, instrument), cancellation);

    /// <summary>Defines an account.</summary>
    public Task DefineAccountAsync(string principal, AccountId account, MemberId member, Segregation segregation, Currency currency, long intradayLimit, CancellationToken cancellation = default) =>
        DoneAsync(new DefineAccount(AccountAddress(account), principal, account, member, segregation, currency, intradayLimit), cancellation);

    /// <summary>Closes an account, for good; again, it changes nothing.</summary>
    /// <exception cref="RefusedException">The account is not known, is the clearing house's own, or is not flat (rulebook 1).</exception>
    public Task CloseAccountAsync(string principal, AccountId account, CancellationToken cancellation = default) =>
        DoneAsync(new CloseAccount(AccountAddress(account), principal), cancellation);

    /// <summary>Halts or resumes an instrument, or the whole house when it is none.</summary>
    public Task SetHaltAsync(string principal, InstrumentId instrument, bool halted, CancellationToken cancellation = default) =>
        DoneAsync(new SetHalt(Registry, principal, instrument, halted), cancellation);

    /// <summary>Suspends or reinstates a member.</summary>
    public Task SetSuspensionAsync(string principal, MemberId member, bool suspended, CancellationToken cancellation = default) =>
        DoneAsync(new SetSuspension(Registry, principal, member, suspended), cancellation);

    /// <summary>The version of a margin model's parameters.</summary>
    /// <exception cref="FormatException">They are malformed; the message says where and what is allowed.</exception>
    public static string VersionOfRiskModel(string parameters) => Risk.RiskModel.Parse(parameters).Version;

    /// <summary>Sets the margin model's parameters; completes when every shard has them.</summary>
    public Task SetRiskModelAsync(string principal, string parameters, CancellationToken cancellation = default) =>
        DoneAsync(new SetRiskModel(Registry, principal, new RiskModelSet(parameters)), cancellation);

    /// <summary>Releases the 25 % buffer of the margin model from now on, or restores it; completes when every shard knows. What is so already is not decided again.</summary>
    /// <param name="principal">Who decides.</param>
    /// <param name="released">True if the buffer may be used up.</param>
    /// <param name="reason">Why; 1 to 500 characters.</param>
    /// <param name="cancellation">Ends the wait, not the command.</param>
    /// <exception cref="RefusedException">There is no reason, no model, or no buffer in it.</exception>
    public Task DecideBufferAsync(string principal, bool released, string reason, CancellationToken cancellation = default) =>
        DoneAsync(new DecideBuffer(Registry, principal, released, reason), cancellation);

    /// <summary>Runs margin over the whole house; completes when every account is assessed and its calls are issued.</summary>
    public Task<MarginRunResult> RunMarginAsync(string principal, CancellationToken cancellation = default) =>
        AskAsync<MarginRunResult>(new RunMargin(MarginAddress, principal), cancellation);

    /// <summary>The last margin run and the missed calls.</summary>
    public Task<MarginRunsView> GetMarginRunsAsync(string principal, CancellationToken cancellation = default) =>
        AskAsync<MarginRunsView>(new GetMarginRuns(MarginAddress, principal), cancellation);

    /// <summary>What an account needs and has, or would with trades that are not there; null if there is no such account.</summary>
    public async Task<MarginView?> GetMarginAsync(string principal, AccountId account, IReadOnlyList<HypotheticalTrade> hypothetical, CancellationToken cancellation = default) =>
        await AskAsync<object>(new GetMargin(AccountAddress(account), principal, hypothetical), cancellation).ConfigureAwait(false) as MarginView;

    /// <summary>Takes back a margin call.</summary>
    public Task WithdrawMarginCallAsync(string principal, AccountId account, long call, string reason, CancellationToken cancellation = default) =>
        DoneAsync(new WithdrawMarginCall(AccountAddress(account), principal, call, reason), cancellation);

    /// <summary>Adds prices behind a risk factor's history, or puts them in its place; completes when every shard has them.</summary>
    public Task SetFactorPricesAsync(string principal, FactorPricesSet change, CancellationToken cancellation = default) =>
        DoneAsync(new SetFactorPrices(Registry, principal, change), cancellation);

    /// <summary>Moves business time forward; the first time it opens the first cycle.</summary>
    public Task AdvanceBusinessTimeAsync(string principal, long instant, CancellationToken cancellation = default) =>
        DoneAsync(new AdvanceBusinessTime(Registry, principal, instant), cancellation);

    /// <summary>Books cash collateral in (above zero) or out; the balance afterwards.</summary>
    public async Task<Money> BookCollateralAsync(string principal, AccountId account, RequestId request, Money amount, CancellationToken cancellation = default) =>
        (await AskAsync<CollateralBooked>(new BookCollateral(AccountAddress(account), principal, request, amount), cancellation).ConfigureAwait(false)).Balance;

    /// <summary>Lists a security or coin as collateral; completes when every shard knows it.</summary>
    public Task DefineCollateralAssetAsync(string principal, CollateralAsset asset, CancellationToken cancellation = default) =>
        DoneAsync(new DefineCollateralAsset(Registry, principal, asset), cancellation);

    /// <summary>Sets prices of assets and exchange rates; completes when every shard has them.</summary>
    public Task SetCollateralPricesAsync(string principal, CollateralPricesSet change, CancellationToken cancellation = default) =>
        DoneAsync(new SetCollateralPrices(Registry, principal, change), cancellation);

    /// <summary>Books units of a security or coin in (above zero) or out; the account's units afterwards.</summary>
    public async Task<long> MoveAssetAsync(string principal, AccountId account, RequestId request, AssetId asset, long units, CancellationToken cancellation = default) =>
        (await AskAsync<AssetMoved>(new MoveAsset(AccountAddress(account), principal, request, asset, units), cancellation).ConfigureAwait(false)).Units;

    /// <summary>What is listed as collateral, with the prices and exchange rates that operators set.</summary>
    public Task<CollateralBookSnapshot> ReadCollateralAsync() => _runtime.InspectAsync(SettlementAddress.Shard, (_, scope) => ((EngineScope)scope).Directory.Collateral.ToSnapshot());

    /// <summary>The asset as the house knows it; null if it is not listed.</summary>
    public Task<CollateralAsset?> FindCollateralAssetAsync(AssetId asset) =>
        _runtime.InspectAsync(SettlementAddress.Shard, (_, scope) => ((EngineScope)scope).Directory.Collateral.Find(asset));

    /// <summary>An account as of its last durable event; null if there is none.</summary>
    public async Task<AccountView?> GetAccountAsync(string principal, AccountId account, CancellationToken cancellation = default)
    {
        var view = await AskAsync<AccountView>(new GetAccount(AccountAddress(account), principal), cancellation).ConfigureAwait(false);
        return view.Account.Status == AccountStatus.Undefined ? null : view;
    }

    /// <summary>Settles the open cycle at these prices and opens the next; completes when it is closed.</summary>
    public Task<CycleResult> RunSettlementCycleAsync(string principal, DateOnly nextDate, IReadOnlyList<PricePoint> prices, CancellationToken cancellation = default) =>
        AskAsync<CycleResult>(new RunSettlementCycle(SettlementAddress, principal, nextDate, prices), cancellation);

    /// <summary>Fixes a perpetual's funding for the interval that ends at an instant (UTC ns); the next cycle to be frozen pays it. A repeat gives the first rate.</summary>
    public async Task<FundingRateFixed> FundPerpetualAsync(string principal, Instrument perpetual, long until, CancellationToken cancellation = default) =>
        (await AskAsync<FundingResult>(new FundPerpetual(_book.Of(ActorKinds.Market, perpetual.Underlying.Value), principal, perpetual.Id, until), cancellation).ConfigureAwait(false)).Funding;

    /// <summary>
    /// Fixes the final price of an expired instrument, from its marks or, where these are too few, as given with a reason; completes when every shard knows it. The next
    /// cycle to be frozen settles the instrument for the last time. The price, in price units; for an option those of what it is on.
    /// </summary>
    public async Task<long> FixFinalPriceAsync(string principal, Instrument instrument, long? units, string reason, CancellationToken cancellation = default)
    {
        await DoneAsync(new FixFinalPrice(_book.Of(ActorKinds.Market, instrument.Underlying.Value), principal, instrument.Id, units, reason), cancellation).ConfigureAwait(false);
        return await _runtime.InspectAsync(SettlementAddress.Shard, (_, scope) => ((EngineScope)scope).Directory.TryGetInstrument(instrument.Id, out var listed)
            ? listed.FinalUnits
            : throw new InvalidOperationException($"instrument {instrument.Id} is not known")).ConfigureAwait(false);
    }

    /// <summary>Gives a holder's notice on an option, or with 0 lots takes it back; nothing changes where it is refused.</summary>
    public Task<ExerciseNoticeReply> GiveExerciseNoticeAsync(
        string principal, AccountId account, InstrumentId instrument, ClientId client, ExerciseNoticeKind kind, long lots, CancellationToken cancellation = default) =>
        AskAsync<ExerciseNoticeReply>(new GiveExerciseNotice(AccountAddress(account), principal, instrument, client, kind, lots), cancellation);

    /// <summary>Sets when payers must have paid and what stands in for one who has not; completes when every shard has it.</summary>
    public Task SetPaymentTermsAsync(string principal, PaymentTerms terms, CancellationToken cancellation = default) =>
        DoneAsync(new SetPaymentTerms(Registry, principal, terms), cancellation);

    /// <summary>Tells that an account will not pay what it owes for a cycle: the clearing house pays in its place and has a claim.</summary>
    /// <exception cref="RefusedException">It owes nothing for the cycle, or there is no reason.</exception>
    public Task DeclareUnpaidAsync(string principal, AccountId account, long cycle, string reason, CancellationToken cancellation = default) =>
        DoneAsync(new DeclareUnpaid(AccountAddress(account), principal, cycle, reason), cancellation);

    /// <summary>Where settlement stands.</summary>
    public Task<SettlementView> GetSettlementAsync(string principal, CancellationToken cancellation = default) =>
        AskAsync<SettlementView>(new GetSettlement(SettlementAddress, principal), cancellation);

    /// <summary>Confirms or drops the mark that is held; its price in the instrument's price units.</summary>
    /// <param name="principal">Who decides.</param>
    /// <param name="instrument">The instrument.</param>
    /// <param name="confirm">False drops it.</param>
    /// <param name="seen">The held price that was looked at, in price units; null for whatever is held.</param>
    /// <param name="cancellation">Ends the wait, not the command.</param>
    /// <exception cref="RefusedException">No mark is held, or one with another price than was looked at.</exception>
    public async Task<long> DecideHeldMarkAsync(string principal, Instrument instrument, bool confirm, long? seen = null, CancellationToken cancellation = default)
    {
        var command = new DecideHeldMark(_book.Of(ActorKinds.Market, instrument.Underlying.Value), principal, instrument.Id, confirm) { Seen = seen };
        return (await AskAsync<HeldMarkDecided>(command, cancellation).ConfigureAwait(false)).PriceUnits;
    }

    /// <summary>Lets a quarantined actor work again; the number of parked messages that were run.</summary>
    public async Task<int> ReleaseQuarantinedAsync(string principal, int kind, string id, CancellationToken cancellation = default)
    {
        var address = kind == ActorKinds.Directory ? AddressBook.OfShard(kind, int.Parse(id, System.Globalization.CultureInfo.InvariantCulture)) : _book.Of(kind, id);
        return (await AskAsync<QuarantineReleased>(new ReleaseQuarantined(address, principal), cancellation).ConfigureAwait(false)).Messages;
    }

    /// <summary>The instrument as the house knows it; null if it does not.</summary>
    public async Task<Instrument?> FindInstrumentAsync(InstrumentId instrument)
    {
        var shard = SettlementAddress.Shard;
        return await _runtime.InspectAsync(shard, (_, scope) => ((EngineScope)scope).Directory.TryGetInstrument(instrument, out var listed) ? listed.Instrument : null).ConfigureAwait(false);
    }

    /// <summary>The marks that wait to be confirmed.</summary>
    public async Task<IReadOnlyList<(Instrument Instrument, HeldMark Held)>> HeldMarksAsync()
    {
        List<(Instrument, HeldMark)> held = [];
        for (var shard = 0; shard < _book.ShardCount; shard++)
        {
            held.AddRange(await _runtime.InspectAsync(shard, static (actors, scope) => actors.OfType<MarketActor>()
                .SelectMany(m => m.Held)
                .Select(m => ((EngineScope)scope).Directory.TryGetInstrument(m.Instrument, out var listed) ? (listed.Instrument, m.Held) : throw new InvalidOperationException($"{m.Instrument} is not known"))
                .ToList()).ConfigureAwait(false));
        }

        return held;
    }

    /// <summary>Fundings and final prices that business time should have started and could not, with the reason, by instrument.</summary>
    public async Task<IReadOnlyDictionary<InstrumentId, string>> OverdueAsync()
    {
        var overdue = new SortedDictionary<InstrumentId, string>();
        for (var shard = 0; shard < _book.ShardCount; shard++)
        {
            foreach (var (instrument, reason) in await _runtime.InspectAsync(shard, static (actors, _) => actors.OfType<MarketActor>().SelectMany(static m => m.Overdue).ToList()).ConfigureAwait(false))
            {
                overdue[instrument] = reason;
            }
        }

        return overdue;
    }

    /// <summary>The house's books as they stand: positions per instrument and cash per currency, summed over all accounts.</summary>
    public async Task<HouseBooks> ReadBooksAsync()
    {
        var books = new HouseBooks();
        for (var shard = 0; shard < _book.ShardCount; shard++)
        {
            books.Add(await _runtime.InspectAsync(shard, static (_, scope) => HouseBooks.Of((EngineScope)scope)).ConfigureAwait(false));
        }

        return books;
    }

    /// <summary>The house's books of one moment however busy it is: what comes in meanwhile waits until they are read.</summary>
    /// <param name="atMost">How long it waits at the most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The books with nothing in flight; null if the time was not enough for that.</returns>
    public async Task<HouseBooks?> ReadBooksAtRestAsync(TimeSpan atMost, CancellationToken cancellation = default)
    {
        var books = await _runtime.ReadAtRestAsync(atMost, ReadBooksAsync, cancellation).ConfigureAwait(false);
        return books is { OpenReservations: 0, Unbooked: 0 } ? books : null;
    }

    /// <summary>The shard that an account lives in.</summary>
    public int ShardOf(AccountId account) => AccountAddress(account).Shard;

    /// <summary>
    /// True if the state built from the journal alone, without snapshots, is the live state. Waits until nothing is under way; what comes in meanwhile makes it false.
    /// </summary>
    /// <param name="journal">The engine's journal, as another reader sees it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<bool> ReplayEqualsLiveAsync(IJournalStore journal, CancellationToken cancellation = default)
    {
        await QuiesceAsync(cancellation).ConfigureAwait(false);
        var live = await _runtime.DigestAsync().ConfigureAwait(false);
        var book = new AddressBook(journal.Identity.ShardCount, ActorKinds.NameOf);
        var replayed = ShardReplay.Digests(journal, new EngineProgram(book, new MarkBoard(), TradeIdLimits.Default, new HouseCounters()), book);
        return live.Count == replayed.Count && live.Zip(replayed).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
    }

    /// <summary>Waits until nothing is under way.</summary>
    public Task QuiesceAsync(CancellationToken cancellation = default) => _runtime.QuiesceAsync(cancellation);

    /// <summary>Stops in order, with a snapshot of every shard.</summary>
    public Task StopAsync(CancellationToken cancellation = default) => _runtime.StopAsync(cancellation);

    /// <inheritdoc/>
    public void Dispose() => _runtime.Dispose();

    private ActorAddress Registry => _book.Of(ActorKinds.Registry, ActorKinds.House);

    private ActorAddress MarginAddress => _book.Of(ActorKinds.Margin, ActorKinds.House);

    private ActorAddress SettlementAddress => _book.Of(ActorKinds.Settlement, ActorKinds.House);

    private ActorAddress AccountAddress(AccountId account) => _book.Of(ActorKinds.Account, account.Value);

    private Task DoneAsync(Command command, CancellationToken cancellation) => AskAsync<Done>(command, cancellation);

    private async Task<T> AskAsync<T>(Command command, CancellationToken cancellation)
        where T : class
    {
        var answer = await _runtime.AskAsync<object>(command, cancellation).ConfigureAwait(false);
        return answer switch
        {
            T expected => expected,
            Refused refused => throw new RefusedException(refused.Reason),
            _ => throw new InvalidOperationException($"{command.GetType().Name} was answered by {answer.GetType().Name}"),
        };
    }
}

/// <summary>The engine's limits.</summary>
public sealed record EngineOptions
{
    /// <summary>The runtime's.</summary>
    public RuntimeOptions Runtime { get; init; } = new();

    /// <summary>Trade ids that a lane of a source may hold.</summary>
    public TradeIdLimits TradeIds { get; init; } = TradeIdLimits.Default;

    /// <summary>Seals the bids of default auctions; null takes none.</summary>
    public Defaults.BidSealer? Sealer { get; init; }
}

/// <summary>A command was refused and changed nothing; the message is for people.</summary>
public sealed class RefusedException(string reason) : Exception(reason);
