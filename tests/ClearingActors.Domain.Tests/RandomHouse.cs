using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Domain.Tests;

/// <summary>
/// A house that trades, cancels, moves cash and settles at random from one seed, with messages between seller and buyer in any order. It keeps every event, and a
/// second, naive book in decimals to compare with.
/// </summary>
internal sealed class RandomHouse
{
    private static readonly Currency Jpy = new("JPY", 0);

    private readonly Random _random;
    private readonly List<AccountState> _ccp = [];
    private readonly List<Action> _inFlight = [];
    private readonly List<(TradeReport Report, long Cycle, AccountState Buyer, AccountState Seller)> _cancellable = [];
    private readonly Dictionary<InstrumentId, long> _explained = [];
    private readonly List<(AccountId Account, Instrument Instrument, long Lots, decimal Price, long Cycle)> _trades = [];
    private readonly Dictionary<InstrumentId, decimal> _references = [];
    private readonly Instrument[] _instruments;
    private long _nextId;
    private long _settling;

    public RandomHouse(int seed)
    {
        _random = new Random(seed);
        var good = TestHouse.Definition();
        _instruments =
        [
            TestHouse.Instrument(good),
            TestHouse.Instrument(good with { Id = "MICRO", PriceLow = 0.1m, Multiplier = 0.013m, PriceScale = 3, Tick = 0.001m, HeadroomPerLot = 0.05m }),
            TestHouse.Instrument(good with { Id = "NK", Currency = Jpy, Multiplier = 0.7m, HeadroomPerLot = 3m }),
        ];
        foreach (var instrument in _instruments)
        {
            Directory.Apply(new InstrumentDefined(instrument));
            _explained[instrument.Id] = 0;
        }

        Directory.Apply(new MemberDefined(TestHouse.Alpha));
        Directory.Apply(new MemberDefined(TestHouse.Beta));
        Directory.Apply(new BusinessTimeAdvanced(TestHouse.Noon));
        Directory.Apply(new CycleOpened(1, TestHouse.Monday));
        foreach (var id in new[] { CcpAccounts.Settlement, CcpAccounts.Rounding, CcpAccounts.Bank })
        {
            _ccp.Add(new AccountState(id));
            Journal(_ccp[^1], new AccountDefined(id, CcpAccounts.Member, Segregation.House, TestHouse.Usd, 1), static (a, e) => a.Apply(e));
        }

        Segregation[] kinds = [Segregation.House, Segregation.ClientOmnibusNet, Segregation.ClientOmnibusGross, Segregation.ClientIndividual, Segregation.House];
        for (var i = 0; i < kinds.Length; i++)
        {
            var account = new AccountState(AccountId.Parse($"A{i}"), Reservations);
            Accounts.Add(account);
            Journal(account, new AccountDefined(account.Id, i % 2 == 0 ? TestHouse.Alpha : TestHouse.Beta, kinds[i], TestHouse.Usd, 1), static (a, e) => a.Apply(e));
            Journal(account, new IntradayLimitSet(account.Id, new Money(50_000, TestHouse.Usd)), static (a, e) => a.Apply(e));
            Deposit(account, TestHouse.Usd, 800_000);
            Deposit(account, Jpy, 400);
        }
    }

    public HouseDirectory Directory { get; } = new();

    public MarkTable Marks { get; } = new();

    public List<AccountState> Accounts { get; } = [];

    /// <summary>Of all accounts together, as in a shard; what is replayed beside them has a table for each.</summary>
    public ReservationTable Reservations { get; } = new();

    public List<(AccountId Account, Action<AccountState> Apply)> Events { get; } = [];

    public int Novated { get; private set; }

    public int Refused { get; private set; }

    public int Cancelled { get; private set; }

    public long Settled { get; private set; }

    public IEnumerable<AccountState> All => Accounts.Concat(_ccp);

    public void Step()
    {
        switch (_random.Next(20))
        {
            case < 8:
                Reserve();
                break;
            case < 15:
                Deliver();
                break;
            case < 17:
                Cancel();
                break;
            case 17:
                Deposit(Pick(Accounts), Pick(_instruments).Currency, _random.Next(1, 1000));
                break;
            case 18:
                Withdraw();
                break;
            default:
                Settle();
                break;
        }

        CheckInvariants();
    }

    /// <summary>Delivers everything and settles twice, so that every trade is settled at least once.</summary>
    public void Finish()
    {
        for (var i = 0; i < 2; i++)
        {
            Drain();
            Settle();
            Drain();
            Settle();
            CheckInvariants();
        }
    }

    private void Drain()
    {
        while (_inFlight.Count > 0)
        {
            Deliver();
            CheckInvariants();
        }
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    private void Journal<T>(AccountState account, T e, Action<AccountState, T> apply)
    {
        apply(account, e);
        Events.Add((account.Id, a => apply(a, e)));
    }

    private ClientId Client() => ClientId.Parse($"C{_random.Next(3)}");

    private void Reserve()
    {
        var instrument = Pick(_instruments);
        var buyer = Pick(Accounts);
        var seller = Pick(Accounts);
        if (buyer == seller)
        {
            return;
        }

        var report = new TradeReport
        {
            Source = TestHouse.Venue,
            TradeId = TradeId.Parse($"T{++_nextId}"),
            Instrument = instrument.Id,
            Buyer = new TradeSide(buyer.Id, Client(), PositionEffect.Open),
            Seller = new TradeSide(seller.Id, Client(), PositionEffect.Open),
            Quantity = _random.Next(1, 60),
            Price = instrument.ToPrice(instrument.TickUnits * _random.Next(400, 800)),
            ExecutionTime = TestHouse.Noon,
            Guaranteed = _random.Next(8) == 0,
        };
        var before = seller.BalanceOf(instrument.Currency).Requirement;
        var decision = SellerSide.DecideReserve(seller, report, Directory, Marks);
        if (!decision.IsAccepted)
        {
            decision.Reason.ShouldBe(RejectReason.InsufficientHeadroom);
            Refused++;
            return;
        }

        Journal(seller, decision.Event, static (a, e) => a.Apply(e));
        CheckHeadroom(seller, report, instrument, before);
        var request = new NovationRequest(report, decision.Event.Reservation, decision.Event.Leg.Cycle, decision.Event.Leg.ClearingDate);
        _inFlight.Add(() => Novate(buyer, seller, request, instrument));
    }

    private void Novate(AccountState buyer, AccountState seller, NovationRequest request, Instrument instrument)
    {
        var before = buyer.BalanceOf(instrument.Currency).Requirement;
        var decision = BuyerSide.DecideNovate(buyer, request, Directory, Marks);
        if (!decision.IsAccepted)
        {
            Refused++;
            _inFlight.Add(() => Journal(seller, SellerSide.DecideRelease(seller, request.SellerReservation, Directory), static (a, e) => a.Apply(e)));
            return;
        }

        Journal(buyer, decision.Event, static (a, e) => a.Apply(e));
        CheckHeadroom(buyer, request.Report, instrument, before);
        Novated++;
        _explained[instrument.Id] += request.Report.Quantity;
        Record(request.Report, instrument, request.Cycle, buyer, 1);
        _inFlight.Add(() =>
        {
            Journal(seller, SellerSide.DecideConfirm(seller, request.SellerReservation, Directory), static (a, e) => a.Apply(e));
            _explained[instrument.Id] -= request.Report.Quantity;
            Record(request.Report, instrument, request.Cycle, seller, -1);
            _cancellable.Add((request.Report, request.Cycle, buyer, seller));
        });
    }

    private void Cancel()
    {
        if (_cancellable.Count == 0)
        {
            return;
        }

        var i = _random.Next(_cancellable.Count);
        var (report, cycle, buyer, seller) = _cancellable[i];
        _cancellable.RemoveAt(i);
        var instrument = _instruments.Single(x => x.Id == report.Instrument);
        var decision = SellerSide.DecideReverseReserve(seller, report, cycle, TestHouse.Monday, Directory);
        decision.IsAccepted.ShouldBe(cycle == Directory.CurrentCycle);
        if (!decision.IsAccepted)
        {
            return;
        }

        Journal(seller, decision.Event, static (a, e) => a.Apply(e));
        var request = new NovationRequest(report, decision.Event.Reservation, cycle, TestHouse.Monday);
        _inFlight.Add(() =>
        {
            Journal(buyer, BuyerSide.DecideReverse(buyer, request, Directory), static (a, e) => a.Apply(e));
            Cancelled++;
            _explained[instrument.Id] -= report.Quantity;
            Record(report, instrument, cycle, buyer, -1);
            _inFlight.Add(() =>
            {
                Journal(seller, SellerSide.DecideReverse(seller, request.SellerReservation, Directory), static (a, e) => a.Apply(e));
                _explained[instrument.Id] += report.Quantity;
                Record(report, instrument, cycle, seller, 1);
            });
        });
    }

    private void Record(TradeReport report, Instrument instrument, long cycle, AccountState account, int sign) =>
        _trades.Add((account.Id, instrument, sign * report.Quantity, report.Price, cycle));

    private void Deliver()
    {
        if (_inFlight.Count == 0)
        {
            return;
        }

        var i = _random.Next(_inFlight.Count);
        var message = _inFlight[i];
        _inFlight.RemoveAt(i);
        message();
    }

    private void Deposit(AccountState account, Currency currency, long minorUnits)
    {
        var decision = CashRequests.DecideDeposit(account, RequestId.Parse($"R{++_nextId}"), new Money(minorUnits, currency), TestHouse.Monday);
        decision.Kind.ShouldBe(CashDecisionKind.Booked);
        Book(decision.Event);
    }

    private void Withdraw()
    {
        var account = Pick(Accounts);
        var currency = Pick(_instruments).Currency;
        var decision = CashRequests.DecideWithdraw(account, RequestId.Parse($"R{++_nextId}"), new Money(_random.Next(1, 500_000), currency), TestHouse.Monday);
        if (decision.Kind == CashDecisionKind.Booked)
        {
            Book(decision.Event);
            var balance = account.BalanceOf(currency);
            (balance.Cash - balance.Requirement).ShouldBeGreaterThanOrEqualTo(0);
        }
    }

    private void Book(CashBooked booked)
    {
        foreach (var entry in new[] { booked.Entry, booked.Entry.Mirrored() })
        {
            Journal(All.Single(a => a.Id == entry.Account), new CashBooked(entry), static (a, e) => a.Apply(e));
        }
    }

    /// <summary>Freezes if nothing is frozen; settles what is frozen once no trade of it is in flight.</summary>
    private void Settle()
    {
        if (_settling == 0)
        {
            _settling = Directory.CurrentCycle;
            Directory.Apply(new CycleOpened(_settling + 1, TestHouse.Monday));
            return;
        }

        if (Accounts.Any(a => a.HasOpenReservations(_settling)))
        {
            return;
        }

        var prices = new SettlementPrices(
            _settling,
            TestHouse.Monday,
            [.. _instruments.Select(i => new SettlementPrice(i, i.TickUnits * _random.Next(400, 800)))]);
        var totals = Array.Empty<ShardTotal>();
        foreach (var account in Accounts)
        {
            var decision = VariationMargin.Decide(account, prices);
            decision.Kind.ShouldBe(VariationMarginDecisionKind.Settled);
            foreach (var amount in decision.Event.Amounts)
            {
                amount.Exact.ShouldBe(NaiveAmount(account.Id, amount.Currency, prices));
                var left = amount.Exact - ExactAmount.From(new Money(amount.AmountMinor, amount.Currency));
                var half = new ExactAmount(5, amount.Currency.Digits + 1);
                (left <= half && left >= -half).ShouldBeTrue("rounding leaves at most half a minor unit");
            }

            Journal(account, decision.Event, static (a, e) => a.Apply(e));
            totals = SettlementCycleDecisions.Sum(totals, decision.Event);
            VariationMargin.Decide(account, prices).Kind.ShouldBe(VariationMarginDecisionKind.AlreadySettled);
        }

        totals.ShouldAllBe(t => t.Exact.IsZero, "variation margin sums to exactly zero in every currency");
        foreach (var account in Accounts)
        {
            foreach (var booked in VariationMargin.DecideBooking(account, _settling, TestHouse.Monday))
            {
                Journal(account, booked, static (a, e) => a.Apply(e));
            }
        }

        foreach (var entry in SettlementCycleDecisions.HouseEntries(new CycleBalanced(_settling, totals), TestHouse.Monday))
        {
            Journal(_ccp.Single(a => a.Id == entry.Account), new CashBooked(entry), static (a, e) => a.Apply(e));
        }

        foreach (var balance in _ccp[0].Balances)
        {
            balance.Cash.ShouldBe(0, "the settlement account ends a cycle where it began");
        }

        foreach (var price in prices.Sorted())
        {
            _references[price.Instrument.Id] = price.Instrument.ToPrice(price.PriceUnits);
        }

        _settling = 0;
        Settled++;
    }

    /// <summary>Rulebook 6.1 word by word, in decimals, from the list of trades.</summary>
    private ExactAmount NaiveAmount(AccountId account, Currency currency, SettlementPrices prices)
    {
        var sum = 0m;
        foreach (var trade in _trades.Where(t => t.Account == account && t.Instrument.Currency == currency && t.Cycle <= prices.Cycle))
        {
            prices.TryGet(trade.Instrument.Id, out var price).ShouldBeTrue();
            var reference = trade.Cycle == prices.Cycle ? trade.Price : _references[trade.Instrument.Id];
            sum += trade.Lots * (trade.Instrument.ToPrice(price.PriceUnits) - reference) * trade.Instrument.Definition.Multiplier;
        }

        var scaled = sum * 1_000_000_000m;
        scaled.ShouldBe(decimal.Truncate(scaled));
        return new ExactAmount((Int128)scaled, 9);
    }

    private static void CheckHeadroom(AccountState account, TradeReport report, Instrument instrument, long requirementBefore)
    {
        if (!report.Guaranteed && account.BalanceOf(instrument.Currency).Requirement > requirementBefore)
        {
            account.HeadroomOf(instrument.Currency).ShouldBeGreaterThanOrEqualTo(Int128.Zero, "a trade that raises the requirement fits the headroom");
        }
    }

    private void CheckInvariants()
    {
        foreach (var instrument in _instruments)
        {
            Accounts.Sum(a => a.Positions.Where(p => p.Key.Instrument == instrument.Id).Sum(p => p.Quantity))
                .ShouldBe(_explained[instrument.Id], $"{instrument.Id}: positions sum to what the trades in flight explain");
        }

        foreach (var currency in new[] { TestHouse.Usd, Jpy })
        {
            All.Sum(a => a.BalanceOf(currency).Cash).ShouldBe(0, $"{currency}: cash is conserved");
            foreach (var account in Accounts)
            {
                var positions = account.Positions.Where(p => p.Currency == currency).ToList();
                account.BalanceOf(currency).Requirement.ShouldBe(positions.Sum(p => p.Requirement));
                foreach (var position in positions)
                {
                    var perLot = _instruments.Single(i => i.Id == position.Key.Instrument).HeadroomPerLot.MinorUnits;
                    var worst = Math.Max(Math.Abs(position.Quantity - position.PendingSell), Math.Abs(position.Quantity + position.PendingBuyBack));
                    position.Requirement.ShouldBe(perLot * worst);
                }
            }
        }
    }
}
