using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;

namespace ClearingActors.Cli.Demo;

/// <summary>
/// The trades of the demo's days, all of them decided by the seed: good ones around the day's path, and a few that a clearing house must refuse, for each of ten reasons,
/// or must recognise as a repeat. What each should come to does not depend on the order in which the streams of different members arrive. Days are asked for in order.
/// </summary>
public sealed class TradeFlow
{
    /// <summary>The most lots that the flow lets a position have, long or short.</summary>
    public const long PositionLimit = 500;

    /// <summary>The same in each option.</summary>
    public const long OptionPositionLimit = 100;

    /// <summary>One good trade in so many is in an option.</summary>
    public const int OptionShare = 25;

    private static readonly RejectReason[] Faults =
    [
        RejectReason.UnknownInstrument, RejectReason.UnknownAccount, RejectReason.PriceOutsideBands, RejectReason.OffTick, RejectReason.QuantityLimit,
        RejectReason.InsufficientHeadroom, RejectReason.SameAccount, RejectReason.ClientMissing, RejectReason.StaleTradeDate, RejectReason.Conflict,
    ];

    private readonly DemoHouse _house;
    private readonly DemoInstrument _instrument;
    private readonly SeededRandom _random;
    private readonly int _tradesPerDay;
    private readonly Dictionary<(string Account, string Client, string Instrument), long> _positions = [];
    private List<PlannedTrade> _goodBefore = [];
    private List<PlannedTrade> _good = [];
    private int _ids;
    private int _out = -1;

    /// <param name="house">Who trades.</param>
    /// <param name="instrument">What is traded.</param>
    /// <param name="random">Drawn from.</param>
    /// <param name="tradesPerDay">Good trades on a day, at least; above 0.</param>
    public TradeFlow(DemoHouse house, DemoInstrument instrument, SeededRandom random, int tradesPerDay)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tradesPerDay);
        _house = house;
        _instrument = instrument;
        _random = random;
        _tradesPerDay = tradesPerDay;
    }

    /// <summary>No account of a member trades from the next day on; its earlier trades may still be repeated.</summary>
    public void LeaveOut(int member) => _out = member;

    /// <summary>The reports of the next day by execution time, all within the session but the stale ones.</summary>
    /// <param name="date">After the date of the call before.</param>
    /// <param name="path">The day's prices.</param>
    /// <param name="session">The day's hours.</param>
    /// <param name="options">Null where only the future is traded.</param>
    public IReadOnlyList<PlannedTrade> NextDay(DateOnly date, DayPath path, TradingSession session, OptionQuotes? options = null)
    {
        _goodBefore = _good;
        _good = [];
        _ids = 0;
        var count = _tradesPerDay + _random.Below((_tradesPerDay / 20) + 1);
        var faults = PlanFaults(count);
        var trades = new List<PlannedTrade>(count + faults.Count);
        for (var i = 0; i < count; i++)
        {
            var time = session.After(i + 1, count + 1);
            var point = (int)((long)i * path.Ticks.Length / count);
            var good = options is not null && _random.OneIn(OptionShare) ? GoodOption(date, path.Near(point, _random), time, options)
                : Good(date, DemoInstrument.Symbol, PositionLimit, path.Near(point, _random), time);
            _good.Add(good);
            trades.Add(good);
            foreach (var fault in faults.GetValueOrDefault(i) ?? [])
            {
                trades.Add(fault == RejectReason.Unspecified ? Repeat() : Faulty(fault, date, path.Near(point, _random), time));
            }
        }

        return trades;
    }

    /// <summary>Each fault, and repeats (unspecified), two to four times a day behind a good trade picked at random.</summary>
    private Dictionary<int, List<RejectReason>> PlanFaults(int count)
    {
        var faults = new Dictionary<int, List<RejectReason>>();
        foreach (var fault in Faults.Append(RejectReason.Unspecified))
        {
            for (var n = _random.Between(2, 4); n > 0; n--)
            {
                var place = _random.Below(count);
                if (!faults.TryGetValue(place, out var here))
                {
                    faults.Add(place, here = []);
                }

                here.Add(fault);
            }
        }

        return faults;
    }

    private PlannedTrade GoodOption(DateOnly date, long futureTicks, long time, OptionQuotes options)
    {
        var option = options.Options[_random.Below(options.Options.Count)];
        return Good(date, option.Symbol, OptionPositionLimit, options.TicksOf(option, futureTicks, time), time);
    }

    private PlannedTrade Good(DateOnly date, string instrument, long limit, long ticks, long time)
    {
        var (buyer, buyerClient) = AnySide(null);
        var (seller, sellerClient) = AnySide(buyer);
        var quantity = _random.OneIn(50) ? _random.Between(50, 200) : 1 + _random.Below(1 + _random.Below(20));

        // A position at its limit trades back; where both are, the smaller of the two rooms bounds the trade.
        if (RoomFor(buyer, buyerClient, 1) < quantity || RoomFor(seller, sellerClient, -1) < quantity)
        {
            (buyer, buyerClient, seller, sellerClient) = (seller, sellerClient, buyer, buyerClient);
        }

        var room = Math.Min(RoomFor(buyer, buyerClient, 1), RoomFor(seller, sellerClient, -1));
        if (room < 1)
        {
            return Good(date, instrument, limit, ticks, time);
        }

        quantity = Math.Min(quantity, room);
        Move(buyer, buyerClient, quantity);
        Move(seller, sellerClient, -quantity);
        var report = Report(date, buyer.Member, buyer.Id, buyerClient, seller.Id, sellerClient, quantity, ticks, time);
        report.Instrument = instrument;
        report.Guaranteed = _random.OneIn(10);
        return new PlannedTrade(buyer.Member, report, RejectReason.Unspecified, false);

        long RoomFor(DemoAccount account, string client, int sign) => limit - (sign * _positions.GetValueOrDefault((account.Id, client, instrument)));

        void Move(DemoAccount account, string client, long lots) =>
            _positions[(account.Id, client, instrument)] = _positions.GetValueOrDefault((account.Id, client, instrument)) + lots;
    }

    private PlannedTrade Faulty(RejectReason fault, DateOnly date, long ticks, long time)
    {
        if (fault == RejectReason.Conflict)
        {
            var first = AnyGood();
            var other = first.Report.Clone();
            other.Quantity++;
            return first with { Report = other, Expected = RejectReason.Conflict };
        }

        var (buyer, buyerClient) = AnySide(null);
        var (seller, sellerClient) = AnySide(buyer);
        var report = Report(date, buyer.Member, buyer.Id, buyerClient, seller.Id, sellerClient, 1 + _random.Below(20), ticks, time);
        switch (fault)
        {
            case RejectReason.UnknownInstrument:
                report.Instrument = "SPX.FUT.2019";
                break;
            case RejectReason.UnknownAccount:
                report.Seller = new Side { Account = $"{_house.Members[seller.Member].Id}-CLOSED" };
                break;
            case RejectReason.PriceOutsideBands:
                report.Price = DemoInstrument.ToWire(_instrument.BandHighTicks + 1 + _random.Below(1000));
                break;
            case RejectReason.OffTick:
                report.Price.Mantissa += 1 + _random.Below(24);
                break;
            case RejectReason.QuantityLimit:
                report.Quantity = DemoInstrument.MaxTradeQuantity + 1 + _random.Below(1000);
                break;
            case RejectReason.InsufficientHeadroom:
                report.Seller = new Side { Account = _house.TinyAccount.Id };
                report.Quantity = 200;
                break;
            case RejectReason.SameAccount:
                report.Seller = report.Buyer.Clone();
                break;
            case RejectReason.ClientMissing:
                var omnibus = _house.Accounts.Where(a => a.Clients.Count > 0 && a.Id != buyer.Id && a.Member != _out).ToList();
                var gross = omnibus[_random.Below(_house.Members.Count - 1) % omnibus.Count];
                report.Seller = new Side { Account = gross.Id };
                break;
            case RejectReason.StaleTradeDate:
                report.ExecutionTime -= (long)TimeSpan.FromDays(20).TotalNanoseconds;
                break;
            default:
                throw new InvalidOperationException($"the flow makes no trade that is refused for {fault}");
        }

        return new PlannedTrade(buyer.Member, report, fault, false);
    }

    private PlannedTrade Repeat()
    {
        var first = AnyGood();
        return first with { Report = first.Report.Clone(), IsRepeat = true };
    }

    /// <summary>A good trade of today or of the day before, whose ids a clearing house still keeps.</summary>
    private PlannedTrade AnyGood()
    {
        var from = _goodBefore.Count > 0 && _random.OneIn(2) ? _goodBefore : _good;
        return from[_random.Below(from.Count)];
    }

    private (DemoAccount Account, string Client) AnySide(DemoAccount? butNot)
    {
        DemoAccount account;
        do
        {
            account = _house.Accounts[_random.Below(_house.Accounts.Count)];
        }
        while (account.Id == butNot?.Id || account.Member == _out);

        return (account, account.Clients.Count == 0 ? "" : account.Clients[_random.Below(account.Clients.Count)]);
    }

    private TradeReport Report(DateOnly date, int reporter, string buyer, string buyerClient, string seller, string sellerClient, long quantity, long ticks, long time) => new()
    {
        Source = _house.Members[reporter].Id,
        TradeId = $"{date:yyyyMMdd}-{++_ids:D6}",
        Kind = TradeReport.Types.Kind.Trade,
        Instrument = DemoInstrument.Symbol,
        Buyer = new Side { Account = buyer, Client = buyerClient },
        Seller = new Side { Account = seller, Client = sellerClient },
        Quantity = quantity,
        Price = DemoInstrument.ToWire(ticks),
        ExecutionTime = time,
    };
}
