using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Actors.Simulation;
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
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Risk.Monitor;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Simulation;

/// <summary>
/// The clearing house's clients and operators: they report trades good and bad, repeat, contradict and cancel them, move cash, publish marks, halt, suspend, let
/// business time pass and settle, all at once, and hold every answer against the durable books.
/// </summary>
internal sealed partial class HouseWorkload : ISimulatedWorkload, IReplySink
{
    private const int MonitorCheckEvery = 50;
    private const long TimeoutMs = 600;
    private const int MaxOpen = 60;

    /// <summary>Of the margin model's terms, in minor units.</summary>
    internal const long MinimumTransfer = 10_00;

    /// <summary>Of the margin model's terms, in minor units.</summary>
    internal const long CallUnit = 5_00;
    private const int Index = 10;
    private static readonly long Opening = UtcTime.StartOf(new DateOnly(2026, 3, 2)) + (UtcTime.NanosecondsPerDay / 3);
    internal static readonly Currency Usd = new("USD", 2);
    private static readonly Currency Jpy = new("JPY", 0);
    private static readonly Currency Btc = new("BTC", 8);
    private readonly SimulationRandom _random;
    private readonly AddressBook _book;
    private readonly List<ClientRequest> _open = [];
    private readonly List<ClientTrade> _trades = [];
    private readonly Dictionary<long, ClientRequest> _byToken = [];
    private readonly List<Instrument> _instruments = [];
    private readonly List<Instrument> _contracts = [];
    private readonly Dictionary<InstrumentId, long> _price = [];
    private readonly List<(AccountId Account, MemberId Member, Segregation Segregation)> _accounts = [];
    private (AccountId Account, Segregation Segregation, InstrumentId Instrument, ClientId Client, ExerciseNoticeKind Kind)? _given;
    /// <summary>Accounts without collateral, of which some are closed again; trades name them now and then.</summary>
    private readonly List<(AccountId Account, MemberId Member, Segregation Segregation)> _shortLived = [];
    private readonly List<MemberId> _members = [];
    private readonly List<(SourceId Source, int Lanes)> _sources = [];
    private readonly List<AccountId> _unknown = [AccountId.Parse("GHOST"), CcpAccounts.Bank];
    private readonly double _replyLoss;
    private readonly long _pace;
    private SimulatedCluster _cluster = null!;
    private HouseLedger _ledger = null!;
    private readonly HashSet<InstrumentId> _expiring = [];
    private long _businessTime = Opening;
    private DateOnly _date = new(2026, 3, 2);
    private long _token;
    private long _number;
    private bool _settling;
    private bool _finishing;
    private bool _traded;
    private long _checkedSteps;

    /// <param name="random">Draws what happens.</param>
    /// <param name="book">The addresses.</param>
    /// <param name="defaults">Draws what happens in defaults; null for a house without.</param>
    /// <param name="actions">Draws what people hand in and approve; null for a house in which nobody does.</param>
    internal HouseWorkload(SimulationRandom random, AddressBook book, SimulationRandom? defaults, SimulationRandom? actions)
    {
        _drawDeeds = actions;
        _chance = defaults ?? new SimulationRandom(0);
        _defaulting = defaults is not null;
        _random = random;
        _book = book;
        _replyLoss = random.Chance(0.5) ? random.Fraction() * 0.1 : 0;
        _pace = random.Between(1, 3);
    }

    public bool IsContent => _open.Count == 0 && _ledger.OpenCycles == 0 && (!_finishing || (_traded && !Cases.Open.Any()));

    public string Wants =>
        $"{(_open.Count == 0 ? "nothing" : string.Join(", ", _open.Select(static r => $"{r.Name} (asked {r.Attempts} times)")))}, {_ledger.OpenCycles} cycles open{(_ledger.Blocked.Length > 0 ? ", blocked: " + _ledger.Blocked : "")}{string.Concat(Cases.Open.Select(static c => $"; {c}"))}";

    private static readonly string[] Factors = ["U0", "U1", "FX"];

    /// <summary>A bond that an operator prices in per cent, one in another currency, and a coin at the mark of the index.</summary>
    internal static IReadOnlyList<CollateralAsset> Assets { get; } =
    [
        AssetOf("BOND", Usd, 0, "STATE", default, 10m), AssetOf("YENBOND", Jpy, 0, "STATE", default, 1000m), AssetOf("COIN", Usd, 8, "COIN", InstrumentId.Parse("X0"), 1.5m),
    ];

    private static CollateralAsset AssetOf(string id, Currency currency, int digits, string issuer, InstrumentId pricedBy, decimal factor) =>
        CollateralAsset.TryCreate(AssetId.Parse(id), currency, digits, issuer, pricedBy, factor, out var asset) is { } wrong ? throw new InvalidOperationException(wrong) : asset!;

    private const string RiskModelText = """
        {
          "runs": { "at": ["08:30", "09:00", "16:00"], "everyMinutes": 20, "movePercent": 0.05, "checkSeconds": 45 },
          "base": "USD",
          "factors": { "U0": { "change": "relative", "feed": "F0" }, "U1": { "change": "absolute", "feed": "F1" }, "FX": { "change": "relative", "feed": "F0" } },
          "currencies": { "JPY": { "factor": "FX" }, "BTC": { "factor": "FX" } },
          "options": { "X0": { "volatility": 0.3, "volBeta": 1, "rate": 0.02, "yield": 0.01 }, "*": { "volatility": 0.4, "rate": 0.02 } },
          "liquidity": { "U0": { "reference": "F0", "halfSpread": 0.001, "kappa": 0.5, "averageDailyVolume": 1000, "volHalfSpread": 0.01 } },
          "wrongWay": { "shock": 0.2, "members": { "M0": [ "U0" ] } },
          "gearing": { "maximum": 50 },
          "groups": { "*": { "missingDates": "hold_last", "confidence": 0.9, "lookback": 20, "ewmaLambda": 0.97, "ewmaSeedReturns": 5, "mporDays": 100, "scaling": "full", "sigmaFloor": 0.01, "buffer25": true, "shortOptionMinimum": 5, "pin": { "hours": 48, "band": 5 }, "tiers": [ { "upTo": 10000, "rate": 0.01 }, { "rate": 0.02 } ] } },
          "calls": { "USD": { "minimumTransfer": 10, "callUnit": 5, "minutesToMeet": 5 } },
          "collateral": {
            "currencies": { "JPY": { "haircut": 0.1 }, "BTC": { "haircut": 0.3 } },
            "assets": {
              "BOND": { "haircut": 0.05, "maxShare": 0.5 },
              "YENBOND": { "haircut": 0.07, "maxAmounts": { "USD": 20000 } },
              "COIN": { "haircut": 0.4, "maxShare": 0.3, "maxAmounts": { "USD": 30000 } }
            },
            "issuers": { "STATE": { "maxShare": 0.6 } }
          }
        }
        """;

    private const string ScannedGroup = """
        "S": { "confidence": 0.9, "lookback": 20, "ewmaLambda": 0.97, "ewmaSeedReturns": 5, "mporDays": 100, "scaling": "full", "sigmaFloor": 0.01, "missingDates": "hold_last", "buffer25": true, "shortOptionMinimum": 60, "span": { "priceScanRange": 6, "volScanRange": 0.1, "spreadChargePerLot": 25 } }
        """;

    /// <summary>The same with a scanned product group.</summary>
    private static string ScanningModelText { get; } = RiskModelText.Replace("\"groups\": { ", $"\"groups\": {{ {ScannedGroup}, ", StringComparison.Ordinal);

    private static ReadOnlySpan<int> Stages => [1, 2, 3];

    /// <summary>The index, number 10, and what refers to it or to the first future, by number.</summary>
    private static string[] Names { get; } = ["X0", "X0.CALL", "F0.PUT", "F0.CALL", "X0.PERP", "X0.INVERSE", "NEAR"];

    public IShardProgram CreateProgram() => new EngineProgram(_book, new MarkBoard(), TradeIdLimits.Default, new HouseCounters(), sealer: new Defaults.BidSealer(AuctionKey)) { ShardsAtOnce = 2 };

    public void Attach(SimulatedCluster cluster)
    {
        _cluster = cluster;
        _ledger = new HouseLedger(cluster.Options.Shards, cluster.Trace);
        SetUp();
    }

    public void Durable(in JournalRow row) => _ledger.Durable(row);

    public void CheckStep()
    {
        // All that must hold of durable facts is held against each row when it becomes durable, and of answers when they come; the monitor's figures stand in memory alone.
        if (++_checkedSteps % MonitorCheckEvery == 0 && _cluster.Inspect((int)(_checkedSteps / MonitorCheckEvery % _cluster.Options.Shards)) is { } found)
        {
            CheckMonitor((EngineScope)found.Scope);
        }
    }

    private void CheckMonitor(EngineScope engine)
    {
        if (engine.Monitor.Verify() is { } wrong)
        {
            throw new InvariantBrokenException("the monitor agrees with full revaluation", wrong);
        }
    }

    /// <summary>At rest the monitor comes to what a margin run would find.</summary>
    private void CheckIndicative(EngineScope engine, AccountActor account)
    {
        CheckOtherCollateral(engine, account);
        if (account.State.IsCcp || account.State.PositionCount == 0 || engine.Monitor.Newest(account) is not { Stale: "", ConfiguredMinor: 0 } risk || risk.Lags().Any(l => l.Lag > 0) || !risk.IsOf(engine.Directory.BusinessTime))
        {
            return;
        }

        long exact;
        risk.MeasureOther();
        try
        {
            exact = engine.Calculator(engine.NewestMarks(), engine.Directory.BusinessTime)
                .RequirementOf(account.State.MarginCurrency, account.State.Member, [.. MarginCalculator.HoldingsOf(account.State, engine.Directory)], engine.Liquidity).TotalMinor;
        }
        catch (ArgumentException)
        {
            // The reference of the liquidity add-on has no mark: a run would say so, and there is nothing to compare.
            _cluster.Trace.Count("indicative requirements without an official figure");
            return;
        }

        var indicative = AccountRisk.RoundUp(risk.Figures.Requirement, account.State.MarginCurrency) + risk.OtherMinor;
        if (Math.Abs(exact - indicative) > 1 + risk.OtherParts.Count)
        {
            throw new InvariantBrokenException("the monitor agrees with full revaluation", $"account {account.State.Id} needs {exact} minor units, the monitor says {indicative}");
        }

        _cluster.Trace.Count("indicative requirements checked");
        if (MarginCalculator.HoldingsOf(account.State, engine.Directory).Any(h => h.Instrument.Definition.ProductGroup == "S"))
        {
            _cluster.Trace.Count("indicative requirements with a scanned group checked");
        }
    }

    /// <summary>What the check before novation has kept of other collateral is what coverage finds anew.</summary>
    private void CheckOtherCollateral(EngineScope engine, AccountActor account)
    {
        if (account.State.IsCcp || account.Risk is not { } risk || !ReferenceEquals(risk.Account, account.State))
        {
            return;
        }

        foreach (var requirement in new[] { 0L, 10_000_00 })
        {
            (long, long)? exact = null;
            try
            {
                exact = engine.Coverage().OtherOf(account.State, engine.Directory, requirement);
            }
            catch (ArgumentException)
            {
                _cluster.Trace.Count("debts that cannot be converted");
            }

            (long, long)? kept = risk.Collateral.TryAt(requirement, out var value, out var unpaid) ? (value, unpaid) : null;
            if (kept != exact)
            {
                throw new InvariantBrokenException("the check before novation counts what coverage counts", $"account {account.State.Id} at {requirement}: {kept} is kept, coverage finds {exact}");
            }

            _cluster.Trace.Count(value != 0 ? "other collateral checked" : "accounts without other collateral checked");
        }
    }

    public void Finish() => _finishing = true;

    public void Act()
    {
        if (_finishing)
        {
            ActToFinish();
            return;
        }

        if (ManageDefaults() || TakeActions())
        {
            return;
        }

        if (_random.Chance(0.002))
        {
            CrashClients();
        }

        if (_open.Count > 0 && _random.Chance(0.5))
        {
            Send(_random.Pick(_open));
            return;
        }

        // While the house is being set up, few come, so that it is set up soon; they are refused for all that is not there yet.
        if (_open.Count >= MaxOpen || (_open.Exists(static r => r.Stage > 0) && !_random.Chance(0.05)))
        {
            return;
        }

        switch (_random.Next(100))
        {
            case < 44:
                for (var i = 0; i < _pace; i++)
                {
                    Submit(NewTrade());
                }

                break;
            case < 53: Repeat(); break;
            case < 58: Contradict(); break;
            case < 66: Cancel(); break;
            case < 75: PublishMark(); break;
            case < 78: GiveNotice(); break;
            case < 80: DecideHeld(); break;
            case < 82: MoveCash(); break;
            case < 83: DeclareUnpaid(); break;
            case < 85: Fund(); break;
            case < 87: FixFinalPrice(); break;
            case < 89: AdvanceTime(_random.Between(1, 90) * 1_000_000_000); break;
            case < 93: Settle(); break;
            case < 95: Halt(); break;
            case < 96: Suspend(); break;
            case < 97: Redefine(); break;
            case < 98 when _random.Chance(0.5): RunMargin(); break;
            case < 98: Stress(); break;
            case < 99: OpenOrClose(); break;
            default: Read(); break;
        }
    }

    public void Reply(long token, object answer)
    {
        var request = _byToken[token];
        if (answer is CommandFailure failure)
        {
            if (failure.Kind == CommandFailureKind.Internal && _cluster.IsOwnerAtWork(request.Command(default).To.Shard))
            {
                throw new InvariantBrokenException("no actor throws", $"{request.Name} was answered: {failure.Message}");
            }

            _cluster.Trace.Count(failure.Kind == CommandFailureKind.Unavailable ? "answers: unavailable" : "answers: no room");
            request.SentAtMs = -1;
            return;
        }

        // The answer is held against the books even when it then gets lost on its way.
        var ends = request.Take(answer);
        if (_cluster.Chance(_replyLoss))
        {
            _cluster.Trace.Count("answer lost");
            return;
        }

        _cluster.Trace.Count($"answers: {request.Name}");
        if (ends && !request.Done)
        {
            request.Done = true;
            _open.Remove(request);
        }
        else if (!ends)
        {
            request.SentAtMs = -1;
        }
    }

    public void CheckQuiet()
    {
        _ledger.CheckQuiet();
        foreach (var trade in _trades)
        {
            CheckAtRest(trade);
        }

        var books = new HouseBooks();
        for (var shard = 0; shard < _cluster.Options.Shards; shard++)
        {
            var (actors, scope) = _cluster.Inspect(shard) ?? throw new InvariantBrokenException("liveness", $"shard {shard} is not at rest");
            var engine = (EngineScope)scope;
            if (engine.OpenWork != 0 || engine.HasOpenReservations(long.MaxValue))
            {
                throw new InvariantBrokenException("nothing left open", $"shard {shard} counts {engine.OpenWork} open trades, open reservations {engine.HasOpenReservations(long.MaxValue)}");
            }

            CheckMonitor(engine);
            books.Add(HouseBooks.Of(engine));
            foreach (var account in actors.OfType<AccountActor>())
            {
                CheckAccount(account.State);
                CheckIndicative(engine, account);
            }

            foreach (var source in actors.OfType<TradeSourceActor>())
            {
                if (source.Pending != 0)
                {
                    throw new InvariantBrokenException("nothing left open", $"{source.Address} has {source.Pending} trades pending");
                }
            }
        }

        if (!books.MatchedBook || !books.CashConserved || !books.AssetsConserved || books.Accounts != _ledger.Accounts.Count)
        {
            throw new InvariantBrokenException("matched book", $"the engine's books: matched {books.MatchedBook}, cash conserved {books.CashConserved}, {books.Accounts} accounts where the ledger has {_ledger.Accounts.Count}");
        }
    }

    private static InvariantBrokenException Broken(string name, string what) => new(name, what);

    private static bool Binds(in TradeOutcome outcome) =>
        outcome.Kind == TradeOutcomeKind.Novated
        || (outcome.Kind == TradeOutcomeKind.Rejected && outcome.Reason is not (RejectReason.Malformed or RejectReason.Conflict or RejectReason.StaleTradeDate or RejectReason.UnknownSource or RejectReason.NotCancellable));

    private ActorAddress Registry => _book.Of(ActorKinds.Registry, ActorKinds.House);

    private ActorAddress Settlement => _book.Of(ActorKinds.Settlement, ActorKinds.House);

    private ActorAddress AddressOf(AccountId account) => _book.Of(ActorKinds.Account, account.Value);

    private void SetUp()
    {
        for (var i = 0; i < _random.Between(2, 3); i++)
        {
            _members.Add(MemberId.Parse($"M{i}"));
        }

        for (var i = 0; i < _random.Between(1, 2); i++)
        {
            _sources.Add((SourceId.Parse($"S{i}"), (int)_random.Between(1, 3)));
        }

        for (var i = 0; i < _random.Between(2, 4); i++)
        {
            List(NewInstrument(i, 40), 100_00);
        }

        List(NewInstrument(Index, 40), 100_00);
        for (var number = Index + 1; number < Index + Names.Length; number++)
        {
            // Not all of them, so that houses are set up soon.
            if (_random.Chance(0.5))
            {
                var instrument = NewInstrument(number, 40);
                List(instrument, instrument.Kind == InstrumentKind.Option ? 5_00 : 100_00);
            }
        }

        for (var i = 0; i < _random.Between(3, 8); i++)
        {
            _accounts.Add((AccountId.Parse($"A{i}"), MemberOf(i, _random.Pick(_members)), SegregationOf(i)));
        }

        while (_defaulting && _accounts.Count <= _members.Count)
        {
            _accounts.Add((AccountId.Parse($"A{_accounts.Count}"), MemberOf(_accounts.Count, default), SegregationOf(_accounts.Count)));
        }

        var opening = _businessTime;
        Registers("advance", 1, to => new AdvanceBusinessTime(Registry, "operator:ann", opening) { ReplyTo = to }, "");
        foreach (var member in _members)
        {
            Registers("define", 1, to => new DefineMember(Registry, "operator:ann", member) { ReplyTo = to }, $"member {member}");
        }

        foreach (var (source, lanes) in _sources)
        {
            Registers("define", 1, to => new DefineTradeSource(Registry, "operator:ann", source, lanes) { ReplyTo = to }, $"source {source}");
        }

        var terms = new PaymentTerms(
            (int)_random.Between(0, 20), [new Domain.Settlement.LiquiditySource("CASH", new Money(_random.Between(1, 5_000_00), Usd)), new Domain.Settlement.LiquiditySource("BANK", new Money(_random.Between(1, 50_000_00), Usd))]);
        Registers("payment terms", 1, to => new SetPaymentTerms(Registry, "operator:ann", terms) { ReplyTo = to }, "");
        Registers("risk model", 1, to => new SetRiskModel(Registry, "operator:ann", new RiskModelSet(Scans ? ScanningModelText : RiskModelText)) { ReplyTo = to }, "");
        foreach (var factor in Factors)
        {
            var prices = History(40);
            Registers("factor prices", 1, to => new SetFactorPrices(Registry, "operator:ann", new FactorPricesSet(factor, prices, Replaces: true)) { ReplyTo = to }, "");
        }

        foreach (var asset in Assets)
        {
            Registers("define", 2, to => new DefineCollateralAsset(Registry, "operator:ann", asset) { ReplyTo = to }, $"asset {asset.Id}");
        }

        PriceCollateral(3);

        SetUpFund();
        if (_defaulting)
        {
            SetDefaultTerms(1);
        }

        foreach (var instrument in _instruments)
        {
            // What refers to another instrument is defined when that one is.
            var stage = instrument.Option is null && instrument.Perpetual is null ? 1 : 2;
            Registers("define", stage, to => new DefineInstrument(Registry, "operator:ann", instrument) { ReplyTo = to }, $"instrument {instrument.Id}");
        }

        foreach (var (account, member, segregation) in _accounts)
        {
            // Some can carry anything, some hardly a trade.
            var limit = _random.Chance(0.7) ? 200_000_00 : _random.Between(0, 10_000_00);
            Ask("define account", 2, to => new DefineAccount(AddressOf(account), "operator:ann", account, member, segregation, Usd, limit) { ReplyTo = to }, answer =>
            {
                if (answer is Done && !_ledger.Accounts.ContainsKey(account))
                {
                    throw Broken("nothing acknowledged is lost", $"account {account} is defined in no durable row");
                }

                // Refused while its member is not known in its shard, which needs the definition to have been answered there only.
                return answer is Done;
            });
            Deposit(account, _random.Between(1, limit + 1_000_00), stage: 3);
        }
    }

    private void List(Instrument instrument, long price)
    {
        _instruments.Add(instrument);
        _price[instrument.Id] = price;
        if (instrument.IsContract)
        {
            _contracts.Add(instrument);
        }
    }

    /// <summary>Numbers below the index's are futures.</summary>
    private Instrument NewInstrument(int number, long maxTradeQuantity) => number < Index ? NewFuture(number, maxTradeQuantity) : NewReference(number, maxTradeQuantity);

    private Instrument NewReference(int number, long maxTradeQuantity)
    {
        var plain = NewFuture(0, maxTradeQuantity).Definition with { Id = Names[number - Index], TradeBandBps = null };
        var expiry = UtcTime.StartOf(new DateOnly(2026, 3, 4)) + (UtcTime.NanosecondsPerDay / 3);
        var option = plain with { Kind = InstrumentKind.Option, PriceLow = 0m, PriceHigh = 1000m, Expiry = expiry };
        var soon = Opening + (UtcTime.NanosecondsPerDay / 48);
        var perpetual = plain with { Kind = InstrumentKind.Perpetual };
        return Made(number switch
        {
            Index => plain with { Kind = InstrumentKind.Index, Multiplier = 1m, HeadroomPerLot = 0m },
            11 => option with { Option = new OptionTerms(OptionType.Call, 100m, ExerciseStyle.European, PremiumStyle.Equity, Names[0], expiry, 0m) },
            12 => option with { Expiry = soon, ExpiryWindowNs = 3_600_000_000_000, ExpiryMarks = 1, Option = new OptionTerms(OptionType.Put, 102.5m, ExerciseStyle.American, PremiumStyle.Futures, "F0", soon, 0m) },
            13 => option with { Option = new OptionTerms(OptionType.Call, 97.5m, ExerciseStyle.American, PremiumStyle.Equity, "F0", expiry, 0m) },
            14 => perpetual with { Multiplier = 0.07m, Perpetual = new PerpetualTerms(false, 0m, Names[0], 1, 0.0001m, 0.0075m) },
            15 => perpetual with { Multiplier = 1m, Currency = Btc, HeadroomPerLot = 0m, ProductGroup = "G", Perpetual = new PerpetualTerms(true, 100m, Names[0], 3, 0.0001m, 0.0075m) },
            _ => plain with { Multiplier = 0.333m, Expiry = Opening + 60_000_000_000, ExpiryWindowNs = 150_000_000_000, ExpiryMarks = 1 },
        });
    }

    /// <summary>True if the first future and what is like it or refers to it in its currency are scanned. It takes no draw of its own.</summary>
    private bool Scans => _pace == 2;

    private Instrument NewFuture(int number, long maxTradeQuantity)
    {
        var definition = new InstrumentDefinition
        {
            Id = $"F{number}",
            Kind = InstrumentKind.Future,
            Underlying = $"U{number / 2}",
            Multiplier = number == 1 ? 0.333m : 10m,
            Currency = number == 2 ? Jpy : Usd,
            PriceScale = 2,
            Tick = 0.05m,
            PriceLow = 1m,
            PriceHigh = 1000m,
            TradeBandBps = number == 0 ? 1_000 : null,
            MarkJumpBps = 300,
            MarkStalenessNs = 3_600_000_000_000,
            Expiry = number == 3 ? UtcTime.StartOf(new DateOnly(2026, 3, 3)) : null,
            MaxTradeQuantity = maxTradeQuantity,
            HeadroomPerLot = number == 2 ? 0m : 500m,
            Calendar = new ClearingCalendar("Europe/Zurich", new TimeOnly(17, 0), [], false),
            ProductGroup = Scans && number == 0 ? "S" : "G",
        };
        return Made(definition);
    }

    private static Instrument Made(InstrumentDefinition definition)
    {
        var errors = definition.Validate(out var instrument);
        return instrument ?? throw new InvalidOperationException(string.Join("; ", errors));
    }

    private void Registers(string name, int stage, Func<ReplyTo, Command> command, string defined) => Ask(name, stage, command, answer =>
    {
        if (answer is Done && defined.Length > 0 && !_ledger.IsDefinedEverywhere(defined))
        {
            throw Broken("done when every shard has it", $"{defined} was answered done before every shard had durably taken it");
        }

        return answer is Done or Refused;
    });

    private ClientRequest Ask(string name, int stage, Func<ReplyTo, Command> command, Func<object, bool> take)
    {
        var request = new ClientRequest { Name = name, Stage = stage, Command = command, Take = take };
        _open.Add(request);
        return request;
    }

    private void Send(ClientRequest request)
    {
        foreach (var stage in Stages)
        {
            if (request.Stage > stage && _open.Exists(r => r.Stage == stage))
            {
                return;
            }
        }

        // Now and then impatiently, while the answer is still under way.
        if (request.SentAtMs >= 0 && _cluster.Clock.ElapsedMs - request.SentAtMs < TimeoutMs && !_cluster.Chance(0.03))
        {
            return;
        }

        if (request.SentAtMs >= 0)
        {
            _cluster.Trace.Count("requests sent again without an answer");
        }

        request.Attempts++;
        request.SentAtMs = _cluster.Clock.ElapsedMs;
        _byToken.Add(++_token, request);
        _cluster.Trace.Note("client", _token, request.Attempts);
        if (_cluster.Chance(_replyLoss))
        {
            _cluster.Trace.Count("request lost");
            return;
        }

        _cluster.Post(request.Command(new ReplyTo(this, _token)));
    }

    private void CrashClients()
    {
        _cluster.Trace.Note("clients crash");
        _cluster.Trace.Count("clients crashed");
        foreach (var request in _open)
        {
            request.SentAtMs = -1;
        }
    }

    private void ActToFinish()
    {
        if (ManageDefaults() || (_open.Count == 0 && FinishDefaults()))
        {
            return;
        }

        if (_open.Count == 0 && !_traded)
        {
            // One trade more, when all else is done: the house must still work.
            _traded = true;
            Submit(NewTrade());
            return;
        }

        if (_settling && _random.Chance(0.02) && _open.Count < MaxOpen)
        {
            AdvanceTime(61_000_000_000);
            return;
        }

        if (_open.Count > 0)
        {
            Send(_random.Pick(_open));
        }
    }

    private TradeReport NewTrade()
    {
        var (source, _) = _random.Pick(_sources);
        var instrument = _random.Pick(_contracts);
        var buyer = _random.Pick(_accounts);
        var seller = _random.Pick(_accounts);
        while (seller.Account == buyer.Account)
        {
            seller = _random.Pick(_accounts);
        }

        if (_shortLived.Count > 0 && _random.Chance(0.1))
        {
            if (_random.Chance(0.5))
            {
                buyer = _random.Pick(_shortLived);
            }
            else
            {
                seller = _random.Pick(_shortLived);
            }
        }

        var price = _price[instrument.Id] + (_random.Between(-20, 20) * instrument.TickUnits);
        var report = new TradeReport
        {
            Source = source,
            TradeId = TradeId.Parse(string.Create(CultureInfo.InvariantCulture, $"T{++_number}")),
            Kind = TradeKind.Trade,
            Instrument = instrument.Id,
            Buyer = new TradeSide(buyer.Account, ClientOf(buyer.Segregation), PositionEffect.Unspecified),
            Seller = new TradeSide(seller.Account, ClientOf(seller.Segregation), PositionEffect.Unspecified),
            Quantity = _random.Between(1, 30),
            Price = Math.Max(price, instrument.PriceLowUnits) / 100m,
            ExecutionTime = _businessTime - _random.Between(0, 3_600) * 1_000_000_000,
            Guaranteed = _random.Chance(0.1),
        };
        return _random.Chance(0.2) ? Spoil(report) : report;
    }

    private ClientId ClientOf(Segregation segregation) =>
        segregation == Segregation.ClientOmnibusGross || _random.Chance(0.1) ? ClientId.Parse($"C{_random.Next(3)}") : ClientId.None;

    /// <summary>The report with one thing wrong.</summary>
    private TradeReport Spoil(TradeReport r)
    {
        var (quantity, price, time, source, instrument, buyer, seller) = (r.Quantity, r.Price, r.ExecutionTime, r.Source, r.Instrument, r.Buyer, r.Seller);
        switch (_random.Next(12))
        {
            case 0: quantity = 0; break;
            case 1: quantity = 1_000; break;
            case 2: price += 0.01m; break;
            case 3: price = 999.95m; break;
            case 4: price = 1000.05m; break;
            case 5: time -= _random.Between(1, 6) * UtcTime.NanosecondsPerDay; break;
            case 6: time += 3 * UtcTime.NanosecondsPerDay; break;
            case 7: source = SourceId.Parse("NOBODY"); break;
            case 8: instrument = InstrumentId.Parse("NONE"); break;
            case 9: buyer = buyer with { Account = _random.Pick(_unknown) }; break;
            case 10: seller = seller with { Account = _random.Chance(0.5) ? _random.Pick(_unknown) : buyer.Account }; break;
            default: buyer = buyer with { Account = _accounts[1].Account, Client = ClientId.None }; break;
        }

        return new TradeReport
        {
            Source = source,
            TradeId = r.TradeId,
            Kind = r.Kind,
            Instrument = instrument,
            Buyer = buyer,
            Seller = seller,
            Quantity = quantity,
            Price = price,
            ExecutionTime = time,
            Guaranteed = r.Guaranteed,
        };
    }

    private ActorAddress LaneOf(TradeReport report)
    {
        var lanes = _sources.Find(s => s.Source == report.Source).Lanes;
        return TradeSourceActor.AddressOf(_book, report.Source, lanes > 1 ? TradeSourceDecisions.LaneOf(report.TradeId, lanes) : 0);
    }

    private void Submit(TradeReport report)
    {
        var trade = new ClientTrade(report);
        _trades.Add(trade);
        Send(Ask("trade", 0, to => new SubmitTrade(LaneOf(report), "member", report, trade.Fingerprint) { ReplyTo = to }, answer => TakeTrade(trade, ((TradeReply)answer).Outcome)));
    }

    private void Repeat()
    {
        if (_trades.Count > 0)
        {
            var trade = _random.Pick(_trades);
            Send(Ask("repeat", 0, to => new SubmitTrade(LaneOf(trade.Report), "member", trade.Report, trade.Fingerprint) { ReplyTo = to }, answer => TakeTrade(trade, ((TradeReply)answer).Outcome)));
        }
    }

    /// <summary>The same id with other content, once the first content is surely on the record.</summary>
    private void Contradict()
    {
        if (_trades.Count == 0 || _random.Pick(_trades) is not { First: not null } trade)
        {
            return;
        }

        var r = trade.Report;
        var (buyer, seller) = _random.Chance(0.5) ? (r.Seller, r.Buyer) : (r.Buyer, r.Seller);
        var other = new TradeReport
        {
            Source = r.Source,
            TradeId = r.TradeId,
            Kind = r.Kind,
            Instrument = r.Instrument,
            Buyer = buyer,
            Seller = seller,
            Quantity = r.Quantity + 1,
            Price = r.Price,
            ExecutionTime = r.ExecutionTime,
            Guaranteed = r.Guaranteed,
        };
        var fingerprint = TradeFingerprint.Of(other);
        Send(Ask("conflict", 0, to => new SubmitTrade(LaneOf(other), "member", other, fingerprint) { ReplyTo = to }, answer =>
        {
            var outcome = ((TradeReply)answer).Outcome;
            if (outcome is not { Kind: TradeOutcomeKind.Rejected, Reason: RejectReason.Conflict or RejectReason.StaleTradeDate } && (Binds(outcome) || _cluster.IsOwnerAtWork(LaneOf(other).Shard)))
            {
                throw Broken("ids unique", $"trade {r.Key} with other content was answered {outcome}");
            }

            _cluster.Trace.Count($"refused: {outcome.Reason}");
            return true;
        }));
    }

    private void Cancel()
    {
        if (_trades.Count == 0)
        {
            return;
        }

        var trade = _trades[Math.Max(0, _trades.Count - 1 - _random.Next(20))];
        trade.CancelSent = true;
        Send(Ask("cancel", 0, to => new CancelTrade(LaneOf(trade.Report), "member", trade.Report, trade.Fingerprint) { ReplyTo = to }, answer =>
        {
            var outcome = ((TradeReply)answer).Outcome;
            switch (outcome.Kind)
            {
                case TradeOutcomeKind.Cancelled:
                    if (_ledger.Find(trade.Report.Key) is not { ReversedByBuyer: true })
                    {
                        throw Broken("nothing acknowledged is lost", $"trade {trade.Report.Key} was answered cancelled, and no durable row says so");
                    }

                    trade.Cancelled = true;
                    break;
                case TradeOutcomeKind.Rejected:
                    _cluster.Trace.Count($"cancel refused: {outcome.Reason}");
                    break;
                default:
                    throw Broken("answers tell the truth", $"the cancel of trade {trade.Report.Key} was answered {outcome}");
            }

            return true;
        }));
    }

    private bool TakeTrade(ClientTrade trade, TradeOutcome outcome)
    {
        var key = trade.Report.Key;
        var books = _ledger.Find(key);
        trade.Answered = true;
        switch (outcome.Kind)
        {
            case TradeOutcomeKind.Novated:
                if (books is not { Novated: true } || books.Cycle != outcome.Cycle)
                {
                    throw Broken("nothing acknowledged is lost", $"trade {key} was answered {outcome}, the durable rows say {books}");
                }

                break;
            case TradeOutcomeKind.Cancelled:
                if (!trade.CancelSent || books is not { ReversedByBuyer: true })
                {
                    throw Broken("nothing acknowledged is lost", $"trade {key} was answered cancelled, the durable rows say {books}");
                }

                trade.Cancelled = true;
                break;
            case TradeOutcomeKind.Rejected:
                if (Binds(outcome) && books is not { Novated: false })
                {
                    throw Broken("nothing acknowledged is lost", $"trade {key} was answered {outcome}, the durable rows say {books}");
                }

                if (!Binds(outcome))
                {
                    _cluster.Trace.Count($"refused: {outcome.Reason}");
                }

                break;
            default:
                throw Broken("answers tell the truth", $"trade {key} was answered {outcome}");
        }

        if (Binds(outcome))
        {
            if (trade.First is { } first && first != outcome)
            {
                throw Broken("same answer again", $"trade {key} was first answered {first}, now {outcome}");
            }

            trade.First ??= outcome;
        }
        else if (trade.First is not null && outcome is { Kind: TradeOutcomeKind.Rejected, Reason: not RejectReason.StaleTradeDate } && _cluster.IsOwnerAtWork(LaneOf(trade.Report).Shard))
        {
            throw Broken("same answer again", $"trade {key} was first answered {trade.First}, now {outcome}");
        }

        return true;
    }

    private void CheckAtRest(ClientTrade trade)
    {
        var books = _ledger.Find(trade.Report.Key);
        if (!trade.Answered)
        {
            throw Broken("liveness", $"trade {trade.Report.Key} has no answer: {books}");
        }

        switch (trade.First?.Kind)
        {
            case TradeOutcomeKind.Novated when books is not { Novated: true, Confirmed: true }:
                throw Broken("nothing acknowledged is lost", $"trade {trade.Report.Key} was answered {trade.First}, at rest the books say {books}");
            case TradeOutcomeKind.Rejected when books is { Novated: true }:
                throw Broken("nothing acknowledged is lost", $"trade {trade.Report.Key} was answered {trade.First}, at rest the books say {books}");
            default:
                break;
        }

        if (trade.Cancelled && books is not { ReversedByBuyer: true, ReversedBySeller: true })
        {
            throw Broken("nothing acknowledged is lost", $"trade {trade.Report.Key} was answered cancelled, at rest the books say {books}");
        }
    }

    private void CheckAccount(AccountState state)
    {
        var books = _ledger.Accounts[state.Id];
        foreach (ref readonly var balance in state.Balances)
        {
            if (balance.Cash != books.Cash.GetValueOrDefault(balance.Currency))
            {
                throw Broken("the engine agrees with the books", $"account {state.Id}: {balance.Cash} {balance.Currency}, the books have {books.Cash.GetValueOrDefault(balance.Currency)}");
            }
        }

        if (!(state.Assets?.Held ?? []).Select(h => (h.Asset, h.Units)).SequenceEqual(_ledger.Assets.HeldBy(state.Id).Select(h => (h.Key, h.Value))) && !state.IsCcp)
        {
            throw Broken("the engine agrees with the books", $"account {state.Id} holds {string.Join(", ", state.Assets?.Held ?? [])}, the books have {string.Join(", ", _ledger.Assets.HeldBy(state.Id))}");
        }

        foreach (var (key, lots) in books.Lots)
        {
            var quantity = state.PositionOf(key)?.Quantity ?? 0;
            if (quantity != lots.Quantity)
            {
                throw Broken("the engine agrees with the books", $"account {state.Id}, {key}: {quantity} lots, the books have {lots.Quantity}");
            }
        }

        if (state.OpenReservationCount != 0 || state.UnbookedVariationMargin.Count != 0)
        {
            throw Broken("nothing left open", $"account {state.Id} has {state.OpenReservationCount} reservations open, {state.UnbookedVariationMargin.Count} amounts unbooked");
        }
    }

    private void PublishMark()
    {
        var instrument = _random.Pick(_instruments);
        var jump = _random.Chance(0.15) ? _random.Between(-150, 150) : _random.Between(-8, 8);
        var price = Math.Clamp(_price[instrument.Id] + (jump * instrument.TickUnits), instrument.PriceLowUnits, instrument.PriceHighUnits);
        if (_random.Chance(0.7))
        {
            _price[instrument.Id] = price;
        }

        var report = new MarkReport(instrument.Id, MarkSourceId.Parse(_random.Chance(0.5) ? "X" : "Y"), price / 100m, _businessTime - 100_000_000_000 + ++_number);
        Send(Ask("mark", 0, to => new PublishMark(MarketOf(instrument), "source", report) { ReplyTo = to }, answer =>
        {
            var reply = (MarkReply)answer;
            if (reply.Kind == MarkDecisionKind.Accepted && !_ledger.HasMark(report.Instrument, report.Time))
            {
                throw Broken("nothing acknowledged is lost", $"the mark of {report.Instrument} at {report.Time} was answered accepted, and no durable row says so");
            }

            return true;
        }));
    }

    private ActorAddress MarketOf(Instrument instrument) => _book.Of(ActorKinds.Market, instrument.Underlying.Value);

    private void DecideHeld()
    {
        var instrument = _random.Pick(_instruments);
        var confirm = _random.Chance(0.7);
        Send(Ask("held mark", 0, to => new DecideHeldMark(MarketOf(instrument), "operator:ann", instrument.Id, confirm) { ReplyTo = to }, answer => answer is HeldMarkDecided or Refused));
    }

    private void MoveCash()
    {
        var (account, _, _) = _random.Pick(_accounts);
        if (_random.Chance(0.4))
        {
            MoveAsset(account, _random.Pick(Assets));
            return;
        }

        if (_accounts.Find(a => _ledger.CalledOf(a.Account) > 0) is { Account.IsNone: false } called && _random.Chance(0.5))
        {
            // A call is answered: by all of it, or a part.
            Deposit(called.Account, Math.Max(1, _ledger.CalledOf(called.Account) / _random.Between(1, 2)), 0);
            return;
        }

        var sign = _random.Chance(0.6) ? 1 : -1;
        Deposit(account, sign * _random.Between(1, 100_000_00), 0, _random.Chance(0.3) ? Jpy : Usd);
    }

    private void MoveAsset(AccountId account, CollateralAsset asset)
    {
        var request = RequestId.Parse(string.Create(CultureInfo.InvariantCulture, $"R{++_number}"));
        var units = _random.Between(1, asset.UnitDigits == 0 ? 90 : 300_00000000) * (_random.Chance(0.8) ? 1 : -1);
        if (_ledger.Assets.HeldBy(account).Count > 0 && _random.Chance(0.5))
        {
            // Some of what is there goes out, now and then more.
            var (held, of) = _ledger.Assets.HeldBy(account).First();
            (asset, units) = (Assets.First(a => a.Id == held), -_random.Between(1, of + (of / 4)));
        }

        var id = _random.Chance(0.05) ? AssetId.Parse("NOTHING") : asset.Id;
        Ask("asset", 0, to => new MoveAsset(AddressOf(account), "operator:ann", request, id, units) { ReplyTo = to }, answer =>
        {
            if (answer is AssetMoved && (id != asset.Id || !_ledger.Assets.HasBooked(account, request)))
            {
                throw Broken("nothing acknowledged is lost", $"request {request} of {units} {id} on account {account} was answered booked, and no durable row says so");
            }

            return answer is AssetMoved or Refused;
        });
    }

    /// <summary>Prices of what no mark prices, and exchange rates.</summary>
    private void PriceCollateral(int stage)
    {
        List<AssetPrice> prices = [.. Assets.Where(a => a.PricedBy.IsNone).Select(a => new AssetPrice(a.Id, _random.Between(90_000, 101_000) / 1000m))];
        List<ExchangeRate> rates = [new("JPY", "USD", _random.Between(60_000, 70_000) / 10_000_000m), new("USD", "BTC", _random.Between(1, 5) / 100_000m)];
        if (_defaulting)
        {
            // What came of a default in one currency may have to be paid in any other.
            rates.Add(new("JPY", "BTC", 0.000_000_2m));
        }

        Registers("collateral prices", stage, to => new SetCollateralPrices(Registry, "operator:ann", new CollateralPricesSet(prices, rates)) { ReplyTo = to }, "");
    }

    private void Deposit(AccountId account, long amount, int stage, Currency? currency = null)
    {
        var request = RequestId.Parse(string.Create(CultureInfo.InvariantCulture, $"R{++_number}"));
        Ask("cash", stage, to => new BookCollateral(AddressOf(account), "operator:ann", request, new Money(amount, currency ?? Usd)) { ReplyTo = to }, answer =>
        {
            if (answer is CollateralBooked && !_ledger.Accounts[account].Requests.Contains(request))
            {
                throw Broken("nothing acknowledged is lost", $"request {request} of account {account} was answered booked, and no durable row says so");
            }

            return answer is CollateralBooked or Refused;
        });
    }

    /// <summary>An operator tells that an account will not pay; refused where it owes nothing.</summary>
    private void DeclareUnpaid()
    {
        var (account, _, _) = _random.Pick(_accounts);
        var cycle = (_ledger.Accounts.GetValueOrDefault(account)?.LastSettled ?? 0) - _random.Next(2);
        Ask("unpaid", 0, to => new DeclareUnpaid(AddressOf(account), "operator:ann", cycle, "drawn by lot") { ReplyTo = to }, answer =>
        {
            if (answer is Done && !_ledger.WasEnded(account, cycle))
            {
                throw Broken("nothing acknowledged is lost", $"the payment of {account} for cycle {cycle} was answered ended, and no durable row says so");
            }

            return answer is Done or Refused;
        });
    }

    private void OpenOrClose()
    {
        if (_shortLived.Count == 0 || _random.Chance(0.3))
        {
            var member = _random.Pick(_members);
            var opened = AccountId.Parse(string.Create(CultureInfo.InvariantCulture, $"X{++_number}"));
            _shortLived.Add((opened, member, Segregation.House));
            Ask("define account", 0, to => new DefineAccount(AddressOf(opened), "operator:ann", opened, member, Segregation.House, Usd, 0) { ReplyTo = to }, answer => answer is Done or Refused);
            return;
        }

        // Of all accounts now and then: those with cash or positions must be refused. Not before they have them: the house cannot be made with an account that is closed.
        var (account, _, _) = !_open.Exists(static r => r.Stage > 0) && _random.Chance(0.2) ? _random.Pick(_accounts) : _random.Pick(_shortLived);
        Ask("close account", 0, to => new CloseAccount(AddressOf(account), "operator:ann") { ReplyTo = to }, answer =>
        {
            if (answer is Done && _ledger.Accounts.GetValueOrDefault(account) is not { Closed: true })
            {
                throw Broken("nothing acknowledged is lost", $"account {account} was answered closed, and no durable row says so");
            }

            _cluster.Trace.Count(answer is Done ? "closings answered" : "closings refused");
            return answer is Done or Refused;
        });
    }

    private void AdvanceTime(long by)
    {
        _businessTime += by;
        var instant = _businessTime;
        Registers("advance", 0, to => new AdvanceBusinessTime(Registry, "clock", instant) { ReplyTo = to }, "");
    }

    /// <summary>Settles the open cycle; some cycles end the day, some are in the middle of it.</summary>
    private void Settle()
    {
        if (_settling || _open.Exists(r => r.Stage > 0))
        {
            return;
        }

        _settling = true;
        if (_random.Chance(0.6))
        {
            do
            {
                _date = _date.AddDays(1);
            }
            while (_date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday);
            AdvanceTime(Math.Max(1, UtcTime.StartOf(_date) + (UtcTime.NanosecondsPerDay / 3) - _businessTime));
        }

        var next = _date;
        var named = _random.Chance(0.7);
        PricePoint[] prices = named ? [.. _contracts.Where(i => !_expiring.Contains(i.Id) && !_ledger.HasFinalPrice(i.Id)).Select(i => new PricePoint(i.Id, _price[i.Id] / i.TickUnits * i.TickUnits))] : [];
        Ask("settlement", 0, to => new RunSettlementCycle(Settlement, "operator:ann", next, prices) { ReplyTo = to }, answer =>
        {
            if (answer is CycleResult result && !_ledger.IsClosed(result.Cycle))
            {
                throw Broken("nothing acknowledged is lost", $"cycle {result.Cycle} was answered closed, and no durable row says so");
            }

            if (answer is CycleResult && _settling && _random.Chance(0.6))
            {
                StressTheClosed();
            }

            _settling = false;
            _cluster.Trace.Count(answer is CycleResult ? "settlements answered" : "settlements refused");
            return answer is CycleResult or Refused;
        });
    }

    /// <summary>Funds a perpetual for its last full interval; refused while there are no marks of it.</summary>
    private void Fund()
    {
        if (_contracts.Find(static c => c.Perpetual is not null) is not { } first)
        {
            return;
        }

        var perpetual = _contracts.FindLast(static c => c.Perpetual is not null) is { } last && _random.Chance(0.5) ? last : first;
        var until = _businessTime / perpetual.Perpetual!.IntervalNs * perpetual.Perpetual.IntervalNs;
        Ask("funding", 0, to => new FundPerpetual(MarketOf(perpetual), "operator:ann", perpetual.Id, until) { ReplyTo = to }, answer =>
        {
            if (answer is FundingResult result && !_ledger.IsFunded(result.Funding))
            {
                throw Broken("nothing acknowledged is lost", $"funding {result.Funding} was answered, and no durable row of the settlement has it");
            }

            _cluster.Trace.Count(answer is FundingResult ? "fundings answered" : "fundings refused");
            return answer is FundingResult or Refused;
        });
    }

    /// <summary>A holder's notice, good or bad, or one taken back.</summary>
    private void GiveNotice()
    {
        if (_contracts.FindAll(static c => c.Option is not null) is not { Count: > 0 } options)
        {
            return;
        }

        var (account, _, segregation) = _random.Pick(_accounts);
        var instrument = _random.Chance(0.05) ? _random.Pick(_instruments).Id : _random.Pick(options).Id;
        var client = segregation == Segregation.ClientOmnibusGross && _random.Chance(0.9) ? ClientId.Parse($"C{_random.Next(3)}") : ClientId.None;
        var kind = _random.Chance(0.6) ? ExerciseNoticeKind.Exercise : ExerciseNoticeKind.Contrary;
        var lots = _random.Chance(0.25) ? 0 : _random.Chance(0.1) ? 1_000 : _random.Between(1, 12);
        if (lots == 0 && _given is { } last)
        {
            // Drawn by lot, one that stands would hardly ever be met.
            (account, segregation, instrument, client, kind) = last;
        }

        Ask("notice", 0, to => new GiveExerciseNotice(AddressOf(account), "member", instrument, client, kind, lots) { ReplyTo = to }, answer =>
        {
            var reply = (ExerciseNoticeReply)answer;
            var notice = new ExerciseNotice(new PositionKey(instrument, segregation == Segregation.ClientOmnibusGross ? client : ClientId.None), kind, lots, reply.Cycle);
            if (reply.Reason == ExerciseRejectReason.None && !_ledger.WasGiven(account, notice))
            {
                throw Broken("nothing acknowledged is lost", $"notice {notice} of {account} was answered, and no durable row has it");
            }

            if (reply.Reason == ExerciseRejectReason.None)
            {
                _given = lots > 0 ? (account, segregation, instrument, client, kind) : null;
            }

            _cluster.Trace.Count(reply.Reason == ExerciseRejectReason.None ? "notices answered" : $"notices refused: {reply.Reason}");
            return true;
        });
    }

    /// <summary>Ends a future or an option that has expired, by marks or by an operator's price; refused while the other is due.</summary>
    private void FixFinalPrice()
    {
        if (_contracts.FindAll(c => c.Perpetual is null && c.IsExpiredAt(_businessTime) && !_expiring.Contains(c.Id)) is not { Count: > 0 } all)
        {
            return;
        }

        var expired = _random.Pick(all);
        var priced = expired.Option is { } option ? _instruments.Find(i => i.Id.Value == option.Reference)! : expired;
        long? price = _random.Chance(0.5) ? _price[priced.Id] / priced.TickUnits * priced.TickUnits : null;
        _expiring.Add(expired.Id);
        Ask("final price", 0, to => new FixFinalPrice(MarketOf(expired), "operator:ann", expired.Id, price, "too few marks") { ReplyTo = to }, answer =>
        {
            if (answer is Done && !_ledger.IsDefinedEverywhere($"final price {expired.Id}"))
            {
                throw Broken("done when every shard has it", $"the final price of {expired.Id} was answered before every shard had durably taken it");
            }

            if (answer is Refused)
            {
                _expiring.Remove(expired.Id);
            }

            return answer is Done or Refused;
        });
    }

    private void Halt()
    {
        var instrument = _random.Chance(0.1) ? default(InstrumentId) : _random.Pick(_instruments).Id;
        var halted = _random.Chance(0.3);
        Registers("halt", 0, to => new SetHalt(Registry, "operator:ann", instrument, halted) { ReplyTo = to }, "");
    }

    private void Suspend()
    {
        var member = _random.Pick(_members);
        var suspended = _random.Chance(0.3);
        Registers("suspend", 0, to => new SetSuspension(Registry, "operator:ann", member, suspended) { ReplyTo = to }, "");
    }

    private void RunMargin()
    {
        if (_accounts.Count > 0 && _random.Chance(0.2))
        {
            var (account, _, _) = _random.Pick(_accounts);
            var call = _random.Between(1, 3);
            Ask("withdraw call", 0, to => new WithdrawMarginCall(AddressOf(account), "operator:ann", call, "drawn by lot") { ReplyTo = to }, answer => answer is Done or Refused);
            return;
        }

        if (_random.Chance(0.2))
        {
            var factor = _random.Pick(Factors);
            var prices = History(_random.Between(20, 40));
            Registers("factor prices", 0, to => new SetFactorPrices(Registry, "operator:ann", new FactorPricesSet(factor, prices, Replaces: true)) { ReplyTo = to }, "");
            return;
        }

        if (_random.Chance(0.2))
        {
            PriceCollateral(0);
            return;
        }

        RunMargin(static () => { });
    }

    private void RunMargin(Action then)
    {
        var told = false;
        Ask("margin run", 0, to => new RunMargin(_book.Of(ActorKinds.Margin, ActorKinds.House), "operator:ann") { ReplyTo = to }, answer =>
        {
            if (answer is MarginRunResult result && result.Inputs.Run > _ledger.MarginRun)
            {
                throw Broken("nothing acknowledged is lost", $"margin run {result.Inputs.Run} was answered, and no durable row says so");
            }

            if (!told)
            {
                told = true;
                then();
            }

            return answer is MarginRunResult or Refused;
        });
    }

    /// <summary>Daily prices that end on the same day for every factor, now and then too few of them.</summary>
    private List<FactorPrice> History(long count)
    {
        List<FactorPrice> prices = [];
        var last = new DateOnly(2026, 2, 27);
        for (var i = count - 1; i >= 0; i--)
        {
            prices.Add(new FactorPrice(last.AddDays((int)-i), 100.0 + _random.Between(-500, 500) / 100.0));
        }

        return prices;
    }

    private void Redefine()
    {
        var known = _random.Pick(_instruments).Id.Value;
        var number = Array.IndexOf(Names, known) is var reference and >= 0 ? Index + reference : known[1] - '0';
        var instrument = NewInstrument(number, _random.Between(25, 50));
        Registers("redefine", 0, to => new DefineInstrument(Registry, "operator:ann", instrument) { ReplyTo = to }, $"instrument {instrument.Id}");
    }

    private void Read()
    {
        var (account, _, _) = _random.Pick(_accounts);
        if (_random.Chance(0.5))
        {
            Ask("read", 0, to => new GetSettlement(Settlement, "operator:ann") { ReplyTo = to }, answer => answer is SettlementView);
            return;
        }

        Ask("read", 0, to => new GetAccount(AddressOf(account), "operator:ann") { ReplyTo = to }, answer =>
        {
            // A read may be older than the books, never newer: nothing that it shows is not durable.
            var view = ((AccountView)answer).Account;
            if (view.LastSettledCycle > 0 && _ledger.Accounts[account].LastSettled < view.LastSettledCycle)
            {
                throw Broken("reads tell of durable facts", $"account {account} was shown settled to {view.LastSettledCycle}, durable is {_ledger.Accounts[account].LastSettled}");
            }

            if (view.Requests.Any(r => !_ledger.Accounts[account].Requests.Contains(r.Request)))
            {
                throw Broken("reads tell of durable facts", $"account {account} was shown with a request that no durable row books");
            }

            return true;
        });
    }
}
