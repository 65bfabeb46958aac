using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Actors.Simulation;
using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Simulation;

/// <summary>
/// The house as an accountant sees it who reads nothing but durable rows: books of his own, kept by rules written a second time. What the engine does must agree
/// with them after every row.
/// </summary>
internal sealed class HouseLedger
{
    private readonly int _shards;
    private readonly HouseDirectory _directory = new();
    private readonly Dictionary<TradeKey, LedgerTrade> _trades = [];
    private readonly Dictionary<AccountId, LedgerAccount> _accounts = [];
    private readonly Dictionary<InstrumentId, long> _positionSum = [];
    private readonly Dictionary<InstrumentId, long> _pendingSum = [];
    private readonly SortedDictionary<Currency, long> _cash = [];
    private readonly SortedDictionary<Currency, long> _cashUnderWay = [];
    private readonly SortedDictionary<Currency, long> _unbookedInstructed = [];
    private readonly Dictionary<long, LedgerCycle> _cycles = [];
    private readonly LedgerShard[] _perShard;
    private readonly HashSet<(InstrumentId, long)> _marks = [];
    private readonly Dictionary<InstrumentId, SortedDictionary<long, long>> _prices = [];
    private readonly HashSet<FundingRateFixed> _fixedFundings = [];
    private readonly HashSet<FundingRateFixed> _queuedFundings = [];
    private readonly List<FundingRateFixed> _unpaidFundings = [];
    private readonly Dictionary<InstrumentId, long> _finalPrices = [];
    private readonly HashSet<InstrumentId> _closed = [];
    private readonly Dictionary<string, HashSet<int>> _definedIn = new(StringComparer.Ordinal);
    private readonly SimulationTrace _trace;
    private readonly MarginLedger _margin;
    private readonly BufferLedger _buffer;
    private readonly HistoryLedger _histories;
    private readonly ExerciseLedger _exercise;
    private readonly AssetLedger _assets;
    private readonly CoverageLedger _coverage;
    private readonly PaymentLedger _payments;

    internal FundLedger Fund { get; }

    internal DefaultLedger Defaults { get; }

    internal ActionLedger Actions { get; }

    internal HouseLedger(int shards, SimulationTrace trace)
    {
        _shards = shards;
        _trace = trace;
        _margin = new MarginLedger(shards, HouseWorkload.MinimumTransfer, HouseWorkload.CallUnit);
        _buffer = new BufferLedger(shards, HouseWorkload.Usd.Digits);
        _histories = new HistoryLedger(shards);
        _exercise = new ExerciseLedger(_directory, _accounts, _finalPrices, _prices, trace);
        _assets = new AssetLedger(trace);
        _coverage = new CoverageLedger(trace);
        _payments = new PaymentLedger(shards, trace);
        Fund = new FundLedger(shards);
        Defaults = new DefaultLedger(shards, trace, _accounts, _assets);
        Actions = new ActionLedger(trace);
        _perShard = [.. Enumerable.Range(0, shards).Select(_ => new LedgerShard())];
    }

    internal IReadOnlyDictionary<AccountId, LedgerAccount> Accounts => _accounts;

    /// <summary>The last margin run that was started.</summary>
    internal long MarginRun => _margin.Run;

    /// <summary>What the open calls of an account still ask for, minor units.</summary>
    internal long CalledOf(AccountId account) => _margin.OpenOf(account);

    /// <summary>Securities and coins.</summary>
    internal AssetLedger Assets => _assets;

    internal long OpenCycles { get; private set; }

    /// <summary>Why the last cycle stood still; empty when it closed.</summary>
    internal string Blocked { get; private set; } = "";

    internal LedgerTrade? Find(TradeKey key) => _trades.GetValueOrDefault(key);

    internal bool HasMark(InstrumentId instrument, long time) => _marks.Contains((instrument, time));

    /// <summary>True if the notice has durably been given, or taken back.</summary>
    internal bool WasGiven(AccountId account, ExerciseNotice notice) => _exercise.WasGiven(account, notice);

    /// <summary>True if nothing of the cycle is due from the account any more.</summary>
    internal bool WasEnded(AccountId account, long cycle) => _payments.WasEnded(account, cycle);

    /// <summary>True if the instrument's final price is durably fixed, by an operator or the clock.</summary>
    internal bool HasFinalPrice(InstrumentId instrument) => _finalPrices.ContainsKey(instrument);

    /// <summary>True if the settlement has durably taken the funding.</summary>
    internal bool IsFunded(in FundingRateFixed funding) => _queuedFundings.Contains(funding);

    internal bool IsClosed(long cycle) => _cycles.TryGetValue(cycle, out var c) && c.Closed;

    /// <summary>True if every shard has durably taken the definition.</summary>
    internal bool IsDefinedEverywhere(string what) => _definedIn.TryGetValue(what, out var shards) && shards.Count == _shards;

    internal void Durable(in JournalRow row)
    {
        var reader = new WireReader(row.Payload.Span);
        while (reader.Next())
        {
            if (reader.Number == TurnFields.Step)
            {
                Step(row.Shard, reader.Bytes);
            }
        }

        CheckSums(row);
    }

    internal void CheckQuiet()
    {
        _payments.CheckQuiet(_accounts, Defaults);
        Defaults.CheckQuiet();
        _margin.CheckQuiet();
        _trace.Count("margin runs that measured members", _margin.RunsMeasured);
        _histories.CheckQuiet();
        Fund.CheckQuiet();
        _trace.Count("stress runs", Fund.Run);
        _trace.Count("stress runs with a result", Fund.RunsDone);
        _trace.Count("fund sizings", Fund.Sizings);
        _trace.Count("fund contributions missed", Fund.Missed);
        _trace.Count("history dates added", _histories.Extensions);
        _assets.CheckQuiet();
        _trace.Count("margin calls issued", _margin.CallsIssued);
        _trace.Count("margin runs", _margin.Run);
        _trace.Count("margin runs with the buffer released", _buffer.RunsReleased);
        _trace.Count("assessments that used up a part of the buffer", _buffer.UsedUp);
        _trace.Count("margin runs by themselves", _margin.RunsByThemselves);
        _trace.Count("margin calls missed", _margin.CallsMissed);
        _trace.Count("margin calls met", _margin.CallsMet);
        _trace.Count("margin calls withdrawn by a run", _margin.CallsWithdrawnByRuns);
        foreach (var trade in _trades.Values)
        {
            var done = trade.Answered is not null
                && (trade.Reserved == 0 || trade.Confirmed || trade.Released)
                && (!trade.Novated || trade.Confirmed)
                && (!trade.CancelReceived || trade.CancelAnswered)
                && trade.ReversedByBuyer == trade.ReversedBySeller;
            if (!done)
            {
                throw Broken("both sides or neither", $"trade {trade.Key} is not finished: {trade}");
            }
        }

        if (!_fixedFundings.SetEquals(_queuedFundings))
        {
            throw Broken("nobody is funded twice or not at all", $"{_fixedFundings.Count} fundings were fixed, {_queuedFundings.Count} reached the settlement");
        }

        foreach (var (instrument, sum) in _positionSum)
        {
            if (sum != 0)
            {
                throw Broken("matched book", $"{instrument}: positions sum to {sum} with nothing in flight");
            }
        }

        foreach (var (currency, sum) in _cash)
        {
            if (sum != 0)
            {
                throw Broken("cash conserved", $"{currency}: cash sums to {sum} with nothing in flight");
            }
        }

        if (_accounts.TryGetValue(CcpAccounts.Settlement, out var settlement) && OpenCycles == 0 && settlement.Cash.Values.Any(c => c != 0))
        {
            throw Broken("settlement account empty", $"it holds {string.Join(", ", settlement.Cash.Select(c => $"{c.Value} {c.Key}"))} with every cycle closed");
        }
    }

    private static InvariantBrokenException Broken(string name, string what) => new(name, what);

    /// <summary>After each row: positions are explained by trades between their two sides, cash by entries between their two halves.</summary>
    private void CheckSums(in JournalRow row)
    {
        _assets.CheckSums();
        foreach (var (instrument, sum) in _positionSum)
        {
            if (sum + _pendingSum.GetValueOrDefault(instrument) - _exercise.MovedOf(instrument) != 0)
            {
                throw Broken("matched book", $"after turn {row.Position} of shard {row.Shard}, {instrument}: positions sum to {sum}, trades in flight explain {-_pendingSum.GetValueOrDefault(instrument)}");
            }
        }

        foreach (var (currency, cash) in _cash)
        {
            var underWay = _cashUnderWay.GetValueOrDefault(currency) + _unbookedInstructed.GetValueOrDefault(currency);
            if (cash + underWay != 0)
            {
                throw Broken("cash conserved", $"after turn {row.Position} of shard {row.Shard}, {currency}: cash sums to {cash}, entries in flight to {underWay}");
            }
        }
    }

    private void Step(int shard, ReadOnlySpan<byte> body)
    {
        var kind = 0;
        var key = "";
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.StepActorKind:
                    kind = reader.Int32;
                    break;
                case TurnFields.StepActorKey:
                    key = IdPool.Intern(reader.Bytes);
                    break;
                case TurnFields.StepEvent:
                    var inner = new WireReader(reader.Bytes);
                    inner.Next();
                    Event(shard, kind, key, inner.Number, inner.Bytes);
                    break;
                case TurnFields.StepSent:
                    Sent(reader.Bytes);
                    break;
                case TurnFields.StepQuarantined:
                    throw Broken("no actor throws", $"shard {shard}: {kind}/{key} was set aside: {reader.String}");
                default:
                    break;
            }
        }
    }

    private void Sent(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        while (reader.Next())
        {
            if (reader.Number != TurnFields.SentBody)
            {
                continue;
            }

            var inner = new WireReader(reader.Bytes);
            inner.Next();
            if (inner.Number == MessageTypes.BookCash)
            {
                var amount = MoneyWire.ReadEntry(inner.Bytes).Amount;
                Add(_cashUnderWay, amount.Currency, amount.MinorUnits);
            }
            else if (inner.Number == MessageTypes.BookAsset)
            {
                _assets.Sent(inner.Bytes);
            }
        }
    }

    private void Event(int shard, int kind, string key, int type, ReadOnlySpan<byte> body)
    {
        switch (kind)
        {
            case ActorKinds.TradeSource: SourceEvent(key, type, body); break;
            case ActorKinds.Stress: Fund.RunEvent(type, body); break;
            case ActorKinds.Margin: RunEvent(shard, type, body); break;
            case ActorKinds.Account: AccountEvent(shard, AccountId.Parse(key), type, body); break;
            case ActorKinds.Directory: DirectoryEvent(shard, type, body); break;
            case ActorKinds.Settlement: SettlementEvent(shard, type, body); break;
            case ActorKinds.Market: MarketEvent(type, body); break;
            case ActorKinds.Default: DefaultEvent(type, body); break;
            case ActorKinds.Actions: Actions.Event(type, body); break;
            default: break;
        }
    }

    /// <summary>A default's trades come from nobody but the default manager, and end with it.</summary>
    private void DefaultEvent(int type, ReadOnlySpan<byte> body)
    {
        Defaults.Event(type, body);
        if (type == EventTypes.LegsOrdered)
        {
            var ordered = LegsOrdered.Parser.ParseFrom(body.ToArray());
            foreach (var leg in ordered.Legs)
            {
                var key = KeyOf(ordered.Number, leg.Number);
                _trades.Add(key, new LedgerTrade(key));
            }
        }
        else if (type == EventTypes.LegEnded)
        {
            var ended = LegEnded.Parser.ParseFrom(body.ToArray());
            var leg = Defaults.Find(ended.Number)!.Legs[(int)ended.Leg - 1];
            var key = KeyOf(ended.Number, ended.Leg);
            var trade = Trade(key.Source, key.Trade, "answered");
            var novated = ended.Outcome == (uint)TradeOutcomeKind.Novated;
            if (novated != trade.Novated || (novated && (ended.Cycle != trade.Cycle || trade.Quantity != leg.Lots || trade.Buyer.Value != leg.Buyer || trade.Seller.Value != leg.Seller)))
            {
                throw Broken("answers tell the truth", $"leg {ended} of {leg}: {trade}");
            }

            trade.Answered = novated ? TradeOutcome.Novated(ended.Cycle, default, 0) : TradeOutcome.Rejected((RejectReason)ended.Reason);
        }
    }

    private static TradeKey KeyOf(long number, long leg) => new(CcpAccounts.DefaultSource, TradeId.Parse(string.Create(CultureInfo.InvariantCulture, $"D{number}.{leg}")));

    private void SourceEvent(string key, int type, ReadOnlySpan<byte> body)
    {
        var source = SourceId.Parse(key[..key.LastIndexOf('/')]);
        switch (type)
        {
            case EventTypes.TradeReceived:
                TradeId id = default;
                var reader = new WireReader(body);
                while (reader.Next())
                {
                    if (reader.Number == 1)
                    {
                        id = TradeId.Parse(reader.String);
                    }
                }

                var received = new TradeKey(source, id);
                if (!_trades.TryAdd(received, new LedgerTrade(received)))
                {
                    throw Broken("ids unique", $"trade {received} was received twice");
                }

                _trace.Count("trades received");
                break;
            case EventTypes.TradeAnswered:
                TradeDecided.ReadBody(body, out id, out _, out var outcome);
                var trade = Trade(source, id, "answered");
                if (trade.Answered is not null)
                {
                    throw Broken("one answer", $"trade {trade.Key} was answered twice");
                }

                if ((outcome.Kind == TradeOutcomeKind.Novated) != trade.Novated || (outcome.Kind == TradeOutcomeKind.Novated && outcome.Cycle != trade.Cycle))
                {
                    throw Broken("answers tell the truth", $"trade {trade.Key} was answered {outcome.Kind} {outcome.Cycle}: {trade}");
                }

                trade.Answered = outcome;
                _trace.Count(outcome.Kind == TradeOutcomeKind.Novated ? "trades novated" : $"trades rejected: {outcome.Reason}");
                break;
            case EventTypes.CancelReceived:
                TradeDecided.ReadBody(body, out id, out _, out _);
                trade = Trade(source, id, "cancelled");
                trade.CancelReceived = true;
                trade.CancelAnswered = false;
                break;
            case EventTypes.CancelAnswered:
                TradeDecided.ReadBody(body, out id, out _, out outcome);
                trade = Trade(source, id, "cancel answered");
                if ((outcome.Kind == TradeOutcomeKind.Cancelled) != trade.ReversedByBuyer)
                {
                    throw Broken("answers tell the truth", $"the cancel of trade {trade.Key} was answered {outcome.Kind}: {trade}");
                }

                trade.CancelAnswered = true;
                _trace.Count(outcome.Kind == TradeOutcomeKind.Cancelled ? "trades cancelled" : "cancels refused on the record");
                break;
            case EventTypes.TradeIdsExpired:
                _trace.Count("dates of ids expired");
                break;
            default:
                break;
        }
    }

    /// <summary>The arithmetic of a trade that was accepted by an indicative requirement (rulebook 8.9); the figure itself is the monitor's.</summary>
    private void Cover(LedgerAccount account, in IndicativeMarginUsed used)
    {
        Int128 excess = account.Limit + (Int128)Math.Min(used.OptionValue, used.Requirement) + used.Accrued + used.Collateral - used.Requirement;
        foreach (var (currency, cash) in account.Cash)
        {
            excess += currency.Code == account.MarginCurrency ? cash : 0;
        }

        foreach (var ((currency, _), amount) in account.Unbooked)
        {
            excess += currency.Code == account.MarginCurrency ? Math.Min(0, amount) : 0;
        }

        if (used.Requirement < 0 || used.Accrued > 0 || (excess < 0 && !used.Reduces))
        {
            throw Broken("headroom covers the indicative requirement", $"account {account.Id} took a trade with {used} and an excess of {excess}");
        }

        if (_coverage.RefuseOther(account, _assets.HeldBy(account.Id), used.Requirement, used.Collateral) is { } refused)
        {
            throw Broken("headroom counts the collateral that there is", $"account {account.Id} took a trade with {used}: {refused}");
        }

        _trace.Count(used.Reduces ? "trades that reduce risk accepted without cover" : "trades accepted by an indicative requirement");
    }

    private void AccountEvent(int shard, AccountId id, int type, ReadOnlySpan<byte> body)
    {
        var account = _accounts.TryGetValue(id, out var known) ? known : _accounts[id] = new LedgerAccount(id, shard);
        _margin.AccountEvent(id, type, body);
        Fund.AccountEvent(id, type, body);
        if (account.Closed)
        {
            throw Broken("closed for good", $"account {id} is closed and has event {type}");
        }

        switch (type)
        {
            case EventTypes.AccountDefined:
                var reader = new WireReader(body);
                while (reader.Next())
                {
                    switch (reader.Number)
                    {
                        case 2: account.Gross = reader.Int32 == (int)Segregation.ClientOmnibusGross; break;
                        case 3: account.MarginCurrency = reader.String; break;
                        case 5: account.LastSettled = Math.Max(0, reader.Int64 - 1); break;
                        default: break;
                    }
                }

                account.FirstCycle = account.LastSettled + 1;
                break;
            case EventTypes.IntradayLimitSet:
                reader = new WireReader(body);
                while (reader.Next())
                {
                    account.Limit = reader.Number == 3 ? reader.Int64 : account.Limit;
                }

                break;
            case EventTypes.IndicativeMarginUsed:
                Cover(account, MarginWire.ReadIndicative(body));
                break;
            case EventTypes.TradeReserved:
                Reserve(shard, account, TradeWire.ReadLeg(body, id, _directory, out var reservation, out _, out _), reservation);
                break;
            case EventTypes.TradeNovated:
                Novate(account, TradeWire.ReadLeg(body, id, _directory, out reservation, out _, out _), reservation);
                break;
            case EventTypes.TradeConfirmed:
                Confirm(account, ReadReservation(body));
                break;
            case EventTypes.ReservationReleased:
                Release(account, ReadReservation(body));
                break;
            case EventTypes.ReversalReserved:
                ReserveReversal(shard, account, TradeWire.ReadLeg(body, id, _directory, out reservation, out _, out _), reservation);
                break;
            case EventTypes.TradeReversed:
                Reverse(account, TradeWire.ReadLeg(body, id, _directory, out reservation, out _, out _), reservation);
                break;
            case EventTypes.CashBooked:
                Book(account, MoneyWire.ReadEntry(body));
                break;
            case EventTypes.MarginAssessed:
                _buffer.Assessed(shard, id, MarginWire.ReadAssessed(body));
                _coverage.Check(account, _assets.HeldBy(id), _margin.Inputs!, MarginWire.ReadAssessed(body), instrument => _directory.TryGetInstrument(instrument, out var listed) ? listed.Instrument : throw Broken("nothing from nowhere", $"{instrument} is held and not defined"));
                break;
            case EventTypes.AssetBooked:
                if (_assets.Book(id, body) && !Defaults.IsSeized(id))
                {
                    _margin.Withdrawn(id);
                }

                break;
            case EventTypes.VariationMarginSettled:
                Settle(shard, account, body);
                break;
            case EventTypes.ExerciseNoticeGiven:
                var notice = ExerciseWire.ReadNotice(body);
                _exercise.Notice(account, notice, _definedIn.TryGetValue($"final price {notice.Position.Instrument}", out var priced) && priced.Contains(shard));
                break;
            case EventTypes.PaymentFellDue:
                _payments.FellDue(account, PaymentWire.ReadDue(body));
                break;
            case EventTypes.PaymentEnded:
                _payments.Ended(account, PaymentWire.ReadEnded(body, id));
                break;
            case EventTypes.OptionExercised:
                var exercised = ExerciseWire.ReadExercised(body, id);
                _exercise.Exercised(account, exercised);
                Move(exercised.Position.Instrument, -exercised.Lots);
                break;
            case EventTypes.FutureDelivered:
                var delivered = ExerciseWire.ReadDelivered(body, id, _directory);
                _exercise.Delivered(account, delivered);
                Move(delivered.Position.Instrument, delivered.Lots);
                break;
            case EventTypes.AccountClosed:
                Close(account);
                break;
            default:
                break;
        }
    }

    private void Move(InstrumentId instrument, long lots) => _positionSum[instrument] = _positionSum.GetValueOrDefault(instrument) + lots;

    private void Close(LedgerAccount account)
    {
        if (account.Reservations.Count != 0 || account.Unbooked.Count != 0 || account.LastTrade > account.LastSettled
            || account.Cash.Values.Any(static c => c != 0) || _assets.HeldBy(account.Id).Count != 0 || account.Lots.Values.Any(static l => !l.IsEmptyAt(long.MaxValue)))
        {
            throw Broken("closed only flat", $"account {account.Id} was closed with {account.Reservations.Count} trades in flight, {account.Unbooked.Count} amounts unbooked, its last trade in cycle {account.LastTrade}, settled to {account.LastSettled}");
        }

        account.Closed = true;
        _trace.Count("accounts closed");
    }

    private void Reserve(int shard, LedgerAccount account, in TradeLeg leg, long reservation)
    {
        var trade = Trade(leg.Key.Source, leg.Key.Trade, "reserved");
        if (trade.Reserved != 0)
        {
            throw Broken("ids unique", $"trade {trade.Key} was reserved twice");
        }

        CheckStamp(shard, leg.Cycle, leg.Key);
        trade.Reserved = reservation;
        trade.Cycle = leg.Cycle;
        trade.Quantity = leg.Quantity;
        trade.Seller = leg.Account;
        trade.Buyer = leg.CounterAccount;
        Open(account, reservation, leg, reversal: false);
    }

    private void CheckStamp(int shard, long cycle, TradeKey key)
    {
        if (cycle != _perShard[shard].Cycle)
        {
            throw Broken("seller stamps the open cycle", $"trade {key} was stamped {cycle} where shard {shard} has {_perShard[shard].Cycle} open");
        }

        if (cycle <= _perShard[shard].Cut)
        {
            throw Broken("settlement cut", $"trade {key} was stamped {cycle} after shard {shard} was cut at {_perShard[shard].Cut}");
        }
    }

    private void Novate(LedgerAccount account, in TradeLeg leg, long reservation)
    {
        var trade = Trade(leg.Key.Source, leg.Key.Trade, "novated");
        if (trade.Novated)
        {
            throw Broken("ids unique", $"trade {trade.Key} was novated twice");
        }

        if (trade.Reserved != reservation || trade.Released || trade.Confirmed || trade.Cycle != leg.Cycle || trade.Quantity != leg.Quantity || trade.Seller != leg.CounterAccount || trade.Buyer != leg.Account)
        {
            throw Broken("both sides or neither", $"trade {trade.Key} was novated at {reservation}, cycle {leg.Cycle}, {leg.Quantity} lots, against {trade}");
        }

        trade.Novated = true;
        Trade(account, leg, leg.Quantity);
        _pendingSum[leg.Instrument] = _pendingSum.GetValueOrDefault(leg.Instrument) - leg.Quantity;
    }

    private void Confirm(LedgerAccount account, long reservation)
    {
        var (leg, trade) = Close(account, reservation, reversal: false);
        if (!trade.Novated || trade.Confirmed || trade.Released)
        {
            throw Broken("both sides or neither", $"trade {trade.Key} was confirmed: {trade}");
        }

        trade.Confirmed = true;
        Trade(account, leg, -leg.Quantity);
        _pendingSum[leg.Instrument] += leg.Quantity;
    }

    private void Release(LedgerAccount account, long reservation)
    {
        var (_, trade) = Close(account, reservation, reversal: false);
        if (trade.Novated || trade.Confirmed || trade.Released)
        {
            throw Broken("both sides or neither", $"trade {trade.Key} was released: {trade}");
        }

        trade.Released = true;
    }

    private void ReserveReversal(int shard, LedgerAccount account, in TradeLeg leg, long reservation)
    {
        var trade = Trade(leg.Key.Source, leg.Key.Trade, "to be reversed");
        if (!trade.Novated || trade.ReversedByBuyer || leg.Cycle != trade.Cycle)
        {
            throw Broken("both sides or neither", $"trade {trade.Key} is to be reversed in cycle {leg.Cycle}: {trade}");
        }

        CheckStamp(shard, leg.Cycle, leg.Key);
        Open(account, reservation, leg, reversal: true);
    }

    private void Reverse(LedgerAccount account, in TradeLeg leg, long reservation)
    {
        var trade = Trade(leg.Key.Source, leg.Key.Trade, "reversed");
        if (leg.Side == Side.Buy)
        {
            if (!trade.Novated || trade.ReversedByBuyer)
            {
                throw Broken("both sides or neither", $"trade {trade.Key} was reversed by the buyer: {trade}");
            }

            trade.ReversedByBuyer = true;
            Trade(account, leg, -leg.Quantity);
            _pendingSum[leg.Instrument] += leg.Quantity;
            return;
        }

        Close(account, reservation, reversal: true);
        if (!trade.ReversedByBuyer || trade.ReversedBySeller)
        {
            throw Broken("both sides or neither", $"trade {trade.Key} was reversed by the seller: {trade}");
        }

        trade.ReversedBySeller = true;
        Trade(account, leg, leg.Quantity);
        _pendingSum[leg.Instrument] -= leg.Quantity;
    }

    private void Trade(LedgerAccount account, in TradeLeg leg, long lots)
    {
        if (leg.Cycle <= account.LastSettled)
        {
            throw Broken("settlement cut", $"account {account.Id} has settled cycle {account.LastSettled} and then took trade {leg.Key} of cycle {leg.Cycle}");
        }

        account.LastTrade = Math.Max(account.LastTrade, leg.Cycle);
        if (_closed.Contains(leg.Instrument))
        {
            throw Broken("nothing is left of what expired", $"account {account.Id} took trade {leg.Key} in {leg.Instrument}, which has expired for good");
        }

        account.LotsOf(leg).Add(leg.Cycle, lots, leg.PriceUnits);
        _positionSum[leg.Instrument] = _positionSum.GetValueOrDefault(leg.Instrument) + lots;
    }

    private void Open(LedgerAccount account, long reservation, in TradeLeg leg, bool reversal)
    {
        if (!account.Reservations.TryAdd(reservation, (leg, reversal)))
        {
            throw Broken("both sides or neither", $"account {account.Id} opened reservation {reservation} twice");
        }
    }

    private (TradeLeg Leg, LedgerTrade Trade) Close(LedgerAccount account, long reservation, bool reversal)
    {
        if (!account.Reservations.Remove(reservation, out var open) || open.Reversal != reversal)
        {
            throw Broken("both sides or neither", $"account {account.Id} ended reservation {reservation}, which is not open");
        }

        return (open.Leg, Trade(open.Leg.Key.Source, open.Leg.Key.Trade, "ended"));
    }

    private void Book(LedgerAccount account, in CashEntry entry)
    {
        var (currency, amount) = (entry.Amount.Currency, entry.Amount.MinorUnits);
        Add(_cash, currency, amount);
        account.Cash[currency] = account.Cash.GetValueOrDefault(currency) + amount;
        var ofDefault = DefaultLedger.Is(entry);
        if (ofDefault)
        {
            Defaults.Booked(account, entry);
        }

        var settled = account.Id.Value.StartsWith("CCP.DEFAULT.", StringComparison.Ordinal) && entry.Type != CashEntryType.Default;
        var own = account.Id.Value.StartsWith("CCP.", StringComparison.Ordinal);

        // Of the two halves of an entry the first is booked as it is sent off and the second when it arrives: a bid begins on the clearing house's account, all else on the member's.
        if (own ^ DefaultLedger.IsBid(entry) && !settled)
        {
            Add(_cashUnderWay, currency, -amount);
        }

        if (own && !settled)
        {
            return;
        }

        if (FundAccounts.Is(account.Id))
        {
            Fund.CashBooked(account.Id, amount, ofDefault);
        }

        if (!entry.Cause.Request.IsNone)
        {
            if (!account.Requests.Add(entry.Cause.Request))
            {
                throw Broken("cash booked once", $"account {account.Id} booked request {entry.Cause.Request} twice");
            }

            if (ofDefault)
            {
                return;
            }

            if (amount < 0)
            {
                _margin.Withdrawn(account.Id);
            }

            _trace.Count(amount > 0 ? "deposits" : "withdrawals");
            return;
        }

        if (entry.Type == CashEntryType.Default)
        {
            _payments.Booked(account, entry);
            return;
        }

        account.BookedInCycle[currency] = account.BookedInCycle.GetValueOrDefault(currency) + amount;
        if (!account.Unbooked.Remove((currency, entry.Type), out var due) || due != amount || entry.Cause.Cycle != account.LastSettled)
        {
            throw Broken("booked once", $"account {account.Id} booked {entry.Type} of {entry.Amount} for {entry.Cause}");
        }

        Add(_unbookedInstructed, currency, -amount);
    }

    private void Settle(int shard, LedgerAccount account, ReadOnlySpan<byte> body)
    {
        long number = 0;
        List<VariationMarginAmount> amounts = [];
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: number = reader.Int64; break;
                case 2: amounts.Add(MoneyWire.ReadAmount(reader.Bytes)); break;
                default: break;
            }
        }

        if (number != account.LastSettled + 1 || account.Unbooked.Count > 0)
        {
            throw Broken("settled once per cycle", $"account {account.Id} was settled in cycle {number} after {account.LastSettled} with {account.Unbooked.Count} amounts unbooked");
        }

        foreach (var (leg, _) in account.Reservations.Values)
        {
            if (leg.Cycle <= number)
            {
                throw Broken("settlement cut", $"account {account.Id} was settled in cycle {number} with trade {leg.Key} of cycle {leg.Cycle} in flight");
            }
        }

        if (_perShard[shard].Prices is not { } prices || prices.Cycle != number)
        {
            throw Broken("settlement prices", $"account {account.Id} was settled in cycle {number} without its prices");
        }

        _exercise.Settled(account.Id);
        account.BookedInCycle.Clear();
        var cycle = _cycles[number];
        var expected = new SortedDictionary<(Currency Currency, CashEntryType Type), ExactAmount>();
        foreach (var (position, lots) in account.Lots)
        {
            if (!prices.TryGet(position.Instrument, out var price))
            {
                if (lots.IsEmptyAt(number))
                {
                    continue;
                }

                throw Broken("settlement prices", $"cycle {number} has no price of {position.Instrument}");
            }

            if (lots.Settle(number, price.PriceUnits, price.Instrument) is { } settled)
            {
                var key = (price.Instrument.Currency, settled.Type);
                expected[key] = expected.GetValueOrDefault(key) + settled.Amount;
            }

            if (prices.IsExpiring(position.Instrument))
            {
                Expire(position.Instrument, price, lots);
            }

            foreach (var funding in cycle.Fundings.Where(f => f.Instrument == position.Instrument && lots.Settled != 0))
            {
                var key = (price.Instrument.Currency, CashEntryType.Funding);
                expected[key] = expected.GetValueOrDefault(key) + FundingOf(lots.Settled, price.Instrument, funding);
            }
        }

        foreach (var (currency, amount) in account.Exercised)
        {
            expected.Add((currency, CashEntryType.Exercise), amount);
        }

        foreach (var currency in account.DeliveredIn)
        {
            // Also where it cancels out with trades.
            expected.TryAdd((currency, CashEntryType.VariationMargin), ExactAmount.Zero);
        }

        account.Exercised.Clear();
        account.DeliveredIn.Clear();
        foreach (var (position, kind) in account.Notices.Keys.Where(k => prices.IsExpiring(k.Item1.Instrument)).ToList())
        {
            account.Notices.Remove((position, kind));
        }

        foreach (var amount in amounts)
        {
            var key = (amount.Currency, amount.Type);
            if (!expected.Remove(key, out var exact) || exact != amount.Exact || exact.RoundHalfEven(amount.Currency).MinorUnits != amount.AmountMinor)
            {
                throw Broken("settled amounts", $"account {account.Id}, cycle {number}, {amount.Type}: the engine has {amount.Exact} ({amount.AmountMinor}) {amount.Currency}, the lots give {exact}");
            }

            account.Unbooked.Add(key, amount.AmountMinor);
            cycle.Exact[key] = cycle.Exact.GetValueOrDefault(key) + amount.Exact;
            cycle.Rounded[key] = cycle.Rounded.GetValueOrDefault(key) + amount.AmountMinor;
            _trace.Count($"settled: {amount.Type} in {amount.Currency}");
        }

        if (expected.Count > 0)
        {
            throw Broken("settled amounts", $"account {account.Id}, cycle {number}: nothing was settled of {string.Join(", ", expected.Keys)}");
        }

        account.LastSettled = number;
    }

    private void RunEvent(int shard, int type, ReadOnlySpan<byte> body)
    {
        _margin.RunEvent(type, body);
        if (type == EventTypes.MarginRunStarted)
        {
            _buffer.Started(shard, _margin.Inputs!);
        }
    }

    private void DirectoryEvent(int shard, int type, ReadOnlySpan<byte> body)
    {
        ref var here = ref _perShard[shard];
        switch (type)
        {
            case EventTypes.BufferReleased or EventTypes.BufferRestored:
                _buffer.Decided(shard, type == EventTypes.BufferReleased);
                break;
            case EventTypes.FactorPricesSet:
                _histories.PricesSet(shard, body);
                break;
            case EventTypes.InstrumentDefined:
                var instrument = HouseWire.ReadInstrument(body);
                _directory.Apply(instrument);
                Defined($"instrument {instrument.Instrument.Id}", shard);
                break;
            case EventTypes.MemberDefined:
                Defined($"member {Ids.Member(HouseWire.OnlyBytes(body))}", shard);
                break;
            case EventTypes.TradeSourceDefined:
                Defined($"source {HouseWire.ReadSource(body).Source}", shard);
                break;
            case EventTypes.CollateralAssetDefined:
                Defined($"asset {CollateralWire.ReadAsset(body).Id}", shard);
                break;
            case EventTypes.ExpiryPriceSet:
                Defined($"final price {HouseWire.ReadExpiryPrice(body).Instrument}", shard);
                break;
            case EventTypes.LiquidityTold:
                _margin.Told(body);
                break;
            case EventTypes.PaymentTermsSet:
                _payments.Terms(shard, PaymentWire.ReadTerms(body));
                break;
            case EventTypes.CycleOpened:
                here.Cycle = HouseWire.ReadCycle(body).Cycle;
                break;
            case EventTypes.ShardCut:
                var cut = HouseWire.OnlyNumber(body);
                foreach (var account in _accounts.Values.Where(a => a.Shard == shard))
                {
                    foreach (var (leg, _) in account.Reservations.Values)
                    {
                        if (leg.Cycle <= cut)
                        {
                            throw Broken("settlement cut", $"shard {shard} reported the cut of cycle {cut} with trade {leg.Key} of cycle {leg.Cycle} in flight");
                        }
                    }
                }

                here.Cut = cut;
                break;
            case EventTypes.SettlementPricesSet:
                here.Prices = MoneyWire.ReadPrices(HouseWire.OnlyBytes(body), _directory);
                foreach (var price in here.Prices.Sorted())
                {
                    if (_cycles[here.Prices.Cycle].Prices is not { } prices || !prices.TryGet(price.Instrument.Id, out var fixedPrice) || fixedPrice.PriceUnits != price.PriceUnits)
                    {
                        throw Broken("settlement prices", $"shard {shard} settles {price.Instrument.Id} in cycle {here.Prices.Cycle} at {price.PriceUnits}, which is not the fixed price");
                    }
                }

                break;
            default:
                break;
        }
    }

    private void SettlementEvent(int shard, int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.CycleFrozen:
                Frozen(body);
                OpenCycles++;
                break;
            case EventTypes.FundingQueued:
                var queued = FundingWire.ReadFixed(body);
                if (!_fixedFundings.Contains(queued) || !_queuedFundings.Add(queued))
                {
                    throw Broken("nobody is funded twice or not at all", $"the settlement took {queued}, which was not fixed or was taken before");
                }

                _unpaidFundings.Add(queued);
                break;
            case EventTypes.SettlementPricesFixed:
                var prices = MoneyWire.ReadPrices(HouseWire.OnlyBytes(body), _directory);
                _cycles[prices.Cycle].Prices = prices;
                if (_perShard.Any(s => s.Cut < prices.Cycle))
                {
                    throw Broken("settlement cut", $"the prices of cycle {prices.Cycle} were fixed before every shard was cut");
                }

                break;
            case EventTypes.ExerciseStarted:
                _exercise.Started(body, _cycles[HouseWire.OnlyNumber(body)].Expiring);
                break;
            case EventTypes.ClaimOpened:
                _payments.Claimed(shard, PaymentWire.ReadClaim(body));
                break;
            case EventTypes.ExerciseAssigned:
                _exercise.Assigned(body);
                break;
            case EventTypes.CycleUnbalanced:
                throw Broken("settled amounts sum to zero", "a cycle was found unbalanced");
            case EventTypes.CycleBalanced:
                var reader = new WireReader(body);
                reader.Next();
                Balanced(_cycles[reader.Int64]);
                break;
            case EventTypes.CycleInstructed:
                foreach (var (key, rounded) in _cycles[HouseWire.OnlyNumber(body)].Rounded)
                {
                    Add(_unbookedInstructed, key.Currency, rounded);
                }

                break;
            case EventTypes.CycleClosed:
                var cycle = _cycles[HouseWire.OnlyNumber(body)];
                cycle.Closed = true;
                Blocked = "";
                OpenCycles--;
                if (_accounts.Values.FirstOrDefault(a => a.Unbooked.Count > 0) is { } unbooked)
                {
                    throw Broken("booked once", $"cycle {cycle.Number} closed while account {unbooked.Id} has not booked it");
                }

                _trace.Count("cycles closed");
                break;
            case EventTypes.CycleBlocked:
                reader = new WireReader(body);
                while (reader.Next())
                {
                    Blocked = reader.Number == 2 ? reader.String : Blocked;
                }

                _trace.Count("cycle blocked for a while");
                break;
            default:
                break;
        }
    }

    private void Frozen(ReadOnlySpan<byte> body)
    {
        var cycle = new LedgerCycle(0);
        List<FundingRateFixed> fundings = [];
        List<InstrumentId> expiring = [];
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: cycle = new LedgerCycle(reader.Int64); break;
                case 5: fundings.Add(FundingWire.ReadFixed(reader.Bytes)); break;
                case 6: expiring.Add(Ids.Instrument(reader.Bytes)); break;
                default: break;
            }
        }

        if (!fundings.SequenceEqual(_unpaidFundings))
        {
            throw Broken("nobody is funded twice or not at all", $"cycle {cycle.Number} pays {fundings.Count} fundings, {_unpaidFundings.Count} are due");
        }

        _unpaidFundings.Clear();
        cycle.Fundings.AddRange(fundings);
        cycle.Expiring.AddRange(expiring);
        _cycles.Add(cycle.Number, cycle);
    }

    /// <summary>Lots that are gone are explained by the expiry until all shards have computed; then they must have cancelled out.</summary>
    private void Expire(InstrumentId instrument, in SettlementPrice price, LedgerLots lots)
    {
        if (!_finalPrices.TryGetValue(instrument, out var final) || (price.Instrument.Option is null ? final : 0) != price.PriceUnits)
        {
            throw Broken("final prices", $"{instrument} was settled for the last time at {price.PriceUnits}, its final price is {final}");
        }

        var gone = lots.Expire();
        _positionSum[instrument] = _positionSum.GetValueOrDefault(instrument) - gone;
        _pendingSum[instrument] = _pendingSum.GetValueOrDefault(instrument) + gone;
        _trace.Count(gone != 0 ? "positions expired" : "empty positions expired");
    }

    /// <summary>The average over all marks that were ever accepted, second by second of the formula, on fractions.</summary>
    private void CheckFinalPrice(in FinalPriceFixed e)
    {
        if (!_directory.TryGetInstrument(e.Instrument, out var listed) || !_finalPrices.TryAdd(e.Instrument, e.PriceUnits))
        {
            throw Broken("final prices", $"{e} was fixed twice, or is of no instrument");
        }

        var instrument = listed.Instrument;
        var priced = PricedBy(instrument);
        if (priced.Id != instrument.Id && priced.Expiry == instrument.Expiry)
        {
            if (_finalPrices.GetValueOrDefault(priced.Id) != e.PriceUnits)
            {
                throw Broken("final prices", $"{e} is not that of future {priced.Id}");
            }

            _trace.Count("final prices of options with their future");
            return;
        }

        if (instrument.Option is not null)
        {
            _trace.Count("final prices of options");
        }

        var (from, until) = (instrument.Expiry - instrument.Definition.ExpiryWindowNs, instrument.Expiry);
        var marks = (_prices.GetValueOrDefault(priced.Id) ?? []).Where(m => m.Key < until).ToList();
        var inWindow = marks.Count(m => m.Key >= from);

        // Marks from before an option was listed are not all kept; an operator then decides.
        var kept = priced.Id != instrument.Id && e.DecidedBy.Length > 0 ? e.Marks <= inWindow : inWindow == e.Marks;
        var tooFew = e.Marks < instrument.Definition.ExpiryMarks || e.Marks < inWindow;
        if (!kept || (e.DecidedBy.Length > 0) != tooFew)
        {
            throw Broken("final prices", $"{e}: the window holds {inWindow} marks");
        }

        if (e.DecidedBy.Length == 0)
        {
            System.Numerics.BigInteger sum = 0, time = 0;
            for (var i = 0; i < marks.Count; i++)
            {
                var held = (i + 1 < marks.Count ? marks[i + 1].Key : until) - Math.Max(from, marks[i].Key);
                sum += Math.Max(0, held) * (System.Numerics.BigInteger)marks[i].Value;
                time += Math.Max(0, held);
            }

            // Half-even: the nearest multiple of the tick, and of two equally near the even one.
            var ticks = 2 * (System.Numerics.BigInteger)(e.PriceUnits / priced.TickUnits);
            var off = (2 * sum) - (ticks * time * priced.TickUnits);
            var half = time * priced.TickUnits;
            if (System.Numerics.BigInteger.Abs(off) > half || (System.Numerics.BigInteger.Abs(off) == half && !(ticks / 2).IsEven))
            {
                throw Broken("final prices", $"{e}: the marks average {sum} / {time}");
            }
        }

        _trace.Count(e.DecidedBy.Length == 0 ? "final prices from marks" : "final prices by an operator");
    }

    private Instrument PricedBy(Instrument instrument) =>
        instrument.Option is { } option && _directory.TryGetInstrument(InstrumentId.Parse(option.Reference), out var reference) ? reference.Instrument : instrument;

    private static ExactAmount FundingOf(long lots, Instrument perpetual, in FundingRateFixed funding)
    {
        var mark = perpetual.ToPrice(funding.MarkUnits);
        var amount = perpetual.Perpetual!.Inverse
            ? PerpetualFunding.InverseAmount(lots, perpetual.Perpetual.FaceValue, mark, funding.Rate)
            : PerpetualFunding.LinearAmount(lots, perpetual.Definition.Multiplier, mark, funding.Rate);
        return amount.ToExactAmount();
    }

    /// <summary>The rate from all marks that were ever accepted, by the rulebook's formula on fractions.</summary>
    private void CheckFunding(in FundingRateFixed funding)
    {
        if (!_directory.TryGetInstrument(funding.Instrument, out var listed) || listed.Instrument.Perpetual is not { } terms || !_fixedFundings.Add(funding))
        {
            throw Broken("nobody is funded twice or not at all", $"{funding} was fixed twice, or is of no perpetual");
        }

        var (marks, index) = (_prices[funding.Instrument], _prices[InstrumentId.Parse(terms.Index)]);
        List<PremiumSample> samples = [];
        foreach (var at in marks.Keys.Concat(index.Keys).Distinct().Order())
        {
            if (marks.Keys.Any(t => t <= at) && index.Keys.Any(t => t <= at))
            {
                samples.Add(new PremiumSample(at, marks[marks.Keys.Last(t => t <= at)], index[index.Keys.Last(t => t <= at)]));
            }
        }

        var until = funding.To;
        var premium = PerpetualFunding.Premium(samples, funding.From, until);
        var rate = PerpetualFunding.Rate(premium, terms.Interest, terms.Cap, (until - funding.From) / 3_600_000_000_000m);
        if (premium != funding.Premium || rate != funding.Rate || funding.MarkUnits != marks[marks.Keys.Last(t => t < until)])
        {
            throw Broken("funding rate", $"{funding}: the marks give a premium of {premium} and a rate of {rate}");
        }

        _trace.Count(rate == 0 ? "fundings fixed at zero" : "fundings fixed");
    }

    private void Balanced(LedgerCycle cycle)
    {
        foreach (var (key, exact) in cycle.Exact)
        {
            if (!exact.IsZero)
            {
                throw Broken("settled amounts sum to zero", $"cycle {cycle.Number}: {key.Type} of {exact} {key.Currency}");
            }
        }

        _exercise.Balanced();
        foreach (var instrument in cycle.Prices!.Expiring)
        {
            if (_positionSum.GetValueOrDefault(instrument) != 0 || _pendingSum.GetValueOrDefault(instrument) != 0 || !_closed.Add(instrument))
            {
                throw Broken("nothing is left of what expired", $"{instrument}: {_positionSum.GetValueOrDefault(instrument)} lots after its last cycle {cycle.Number}");
            }
        }

        foreach (var account in _accounts.Values)
        {
            if (!account.Closed && account.FirstCycle > 0 && account.FirstCycle <= cycle.Number && account.LastSettled < cycle.Number)
            {
                throw Broken("settled once per cycle", $"cycle {cycle.Number} is balanced, but account {account.Id} was last settled in {account.LastSettled}");
            }
        }
    }

    private void MarketEvent(int type, ReadOnlySpan<byte> body)
    {
        if (type == EventTypes.FundingRateFixed)
        {
            CheckFunding(FundingWire.ReadFixed(body));
            return;
        }

        if (type == EventTypes.FinalPriceFixed)
        {
            CheckFinalPrice(FundingWire.ReadFinal(body));
            return;
        }

        if (type == EventTypes.ClockRefused)
        {
            _trace.Count("starts of the clock refused");
            return;
        }

        if (type != EventTypes.MarkAccepted)
        {
            _trace.Count(type == EventTypes.MarkHeld ? "marks held" : "held marks dropped");
            return;
        }

        InstrumentId instrument = default;
        long time = 0, price = 0;
        var confirmed = false;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: instrument = Ids.Instrument(reader.Bytes); break;
                case 2: price = reader.ZigZag; break;
                case 4: time = reader.Int64; break;
                case 6: confirmed = reader.Bytes.Length > 0; break;
                default: break;
            }
        }

        if (!_marks.Add((instrument, time)))
        {
            throw Broken("marks move on", $"the mark of {instrument} at {time} was accepted twice");
        }

        (_prices.TryGetValue(instrument, out var prices) ? prices : _prices[instrument] = []).Add(time, price);
        _trace.Count(confirmed ? "marks confirmed" : "marks accepted");
    }

    private void Defined(string what, int shard)
    {
        if (!_definedIn.TryGetValue(what, out var shards))
        {
            _definedIn.Add(what, shards = []);
        }

        shards.Add(shard);
    }

    private LedgerTrade Trade(SourceId source, TradeId id, string what) => _trades.TryGetValue(new TradeKey(source, id), out var trade)
        ? trade
        : throw Broken("nothing from nowhere", $"trade {source}/{id} was {what}, but no source has received it");

    private static long ReadReservation(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        while (reader.Next())
        {
            if (reader.Number == 3)
            {
                return reader.Int64;
            }
        }

        return 0;
    }

    private static void Add(SortedDictionary<Currency, long> sums, Currency currency, long amount) => sums[currency] = checked(sums.GetValueOrDefault(currency) + amount);

    private struct LedgerShard
    {
        internal long Cycle;
        internal long Cut;
        internal SettlementPrices? Prices;
    }
}
