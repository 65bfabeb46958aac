using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Acceptance.Tests;

/// <summary>Rulebook 6.1 against numbers that were computed independently: trades over three days, each settled at its day's price.</summary>
public sealed class VariationMarginVectorTests
{
    private static readonly Currency Usd = new("USD", 2);
    private static readonly DateOnly FirstDay = new(2026, 3, 2);

    [Fact]
    public void Every_number_of_variation_margin_is_met_exactly()
    {
        var vector = VectorFile.Open("variation_margin.json", "variation_margin");
        var (days, numbers) = Run(vector);
        days.ShouldBe(3);
        numbers.ShouldBe(3 * (3 + 3 + 1));
    }

    [Fact]
    public void A_file_with_a_field_too_many_or_too_few_or_of_another_kind_is_malformed()
    {
        var json = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "variation_margin.json"));
        Message(json.Replace("\"exact\"", "\"Exact\"", StringComparison.Ordinal)).ShouldContain("field \"exact\" is missing");
        Message(json.Replace("\"multiplier\"", "\"fee\": 1, \"multiplier\"", StringComparison.Ordinal)).ShouldContain("unknown field \"fee\"");
        Message(json.Replace("\"sum\"", "\"day\": \"x\", \"sum\"", StringComparison.Ordinal)).ShouldContain("given twice");
        Message(json.Replace("\"kind\": \"variation_margin\"", "\"kind\": \"other\"", StringComparison.Ordinal)).ShouldContain("kind is \"other\"");
        Message(json.Replace("\"quantity\": 7", "\"quantity\": \"7\"", StringComparison.Ordinal)).ShouldContain("String, not Number");
        Message(json[..^5]).ShouldContain("variation_margin.json");

        static string Message(string changed) =>
            Should.Throw<FormatException>(() => Run(VectorFile.Parse(changed, "variation_margin.json", "variation_margin"))).Message;
    }

    private static (int Days, int Numbers) Run(VectorObject vector)
    {
        vector.True("exact");
        var multiplier = vector.Integer("multiplier");
        var trades = vector.Objects("trades").Select(t =>
        {
            var trade = (Day: t.Text("day"), Buyer: t.Text("buyer"), Seller: t.Text("seller"), Quantity: t.Integer("quantity"), Price: t.Decimal("price"));
            t.Close();
            return trade;
        }).ToList();
        var days = vector.Objects("days");
        vector.Close();

        var directory = new HouseDirectory();
        var instrument = Future(multiplier);
        directory.Apply(new InstrumentDefined(instrument));
        directory.Apply(new BusinessTimeAdvanced(UtcTime.StartOf(FirstDay)));
        directory.Apply(new CycleOpened(1, FirstDay));
        var accounts = new SortedDictionary<string, AccountState>(StringComparer.Ordinal);
        foreach (var name in trades.SelectMany(t => new[] { t.Buyer, t.Seller }).Distinct())
        {
            directory.Apply(new MemberDefined(MemberId.Parse(name)));
            var account = new AccountState(AccountId.Parse(name));
            account.Apply(new AccountDefined(account.Id, MemberId.Parse(name), Segregation.House, Usd, 1));
            accounts.Add(name, account);
        }

        var numbers = 0;
        var settledTrades = 0;
        for (var cycle = 1; cycle <= days.Count; cycle++)
        {
            var day = days[cycle - 1];
            var name = day.Text("day");
            foreach (var (trade, i) in trades.Select((t, i) => (t, i)).Where(t => t.t.Day == name))
            {
                Novate(directory, accounts[trade.Buyer], accounts[trade.Seller], instrument.Id, $"T{i}", trade.Quantity, trade.Price);
                settledTrades++;
            }

            directory.Apply(new CycleOpened(cycle + 1, FirstDay.AddDays(cycle)));
            instrument.TryToPriceUnits(day.Decimal("settlementPrice"), out var units).ShouldBeTrue();
            var prices = new SettlementPrices(cycle, FirstDay.AddDays(cycle - 1), [new SettlementPrice(instrument, units)]);
            var expectedMargin = day.Object("variationMargin");
            var expectedPositions = day.Object("positions");
            expectedMargin.Names().Order(StringComparer.Ordinal).ShouldBe(accounts.Keys);
            expectedPositions.Names().Order(StringComparer.Ordinal).ShouldBe(accounts.Keys);
            var totals = Array.Empty<ShardTotal>();
            foreach (var (id, account) in accounts)
            {
                var cash = account.BalanceOf(Usd).Cash;
                var decision = VariationMargin.Decide(account, prices);
                decision.Kind.ShouldBe(VariationMarginDecisionKind.Settled);
                account.Apply(decision.Event);
                totals = SettlementCycleDecisions.Sum(totals, decision.Event);
                foreach (var booked in VariationMargin.DecideBooking(account, cycle, prices.BusinessDate))
                {
                    account.Apply(booked);
                }

                new Money(account.BalanceOf(Usd).Cash - cash, Usd).ToDecimal().ShouldBe(expectedMargin.Decimal(id), $"{name}, {id}");
                account.PositionOf(new PositionKey(instrument.Id, ClientId.None)).ShouldNotBeNull().SettledQuantity
                    .ShouldBe(expectedPositions.Integer(id), $"{name}, {id}");
                numbers += 2;
            }

            var total = totals.ShouldHaveSingleItem();
            total.Exact.IsZero.ShouldBeTrue();
            new Money(total.RoundedMinor, Usd).ToDecimal().ShouldBe(day.Decimal("sum"), name);
            numbers++;
            expectedMargin.Close();
            expectedPositions.Close();
            day.Close();
        }

        settledTrades.ShouldBe(trades.Count, "every trade is of one of the days");
        return (days.Count, numbers);
    }

    private static void Novate(
        HouseDirectory directory, AccountState buyer, AccountState seller, InstrumentId instrument, string id, long quantity, decimal price)
    {
        var marks = new MarkTable();
        var report = new TradeReport
        {
            Source = SourceId.Parse("VENUE"),
            TradeId = TradeId.Parse(id),
            Instrument = instrument,
            Buyer = new TradeSide(buyer.Id, ClientId.None, PositionEffect.Unspecified),
            Seller = new TradeSide(seller.Id, ClientId.None, PositionEffect.Unspecified),
            Quantity = quantity,
            Price = price,
            ExecutionTime = directory.BusinessTime,
        };
        var reserve = SellerSide.DecideReserve(seller, report, directory, marks);
        reserve.Reason.ShouldBe(RejectReason.None);
        seller.Apply(reserve.Event);
        var leg = reserve.Event.Leg;
        var novate = BuyerSide.DecideNovate(buyer, new NovationRequest(report, reserve.Event.Reservation, leg.Cycle, leg.ClearingDate), directory, marks);
        novate.Reason.ShouldBe(RejectReason.None);
        buyer.Apply(novate.Event);
        seller.Apply(SellerSide.DecideConfirm(seller, novate.Event.SellerReservation, directory));
    }

    private static Instrument Future(long multiplier)
    {
        new InstrumentDefinition
        {
            Id = "ES",
            Kind = InstrumentKind.Future,
            Underlying = "SPX",
            Multiplier = multiplier,
            Currency = Usd,
            PriceScale = 2,
            Tick = 0.25m,
            PriceLow = 0.25m,
            PriceHigh = 100_000m,
            MarkJumpBps = 1000,
            MarkStalenessNs = 1_000_000_000,
            MaxTradeQuantity = 1000,
            HeadroomPerLot = 0m,
            Calendar = new ClearingCalendar("America/Chicago", new TimeOnly(16, 0), [], false),
            ProductGroup = "SPX",
        }.Validate(out var instrument).ShouldBeEmpty();
        return instrument.ShouldNotBeNull();
    }
}
