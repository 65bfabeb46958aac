using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests;

/// <summary>A small house to test in: one source, two members, a future in dollars. It decides, applies, and keeps nothing else.</summary>
internal sealed class TestHouse
{
    public static readonly Currency Usd = new("USD", 2);
    public static readonly DateOnly Monday = new(2026, 3, 2);
    public static readonly long Noon = UtcTime.StartOf(Monday) + (UtcTime.NanosecondsPerDay / 2);
    public static readonly SourceId Venue = SourceId.Parse("VENUE");
    public static readonly InstrumentId Future = InstrumentId.Parse("ESH6");
    public static readonly MemberId Alpha = MemberId.Parse("ALPHA");
    public static readonly MemberId Beta = MemberId.Parse("BETA");

    private int _trades;
    private long _deposits;

    public TestHouse(int? tradeBandBps = 1000, decimal headroomPerLot = 100m)
    {
        Directory.Apply(new InstrumentDefined(Instrument(Definition() with { TradeBandBps = tradeBandBps, HeadroomPerLot = headroomPerLot })));
        Directory.Apply(new MemberDefined(Alpha));
        Directory.Apply(new MemberDefined(Beta));
        Directory.Apply(new TradeSourceDefined(Venue, 1));
        Directory.Apply(new BusinessTimeAdvanced(Noon));
        Directory.Apply(new CycleOpened(1, Monday));
        Buyer = Account("ALPHA.HOUSE", Alpha);
        Seller = Account("BETA.HOUSE", Beta);
        Source = new TradeSourceState(Venue, 0);
    }

    public HouseDirectory Directory { get; } = new();

    public MarkTable Marks { get; } = new();

    public AccountState Buyer { get; }

    public AccountState Seller { get; }

    public TradeSourceState Source { get; }

    public TradeIdLimits Limits { get; set; } = TradeIdLimits.Default;

    public static InstrumentDefinition Definition() => new()
    {
        Id = "ESH6",
        Kind = InstrumentKind.Future,
        Underlying = "SPX",
        Multiplier = 50m,
        Currency = Usd,
        PriceScale = 2,
        Tick = 0.25m,
        PriceLow = 1m,
        PriceHigh = 20000m,
        TradeBandBps = 1000,
        MarkJumpBps = 500,
        MarkStalenessNs = 60_000_000_000,
        MaxTradeQuantity = 1000,
        HeadroomPerLot = 100m,
        Calendar = new ClearingCalendar("America/Chicago", new TimeOnly(16, 0), [], false),
        ProductGroup = "SPX",
    };

    public static Instrument Instrument(InstrumentDefinition definition)
    {
        definition.Validate(out var instrument).ShouldBeEmpty();
        return instrument.ShouldNotBeNull();
    }

    public AccountState Account(string id, MemberId member, Segregation segregation = Segregation.House, decimal cash = 1_000_000m)
    {
        var account = new AccountState(AccountId.Parse(id));
        var defined = new AccountDefined(account.Id, member, segregation, Usd, Directory.CurrentCycle);
        AccountOperations.Refuse(account, defined, Directory).ShouldBeNull();
        account.Apply(defined);
        if (cash > 0)
        {
            Deposit(account, cash);
        }

        return account;
    }

    public void Deposit(AccountState account, decimal amount)
    {
        Money.TryFromDecimal(amount, Usd, out var money).ShouldBeTrue();
        var decision = CashRequests.DecideDeposit(account, RequestId.Parse($"deposit-{++_deposits}"), money, Monday);
        decision.Kind.ShouldBe(CashDecisionKind.Booked);
        account.Apply(decision.Event);
    }

    public TradeReport Report(
        long quantity = 10,
        decimal price = 4000m,
        AccountState? buyer = null,
        AccountState? seller = null,
        string? id = null,
        TradeKind kind = TradeKind.Trade,
        long? executionTime = null,
        bool guaranteed = false,
        string instrument = "ESH6",
        string? buyerClient = null,
        string? sellerClient = null) => new()
        {
            Source = Venue,
            TradeId = TradeId.Parse(id ?? $"T{++_trades}"),
            Kind = kind,
            Instrument = InstrumentId.Parse(instrument),
            Buyer = new TradeSide((buyer ?? Buyer).Id, ClientOf(buyerClient), PositionEffect.Open),
            Seller = new TradeSide((seller ?? Seller).Id, ClientOf(sellerClient), PositionEffect.Unspecified),
            Quantity = quantity,
            Price = price,
            ExecutionTime = executionTime ?? Noon - 1_000_000_000,
            Guaranteed = guaranteed,
        };

    public SourceDecision Receive(TradeReport report)
    {
        var decision = TradeSourceDecisions.DecideReceive(Source, report, TradeFingerprint.Of(report), Directory, Limits);
        if (decision.Kind is SourceDecisionKind.Forward or SourceDecisionKind.RecordRejected)
        {
            Source.Apply(decision.Received);
        }

        if (decision.Kind == SourceDecisionKind.RecordRejected)
        {
            Source.Apply(decision.Answered);
        }

        return decision;
    }

    /// <summary>The whole path between two accounts: none, or the first reason.</summary>
    public RejectReason Trade(TradeReport report, AccountState? buyer = null, AccountState? seller = null)
    {
        buyer ??= Buyer;
        seller ??= Seller;
        var reserve = SellerSide.DecideReserve(seller, report, Directory, Marks);
        if (!reserve.IsAccepted)
        {
            return reserve.Reason;
        }

        seller.Apply(reserve.Event);
        var leg = reserve.Event.Leg;
        var novate = BuyerSide.DecideNovate(
            buyer, new NovationRequest(report, reserve.Event.Reservation, leg.Cycle, leg.ClearingDate), Directory, Marks);
        if (!novate.IsAccepted)
        {
            seller.Apply(SellerSide.DecideRelease(seller, reserve.Event.Reservation, Directory));
            return novate.Reason;
        }

        buyer.Apply(novate.Event);
        seller.Apply(SellerSide.DecideConfirm(seller, novate.Event.SellerReservation, Directory));
        return RejectReason.None;
    }

    public RejectReason Cancel(TradeReport report, long cycle, AccountState? buyer = null, AccountState? seller = null)
    {
        buyer ??= Buyer;
        seller ??= Seller;
        var reserve = SellerSide.DecideReverseReserve(seller, report, cycle, Monday, Directory);
        if (!reserve.IsAccepted)
        {
            return reserve.Reason;
        }

        seller.Apply(reserve.Event);
        var leg = reserve.Event.Leg;
        buyer.Apply(BuyerSide.DecideReverse(buyer, new NovationRequest(report, reserve.Event.Reservation, leg.Cycle, leg.ClearingDate), Directory));
        seller.Apply(SellerSide.DecideReverse(seller, reserve.Event.Reservation, Directory));
        return RejectReason.None;
    }

    public void Mark(decimal price, long number, long? time = null)
    {
        Directory.TryGetInstrument(Future, out var listed).ShouldBeTrue();
        listed.Instrument.TryToMarkUnits(price, out var units).ShouldBeTrue();
        Marks.Set(Future, new Mark(units, number, time ?? Noon)).ShouldBeTrue();
    }

    public Position PositionOf(AccountState account) => account.PositionOf(new PositionKey(Future, ClientId.None)).ShouldNotBeNull();

    private static ClientId ClientOf(string? client) => client is null ? ClientId.None : ClientId.Parse(client);
}
