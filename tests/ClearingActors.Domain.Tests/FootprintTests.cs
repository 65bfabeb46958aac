using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests;

/// <summary>Tests that weigh the whole heap run alone.</summary>
[CollectionDefinition(nameof(WeighsTheHeap), DisableParallelization = true)]
public sealed class WeighsTheHeap;

/// <summary>What the paths may cost in memory; time is the benchmarks' business.</summary>
[Collection(nameof(WeighsTheHeap))]
public sealed class FootprintTests
{
    [Fact]
    public void The_path_of_a_trade_and_of_a_mark_allocates_nothing_once_its_position_is_there()
    {
        var house = new TestHouse();
        house.Deposit(house.Seller, 100_000_000m);
        house.Deposit(house.Buyer, 100_000_000m);
        var market = new MarketState(UnderlyingId("SPX"));
        var source = MarkSourceId.Parse("A");
        var reports = Enumerable.Range(0, 600).Select(i => house.Report(quantity: 1, id: $"T-{i:D6}")).ToList();

        long allocated = 0;
        for (var i = 0; i < reports.Count; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var report = reports[i];
            var received = TradeSourceDecisions.DecideReceive(house.Source, report, TradeFingerprint.Of(report), house.Directory, house.Limits);
            var reserve = SellerSide.DecideReserve(house.Seller, report, house.Directory, house.Marks);
            house.Seller.Apply(reserve.Event);
            var request = new NovationRequest(report, reserve.Event.Reservation, reserve.Event.Leg.Cycle, reserve.Event.Leg.ClearingDate);
            var novate = BuyerSide.DecideNovate(house.Buyer, request, house.Directory, house.Marks);
            house.Buyer.Apply(novate.Event);
            house.Seller.Apply(SellerSide.DecideConfirm(house.Seller, novate.Event.SellerReservation, house.Directory));
            var mark = MarkDecisions.DecideMark(
                market, new MarkReport(TestHouse.Future, source, 4000m + (i % 4 * 0.25m), TestHouse.Noon + i), house.Directory);
            market.Apply(mark.Accepted);
            house.Marks.Set(TestHouse.Future, mark.Accepted.Mark);
            var after = GC.GetAllocatedBytesForCurrentThread();

            // The first rounds make the position, the tables' first rows, and the runtime's own caches.
            if (i >= 300)
            {
                allocated += after - before;
            }

            // The id book grows by segments; it is measured below.
            house.Source.Apply(received.Received);
        }

        allocated.ShouldBe(0);
    }

    [Fact]
    public void A_trade_id_of_16_characters_costs_at_most_64_bytes()
    {
        const int trades = 200_000;
        var house = new TestHouse();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < trades; i++)
        {
            var report = house.Report(id: $"VENUE-{i:D10}");
            var decision = TradeSourceDecisions.DecideReceive(house.Source, report, TradeFingerprint.Of(report), house.Directory, house.Limits);
            house.Source.Apply(decision.Received);
        }

        var perTrade = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)trades;
        GC.KeepAlive(house);
        perTrade.ShouldBeInRange(40, 64);
    }

    [Fact]
    public void A_position_and_its_share_of_the_account_cost_at_most_400_bytes()
    {
        const int accounts = 2_000;
        const int positions = 10;
        var house = new TestHouse(headroomPerLot: 0m);
        var definition = TestHouse.Definition() with { HeadroomPerLot = 0m };
        for (var i = 0; i < positions; i++)
        {
            house.Directory.Apply(new Domain.House.InstrumentDefined(TestHouse.Instrument(definition with { Id = $"I{i}" })));
        }

        var reports = Enumerable.Range(0, positions).Select(i => house.Report(instrument: $"I{i}")).ToList();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var all = new AccountState[accounts];
        for (var i = 0; i < accounts; i++)
        {
            var account = new AccountState(AccountId.Parse($"ALPHA.{i:D6}"));
            account.Apply(new AccountDefined(account.Id, TestHouse.Alpha, Segregation.House, TestHouse.Usd, 1));
            foreach (var report in reports)
            {
                var novate = BuyerSide.DecideNovate(account, new NovationRequest(report, 1, 1, TestHouse.Monday), house.Directory, house.Marks);
                novate.IsAccepted.ShouldBeTrue();
                account.Apply(novate.Event);
            }

            all[i] = account;
        }

        var perPosition = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)(accounts * positions);
        GC.KeepAlive(all);
        perPosition.ShouldBeInRange(100, 400, "100,000 accounts of 10 positions stay below 400 MB");
        TestContext.Current.SendDiagnosticMessage($"{perPosition:F0} bytes per position");
    }

    private static Instruments.UnderlyingId UnderlyingId(string id) => Instruments.UnderlyingId.Parse(id);
}
