using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Domain.Parties;

/// <summary>A cash request that an account has booked.</summary>
public readonly record struct BookedRequest(RequestId Request, Money Amount);

/// <summary>Everything in an <see cref="AccountState"/>; lists in an order that depends on nothing but the content.</summary>
public sealed record AccountSnapshot(
    AccountId Id,
    MemberId Member,
    Segregation Segregation,
    Currency MarginCurrency,
    AccountStatus Status,
    long IntradayLimit,
    long FirstCycle,
    long LastSettledCycle,
    long LastReservation,
    long LastTradeCycle,
    IReadOnlyList<CurrencyBalance> Balances,
    IReadOnlyList<PositionSnapshot> Positions,
    IReadOnlyList<Reservation> Reservations,
    IReadOnlyList<VariationMarginAmount> UnbookedVariationMargin,
    IReadOnlyList<BookedRequest> Requests)
{
    /// <summary>Null if no margin run has assessed the account.</summary>
    public MarginSnapshot? Margin { get; init; }

    /// <summary>Null but in accounts of the default fund.</summary>
    public FundContribution? Fund { get; init; }
    /// <summary>By position, then kind.</summary>
    public IReadOnlyList<ExerciseNotice> Notices { get; init; } = [];
    /// <summary>Null if the account never had a security or coin.</summary>
    public AssetHoldingsSnapshot? Assets { get; init; }

    /// <summary>By cycle, then currency code.</summary>
    public IReadOnlyList<PaymentDue> PaymentsDue { get; init; } = [];

    /// <summary>See <see cref="AccountState.Gains"/>; null before the first default.</summary>
    public GainsSince? Gains { get; init; }
}

/// <summary>
/// An account (rulebook 1, 3, 4, 6): positions, trades in flight, cash, requirement. One thread at a time. It changes only in Apply, which adds and assigns what
/// the event holds; an event that contradicts the state throws <see cref="InvalidOperationException"/>. The decisions are in <see cref="SellerSide"/>,
/// <see cref="BuyerSide"/>, <see cref="AccountOperations"/>, <see cref="CashRequests"/> and <see cref="VariationMargin"/>.
/// </summary>
public sealed class AccountState
{
    /// <summary>How many booked cash requests an account remembers, so that their repeats are harmless.</summary>
    public const int RememberedRequests = 1024;

    private readonly Dictionary<PositionKey, Position> _positions = [];
    private CurrencyBalance[] _balances = [];
    private readonly ReservationTable _reservations;
    private ReservationList _open;
    private Dictionary<RequestId, Money>? _requests;
    private Queue<RequestId>? _requestOrder;
    private IReadOnlyList<VariationMarginAmount> _unbooked = [];
    private IReadOnlyList<ExerciseNotice> _notices = [];
    private IReadOnlyList<PaymentDue> _paymentsDue = [];

    /// <summary>An account that nobody has defined yet.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="reservations">Where its open reservations are kept, with those of the accounts that live beside it; null for a table of its own.</param>
    public AccountState(AccountId id, ReservationTable? reservations = null)
    {
        Id = id;
        _reservations = reservations ?? new ReservationTable();
    }

    public AccountId Id { get; }

    public MemberId Member { get; private set; }

    public Segregation Segregation { get; private set; }

    public Currency MarginCurrency { get; private set; }

    public AccountStatus Status { get; private set; }

    /// <summary>Minor units of <see cref="MarginCurrency"/>, 0 or more.</summary>
    public long IntradayLimit { get; private set; }

    /// <summary>The first cycle whose trades the account takes; 0 if it was defined before the first cycle.</summary>
    public long FirstCycle { get; private set; }

    /// <summary>The last cycle that was settled here; 0 before the first.</summary>
    public long LastSettledCycle { get; private set; }

    /// <summary>The number of the last reservation; 0 before the first.</summary>
    public long LastReservation { get; private set; }

    /// <summary>The highest cycle that a trade of the account was stamped with; 0 before the first. Until it is settled its trades can be cancelled.</summary>
    public long LastTradeCycle { get; private set; }

    public int PositionCount => _positions.Count;

    /// <summary>Reservations that are neither confirmed nor released.</summary>
    public int OpenReservationCount => _open.Count;

    /// <summary>Positions in no particular order; see <see cref="SortedPositions"/>.</summary>
    public Dictionary<PositionKey, Position>.ValueCollection Positions => _positions.Values;

    /// <summary>One row per currency that the account has had anything in, in order of first use.</summary>
    public ReadOnlySpan<CurrencyBalance> Balances => _balances;

    /// <summary>What the last settlement computed and the ledger has not booked yet.</summary>
    public IReadOnlyList<VariationMarginAmount> UnbookedVariationMargin => _unbooked;

    /// <summary>Notices on options that are still to be carried out, by position, then kind (rulebook 6.3).</summary>
    public IReadOnlyList<ExerciseNotice> Notices => _notices;

    /// <summary>What cycles took the account's cash below zero by, until their deadlines (rulebook 6.6); what is paid since is not taken off.</summary>
    public IReadOnlyList<PaymentDue> PaymentsDue => _paymentsDue;

    /// <summary>What margin runs found and called; null before the first.</summary>
    public MarginState? Margin { get; private set; }

    /// <summary>What the default fund asks of the account; null but in accounts of the fund.</summary>
    public FundContribution? Fund { get; private set; }

    /// <summary>Securities and coins; null before the first.</summary>
    public AssetHoldings? Assets { get; private set; }

    /// <summary>What cycles have paid since a time of defaults began; null before the first.</summary>
    public GainsSince? Gains { get; private set; }

    /// <summary>True for the CCP's own accounts, which may be negative and take no reported trades.</summary>
    public bool IsCcp => Member == CcpAccounts.Member;

    public static AccountState Restore(AccountSnapshot snapshot, ReservationTable? reservations = null)
    {
        var account = new AccountState(snapshot.Id, reservations)
        {
            Member = snapshot.Member,
            Segregation = snapshot.Segregation,
            MarginCurrency = snapshot.MarginCurrency,
            Status = snapshot.Status,
            IntradayLimit = snapshot.IntradayLimit,
            FirstCycle = snapshot.FirstCycle,
            LastSettledCycle = snapshot.LastSettledCycle,
            LastReservation = snapshot.LastReservation,
            LastTradeCycle = snapshot.LastTradeCycle,
            _balances = [.. snapshot.Balances],
            _unbooked = snapshot.UnbookedVariationMargin,
            _notices = snapshot.Notices,
            _paymentsDue = snapshot.PaymentsDue,
            Gains = snapshot.Gains,
            Margin = snapshot.Margin is { } margin ? MarginState.Restore(margin) : null,
            Fund = snapshot.Fund,
            Assets = snapshot.Assets is { } assets ? AssetHoldings.Restore(assets) : null,
        };
        foreach (var position in snapshot.Positions)
        {
            account._positions.Add(position.Key, new Position(position));
        }

        foreach (var reservation in snapshot.Reservations)
        {
            account._reservations.Add(account, ref account._open, reservation);
        }

        foreach (var request in snapshot.Requests)
        {
            account.Remember(request.Request, request.Amount);
        }

        return account;
    }

    /// <summary>The position, or null.</summary>
    public Position? PositionOf(PositionKey key) => _positions.GetValueOrDefault(key);

    /// <summary>The pending notice of a position and kind.</summary>
    public bool TryGetNotice(PositionKey key, ExerciseNoticeKind kind, out ExerciseNotice notice)
    {
        foreach (var one in _notices)
        {
            if (one.Kind == kind && one.Position == key)
            {
                notice = one;
                return true;
            }
        }

        notice = default;
        return false;
    }

    /// <summary>Where the account keeps the position of a trade: per client in gross omnibus only.</summary>
    public PositionKey KeyOf(in TradeLeg leg) => new(leg.Instrument, Segregation == Segregation.ClientOmnibusGross ? leg.Client : ClientId.None);

    /// <summary>Positions by instrument, then client, ordinal.</summary>
    public IReadOnlyList<Position> SortedPositions() => [.. _positions.Values.OrderBy(p => p.Key)];

    /// <summary>Cash and requirement; zeros for a currency never used.</summary>
    public CurrencyBalance BalanceOf(Currency currency)
    {
        foreach (ref readonly var balance in _balances.AsSpan())
        {
            if (balance.Currency == currency)
            {
                return balance;
            }
        }

        return new CurrencyBalance(currency, 0, 0);
    }

    /// <summary>Cash + intraday limit (in the margin currency) - requirement, in minor units (rulebook 4).</summary>
    public Int128 HeadroomOf(Currency currency)
    {
        var balance = BalanceOf(currency);
        return (Int128)balance.Cash + (currency == MarginCurrency ? IntradayLimit : 0) - balance.Requirement;
    }

    public bool TryGetReservation(long number, out Reservation reservation)
    {
        reservation = default;
        return _open.Count > 0 && _reservations.TryGet(this, number, out reservation);
    }

    /// <summary>True while a reservation stamped with the cycle or an earlier one is open: the account is not cut yet (rulebook 6.5).</summary>
    public bool HasOpenReservations(long cycle)
    {
        if (_open.Count == 0)
        {
            return false;
        }

        foreach (var reservation in _reservations.Of(_open))
        {
            if (reservation.Leg.Cycle <= cycle)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What a remembered request booked; see <see cref="RememberedRequests"/>.</summary>
    public bool TryGetRequest(RequestId request, out Money amount)
    {
        amount = default;
        return _requests is not null && _requests.TryGetValue(request, out amount);
    }

    public AccountSnapshot ToSnapshot() => new(
        Id,
        Member,
        Segregation,
        MarginCurrency,
        Status,
        IntradayLimit,
        FirstCycle,
        LastSettledCycle,
        LastReservation,
        LastTradeCycle,
        [.. _balances.OrderBy(b => b.Currency)],
        [.. SortedPositions().Select(p => p.ToSnapshot())],
        [.. _reservations.Of(_open)],
        _unbooked,
        [.. (_requestOrder ?? []).Select(r => new BookedRequest(r, _requests![r]))])
    {
        Margin = Margin?.ToSnapshot(),
        Fund = Fund,
        Notices = _notices,
        Assets = Assets?.ToSnapshot(),
        PaymentsDue = _paymentsDue,
        Gains = Gains,
    };

    public void Apply(MarginAssessed e) => (Margin ??= new MarginState()).Apply(e);

    public void Apply(in MarginCallIssued e) => Margined().Apply(e);

    public void Apply(in MarginCallCredited e) => Margined().Apply(e);

    public void Apply(in MarginCallMissed e) => Margined().Apply(e);

    public void Apply(in MarginCallWithdrawn e) => Margined().Apply(e);

    public void Apply(in FundRequirementSet e)
    {
        if (Segregation != Segregation.DefaultFund || e.RequiredMinor < 0 || e.Call <= (Fund?.Call ?? 0))
        {
            throw new InvalidOperationException($"account {Id} ({Segregation}) cannot be asked for {e.RequiredMinor} minor units by sizing {e.Call} after sizing {Fund?.Call ?? 0}");
        }

        ref var balance = ref Balance(MarginCurrency);
        Fund = new FundContribution(e.Call, e.RequiredMinor, e.Deadline, Fund is { IsMissed: true } && balance.Cash < e.RequiredMinor);
        balance = balance with { Requirement = e.RequiredMinor };
    }

    public void Apply(in ContributionMissed e)
    {
        if (Fund is not { } fund || fund.Call != e.Call || e.MissingMinor <= 0)
        {
            throw new InvalidOperationException($"account {Id} cannot have missed {e.MissingMinor} minor units of sizing {e.Call}; its last is {Fund?.Call ?? 0}");
        }

        Fund = fund with { IsMissed = true };
    }

    public void Apply(in AccountDefined e)
    {
        Expect(e.Account);
        if (Status != AccountStatus.Undefined)
        {
            throw new InvalidOperationException($"account {Id} is {Status} and cannot be defined again");
        }

        Member = e.Member;
        Segregation = e.Segregation;
        MarginCurrency = e.MarginCurrency;
        Status = AccountStatus.Active;
        FirstCycle = e.Cycle;
        LastSettledCycle = Math.Max(0, e.Cycle - 1);
    }

    public void Apply(in AccountClosed e)
    {
        Expect(e.Account);
        if (Status != AccountStatus.Active)
        {
            throw new InvalidOperationException($"account {Id} is {Status} and cannot be closed");
        }

        Status = AccountStatus.Closed;
    }

    public void Apply(in IntradayLimitSet e)
    {
        Expect(e.Account);
        if (e.Limit.Currency != MarginCurrency || e.Limit.MinorUnits < 0)
        {
            throw new InvalidOperationException($"account {Id}: an intraday limit of {e.Limit} is below zero or not in {MarginCurrency}");
        }

        IntradayLimit = e.Limit.MinorUnits;
    }

    public void Apply(in TradeReserved e)
    {
        Expect(e.Leg, Side.Sell);
        Open(new Reservation(e.Reservation, ReservationKind.Sale, e.Leg));
        var position = PositionFor(e.Leg);
        position.AddPendingSell(e.Leg.Quantity);
        LastTradeCycle = Math.Max(LastTradeCycle, e.Leg.Cycle);
        SetRequirement(position, e.Requirement);
    }

    public void Apply(in TradeNovated e)
    {
        Expect(e.Leg, Side.Buy);
        var position = PositionFor(e.Leg);
        position.Add(e.Leg.Cycle, e.Leg.Quantity, e.Leg.PriceUnits);
        LastTradeCycle = Math.Max(LastTradeCycle, e.Leg.Cycle);
        SetRequirement(position, e.Requirement);
    }

    public void Apply(in TradeConfirmed e)
    {
        Expect(e.Leg, Side.Sell);
        Close(e.Reservation, ReservationKind.Sale, e.Leg);
        var position = PositionFor(e.Leg);
        position.AddPendingSell(-e.Leg.Quantity);
        position.Add(e.Leg.Cycle, -e.Leg.Quantity, e.Leg.PriceUnits);
        SetRequirement(position, e.Requirement);
    }

    public void Apply(in ReservationReleased e)
    {
        Expect(e.Leg, Side.Sell);
        Close(e.Reservation, ReservationKind.Sale, e.Leg);
        var position = PositionFor(e.Leg);
        position.AddPendingSell(-e.Leg.Quantity);
        SetRequirement(position, e.Requirement);
        DropIfEmpty(position);
    }

    public void Apply(in ReversalReserved e)
    {
        Expect(e.Leg, Side.Sell);
        Open(new Reservation(e.Reservation, ReservationKind.Reversal, e.Leg));
        var position = PositionFor(e.Leg);
        position.AddPendingBuyBack(e.Leg.Quantity);
        SetRequirement(position, e.Requirement);
    }

    public void Apply(in TradeReversed e)
    {
        Expect(e.Leg, e.Leg.Side);
        var position = PositionFor(e.Leg);
        if (e.Leg.Side == Side.Sell)
        {
            Close(e.Reservation, ReservationKind.Reversal, e.Leg);
            position.AddPendingBuyBack(-e.Leg.Quantity);
            position.Add(e.Leg.Cycle, e.Leg.Quantity, e.Leg.PriceUnits);
        }
        else
        {
            position.Add(e.Leg.Cycle, -e.Leg.Quantity, e.Leg.PriceUnits);
        }

        SetRequirement(position, e.Requirement);
        DropIfEmpty(position);
    }

    public void Apply(in CashBooked e)
    {
        var entry = e.Entry;
        Expect(entry.Account);
        // The settlement account's own entry is the total of what all others booked; it has computed nothing itself.
        if (entry.Type.IsSettled() && Id != CcpAccounts.Settlement)
        {
            TakeUnbooked(entry);
        }

        if (!entry.Cause.Request.IsNone && !IsCcp)
        {
            Remember(entry.Cause.Request, entry.Amount);
        }

        ref var balance = ref Balance(entry.Amount.Currency);
        var before = balance.Cash;
        balance = balance with { Cash = checked(before + entry.Amount.MinorUnits) };
        if (entry.Type == CashEntryType.Default && Fund is { } fund && entry.Amount.Currency == MarginCurrency)
        {
            Fund = fund.Drawn(before, balance.Cash);
        }
    }

    public void Apply(in AccountPorted e)
    {
        Expect(e.Account);
        Member = Status == AccountStatus.Active && !IsCcp && !e.Member.IsNone ? e.Member : throw new InvalidOperationException($"account {Id} ({Status}, of {Member}) cannot go over to {e.Member}");
    }

    /// <summary>Counts what a cycle paid, or a haircut took, in a time of defaults; what was counted in an earlier one is void.</summary>
    /// <param name="epoch">See <see cref="House.HouseDirectory.DefaultEpoch"/>; above 0.</param>
    /// <param name="amount">Signed.</param>
    public void CountGain(long epoch, Money amount) => Gains = (Gains is { } gains && gains.Epoch == epoch ? gains : new GainsSince(epoch, [])).Plus(amount);

    public void Apply(in AssetBooked e)
    {
        Expect(e.Entry.Account);
        (Assets ??= new AssetHoldings()).Apply(e.Entry, IsCcp);
    }

    public void Apply(in VariationMarginSettled e)
    {
        Expect(e.Account);
        var cycle = e.Prices.Cycle;
        if (cycle != LastSettledCycle + 1 || _unbooked.Count != 0 || HasOpenReservations(cycle))
        {
            throw new InvalidOperationException(
                $"account {Id} cannot be settled in cycle {cycle}: the last was {LastSettledCycle}, {_unbooked.Count} amounts are unbooked, {OpenReservationCount} reservations are open");
        }

        List<PositionKey>? emptied = null;
        foreach (var position in _positions.Values)
        {
            if (position.IsSettledBy(cycle))
            {
                if (!e.Prices.TryGet(position.Key.Instrument, out var price))
                {
                    throw new InvalidOperationException($"account {Id}: cycle {cycle} has no settlement price of {position.Key.Instrument}");
                }

                position.Settle(cycle, price.PriceUnits);
            }

            if (e.Prices.IsExpiring(position.Key.Instrument))
            {
                position.Expire();
                SetRequirement(position, 0);
            }

            if (position.IsEmpty)
            {
                (emptied ??= []).Add(position.Key);
            }
        }

        foreach (var key in emptied ?? [])
        {
            _positions.Remove(key);
        }

        var prices = e.Prices;
        DropNotices(n => prices.IsExpiring(n.Position.Instrument));
        LastSettledCycle = cycle;
        _unbooked = e.Amounts;
    }

    public void Apply(in ExerciseNoticeGiven e)
    {
        Expect(e.Account);
        var notice = e.Notice;
        var others = _notices.Where(n => n.Position != notice.Position || n.Kind != notice.Kind);
        _notices = [.. (notice.Lots == 0 ? others : others.Append(notice)).OrderBy(n => n.Position).ThenBy(n => n.Kind)];
    }

    public void Apply(in OptionExercised e)
    {
        ExpectUnsettled(e.Account, e.Position, e.Cycle);
        if (e.Lots != 0)
        {
            var position = PositionOf(e.Position) ?? throw new InvalidOperationException($"account {Id} exercises {e.Lots} lots of {e.Position}, and has no such position");
            position.Add(e.Cycle, -e.Lots, 0);
            SetRequirement(position, e.Requirement);
        }

        var (key, cycle) = (e.Position, e.Cycle);
        DropNotices(n => n.Position == key && OptionExercise.IsDue(n, cycle));
    }

    public void Apply(in FutureDelivered e)
    {
        ExpectUnsettled(e.Account, e.Position, e.Cycle);
        if (!_positions.TryGetValue(e.Position, out var position))
        {
            position = new Position(e.Position, e.Currency, default);
            _positions.Add(e.Position, position);
        }

        position.Add(e.Cycle, e.Lots, e.PriceUnits);
        SetRequirement(position, e.Requirement);
    }

    public void Apply(in PaymentFellDue e)
    {
        Expect(e.Account);
        _paymentsDue = [.. _paymentsDue.Append(e.Due).OrderBy(d => d.Cycle).ThenBy(d => d.Amount.Currency)];
    }

    public void Apply(in PaymentEnded e)
    {
        Expect(e.Account);
        var (cycle, currency) = (e.Cycle, e.Missing.Currency);
        var rest = _paymentsDue.Where(d => d.Cycle != cycle || d.Amount.Currency != currency).ToList();
        _paymentsDue = rest.Count == _paymentsDue.Count - 1 ? rest : throw new InvalidOperationException($"account {Id} owes no payment in {currency} for cycle {cycle}");
    }

    private void DropNotices(Func<ExerciseNotice, bool> which)
    {
        if (_notices.Any(which))
        {
            _notices = [.. _notices.Where(n => !which(n))];
        }
    }

    private void ExpectUnsettled(AccountId account, PositionKey position, long cycle)
    {
        Expect(account);
        if (cycle != LastSettledCycle + 1 || Status != AccountStatus.Active)
        {
            throw new InvalidOperationException($"account {Id} ({Status}, settled to cycle {LastSettledCycle}) cannot exercise {position} in cycle {cycle}");
        }
    }

    private MarginState Margined() => Margin ?? throw new InvalidOperationException($"account {Id} was never assessed and has no margin calls");

    private void Expect(AccountId account)
    {
        if (account != Id)
        {
            throw new InvalidOperationException($"an event of account {account} came to account {Id}");
        }
    }

    private void Expect(in TradeLeg leg, Side side)
    {
        Expect(leg.Account);
        if (leg.Side != side || side == Side.None || leg.Quantity <= 0 || leg.Cycle <= LastSettledCycle || Status != AccountStatus.Active)
        {
            throw new InvalidOperationException(
                $"account {Id} ({Status}, settled to cycle {LastSettledCycle}) cannot take trade {leg.Key.Source}/{leg.Key.Trade}: side {leg.Side}, {leg.Quantity} lots, cycle {leg.Cycle}");
        }
    }

    private void Open(in Reservation reservation)
    {
        if (reservation.Number != LastReservation + 1)
        {
            throw new InvalidOperationException($"account {Id}: reservation {reservation.Number} cannot follow {LastReservation}");
        }

        _reservations.Add(this, ref _open, reservation);
        LastReservation = reservation.Number;
    }

    private void Close(long number, ReservationKind kind, in TradeLeg leg)
    {
        if (!_reservations.Remove(this, ref _open, number, out var reservation) || reservation.Kind != kind || reservation.Leg != leg)
        {
            throw new InvalidOperationException($"account {Id} has no open reservation {number} ({kind}) for trade {leg.Key.Source}/{leg.Key.Trade}");
        }
    }

    private Position PositionFor(in TradeLeg leg)
    {
        var key = KeyOf(leg);
        if (!_positions.TryGetValue(key, out var position))
        {
            position = new Position(key, leg.Currency, leg.Valuation);
            _positions.Add(key, position);
        }

        return position;
    }

    private void SetRequirement(Position position, long requirement)
    {
        ref var balance = ref Balance(position.Currency);
        balance = balance with { Requirement = checked(balance.Requirement - position.Requirement + requirement) };
        position.SetRequirement(requirement);
    }

    private void DropIfEmpty(Position position)
    {
        if (position.IsEmpty)
        {
            _positions.Remove(position.Key);
        }
    }

    private ref CurrencyBalance Balance(Currency currency)
    {
        for (var i = 0; i < _balances.Length; i++)
        {
            if (_balances[i].Currency == currency)
            {
                return ref _balances[i];
            }
        }

        // A handful of currencies at most; a row is added once.
        Array.Resize(ref _balances, _balances.Length + 1);
        _balances[^1] = new CurrencyBalance(currency, 0, 0);
        return ref _balances[^1];
    }

    private void TakeUnbooked(in CashEntry entry)
    {
        if (entry.Cause.Cycle == LastSettledCycle)
        {
            for (var i = 0; i < _unbooked.Count; i++)
            {
                if (_unbooked[i].Type == entry.Type && _unbooked[i].Currency == entry.Amount.Currency && _unbooked[i].AmountMinor == entry.Amount.MinorUnits)
                {
                    VariationMarginAmount[] rest = [.. _unbooked.Take(i), .. _unbooked.Skip(i + 1)];
                    _unbooked = rest;
                    return;
                }
            }
        }

        throw new InvalidOperationException(
            $"account {Id} has no {entry.Type} of {entry.Amount} to book for {entry.Cause}; the last settled cycle is {LastSettledCycle}");
    }

    private void Remember(RequestId request, Money amount)
    {
        _requests ??= [];
        _requestOrder ??= new Queue<RequestId>();
        if (!_requests.TryAdd(request, amount))
        {
            throw new InvalidOperationException($"account {Id} has already booked request {request}");
        }

        _requestOrder.Enqueue(request);
        if (_requestOrder.Count > RememberedRequests)
        {
            _requests.Remove(_requestOrder.Dequeue());
        }
    }
}
