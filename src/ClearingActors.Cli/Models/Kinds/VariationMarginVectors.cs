using System.Numerics;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Cli.Models.Kinds;

/// <summary>Rulebook 6.1: trades of several days, novated and settled day by day by the state machines that the engine runs.</summary>
internal static class VariationMarginVectors
{
    private static readonly DateOnly FirstDay = new(2026, 3, 2);

    private sealed record Trade(string Path, string Day, string Buyer, string Seller, long Quantity, decimal Price);

    private sealed record Day(string Name, decimal Price, VectorObject Margin, decimal Sum, VectorObject Positions);

    public static void Check(VectorObject root, VectorReport report, VectorData data)
    {
        var multiplier = root.DecimalNumber("multiplier");
        var trades = root.Objects("trades").Select(t =>
        {
            var trade = new Trade(t.Path, t.Text("day"), t.Text("buyer"), t.Text("seller"), t.Integer("quantity"), t.Decimal("price"));
            t.Close();
            return trade;
        }).ToList();
        var digits = 0;
        var days = root.Objects("days").Select(d =>
        {
            digits = Math.Max(digits, d.Places("sum"));
            var day = new Day(d.Text("day"), d.Decimal("settlementPrice"), d.Object("variationMargin"), d.Decimal("sum"), d.Object("positions"));
            digits = day.Margin.Names.Aggregate(digits, (most, id) => Math.Max(most, day.Margin.Places(id)));
            d.Close();
            return day;
        }).ToList();
        CheckDays(trades, days, root);
        VectorCheck.Refusals(root.Path, () => Settle(trades, days, multiplier, digits, report));
    }

    private static void CheckDays(List<Trade> trades, List<Day> days, VectorObject root)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var day in days)
        {
            if (!names.Add(day.Name))
            {
                throw root.Problem("days", $"lists \"{day.Name}\" twice");
            }
        }

        if (trades.Find(t => !names.Contains(t.Day)) is { } stray)
        {
            throw new VectorFormatException(stray.Path, $"day is \"{stray.Day}\", which \"days\" does not list");
        }
    }

    private static void Settle(List<Trade> trades, List<Day> days, decimal multiplier, int digits, VectorReport report)
    {
        // The minor unit is what the file's amounts are written in.
        var currency = new Currency("USD", digits);
        if (days.Count == 0)
        {
            return;
        }

        var directory = new HouseDirectory();
        var instrument = Future(multiplier, currency, [.. trades.Select(t => t.Price), .. days.Select(d => d.Price)], trades.Select(t => t.Quantity).DefaultIfEmpty(1).Max());
        directory.Apply(new InstrumentDefined(instrument));
        directory.Apply(new BusinessTimeAdvanced(UtcTime.StartOf(FirstDay)));
        directory.Apply(new CycleOpened(1, FirstDay));
        var accounts = new SortedDictionary<string, AccountState>(StringComparer.Ordinal);
        foreach (var name in trades.SelectMany(t => new[] { t.Buyer, t.Seller }).Distinct())
        {
            directory.Apply(new MemberDefined(MemberId.Parse(name)));
            var account = new AccountState(AccountId.Parse(name));
            account.Apply(new AccountDefined(account.Id, MemberId.Parse(name), Segregation.House, currency, 1));
            accounts.Add(name, account);
        }

        for (var cycle = 1; cycle <= days.Count; cycle++)
        {
            var day = days[cycle - 1];
            foreach (var (trade, i) in trades.Select((t, i) => (t, i)).Where(t => t.t.Day == day.Name))
            {
                Novate(directory, accounts[trade.Buyer], accounts[trade.Seller], instrument.Id, $"T{i}", trade);
            }

            directory.Apply(new CycleOpened(cycle + 1, FirstDay.AddDays(cycle)));
            SettleDay(day, cycle, accounts, instrument, currency, report);
        }
    }

    private static void SettleDay(
        Day day, int cycle, SortedDictionary<string, AccountState> accounts, Instrument instrument, Currency currency, VectorReport report)
    {
        if (!instrument.TryToPriceUnits(day.Price, out var units))
        {
            throw new ArgumentException($"the settlement price {day.Price} of {day.Name} does not fit in 64 bits of its smallest step");
        }

        var prices = new SettlementPrices(cycle, FirstDay.AddDays(cycle - 1), [new SettlementPrice(instrument, units)]);
        var margin = new Dictionary<string, decimal>(StringComparer.Ordinal);
        var positions = new Dictionary<string, BigInteger>(StringComparer.Ordinal);
        var totals = Array.Empty<ShardTotal>();
        foreach (var (id, account) in accounts)
        {
            var cash = account.BalanceOf(currency).Cash;
            var decision = VariationMargin.Decide(account, prices);
            if (decision.Kind != VariationMarginDecisionKind.Settled)
            {
                throw new InvalidOperationException($"account {id} is not settled on {day.Name}: {decision.Kind}");
            }

            account.Apply(decision.Event);
            totals = SettlementCycleDecisions.Sum(totals, decision.Event);
            foreach (var booked in VariationMargin.DecideBooking(account, cycle, prices.BusinessDate))
            {
                account.Apply(booked);
            }

            margin.Add(id, new Money(account.BalanceOf(currency).Cash - cash, currency).ToDecimal());
            positions.Add(id, account.PositionOf(new PositionKey(instrument.Id, ClientId.None))?.SettledQuantity ?? 0);
        }

        ById.Compare(report, day.Name, "variationMargin", day.Margin, margin);
        report.Exact(day.Name, "sum", ExactFraction.From(day.Sum), totals.Aggregate(ExactFraction.Zero, (sum, t) => sum + ExactFraction.From(new Money(t.RoundedMinor, currency).ToDecimal())));
        ById.Compare(report, day.Name, "position", day.Positions, positions);
    }

    private static void Novate(HouseDirectory directory, AccountState buyer, AccountState seller, InstrumentId instrument, string id, Trade trade)
    {
        var marks = new MarkTable();
        var tradeReport = new TradeReport
        {
            Source = SourceId.Parse("VENUE"),
            TradeId = TradeId.Parse(id),
            Instrument = instrument,
            Buyer = new TradeSide(buyer.Id, ClientId.None, PositionEffect.Unspecified),
            Seller = new TradeSide(seller.Id, ClientId.None, PositionEffect.Unspecified),
            Quantity = trade.Quantity,
            Price = trade.Price,
            ExecutionTime = directory.BusinessTime,
        };
        var reserve = SellerSide.DecideReserve(seller, tradeReport, directory, marks);
        Refuse(trade, reserve.Reason);
        seller.Apply(reserve.Event);
        var leg = reserve.Event.Leg;
        var novate = BuyerSide.DecideNovate(buyer, new NovationRequest(tradeReport, reserve.Event.Reservation, leg.Cycle, leg.ClearingDate), directory, marks);
        Refuse(trade, novate.Reason);
        buyer.Apply(novate.Event);
        seller.Apply(SellerSide.DecideConfirm(seller, novate.Event.SellerReservation, directory));
    }

    private static void Refuse(Trade trade, RejectReason reason)
    {
        if (reason != RejectReason.None)
        {
            throw new VectorFormatException(trade.Path, $"the engine rejects the trade: {reason}");
        }
    }

    /// <summary>An instrument whose bands are as wide as the file's prices, so that no limit but the engine's own stands in the way.</summary>
    private static Instrument Future(decimal multiplier, Currency currency, decimal[] prices, long largestQuantity)
    {
        var scale = prices.Max(p => PlacesOf(ExactFraction.From(p)));
        var tick = new ExactFraction(1, BigInteger.Pow(10, scale)).ToDecimal();
        var errors = new InstrumentDefinition
        {
            Id = "VECTOR",
            Kind = InstrumentKind.Future,
            Underlying = "VECTOR",
            Multiplier = multiplier,
            Currency = currency,
            PriceScale = scale,
            Tick = tick,
            PriceLow = prices.Min(),
            PriceHigh = prices.Max() + tick,
            AllowsNegativePrices = prices.Min() <= 0,
            MarkJumpBps = 1000,
            MarkStalenessNs = 1_000_000_000,
            MaxTradeQuantity = largestQuantity,
            HeadroomPerLot = 0m,
            Calendar = new ClearingCalendar("Etc/UTC", new TimeOnly(16, 0), [], true),
            ProductGroup = "VECTOR",
        }.Validate(out var instrument);
        return instrument ?? throw new ArgumentException($"the engine refuses the instrument: {string.Join("; ", errors.Select(e => e.ToString()))}");
    }

    private static int PlacesOf(ExactFraction price)
    {
        var places = 0;
        while (!(BigInteger.Pow(10, places) % price.Denominator).IsZero)
        {
            places++;
        }

        return places;
    }
}
