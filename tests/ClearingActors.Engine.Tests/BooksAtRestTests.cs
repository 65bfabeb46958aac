using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Commands;

namespace ClearingActors.Engine.Tests;

/// <summary>The books of one moment, read while trades never pause.</summary>
public sealed class BooksAtRestTests
{
    [Fact]
    public async Task While_trades_never_pause_the_books_are_read_with_nothing_in_flight_and_every_trade_is_answered()
    {
        await using var house = await TestHouse.StartAsync();
        using var enough = new CancellationTokenSource();
        var traders = Enumerable.Range(0, 8).Select(t => TradeAsync(house, t, enough.Token)).ToList();
        List<HouseBooks> read = [];
        while (read.Count < 20)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            if (await house.Engine.ReadBooksAtRestAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken) is not { } books)
            {
                continue;
            }

            // Trades go on before the next reading.
            read.Add(books);
            while ((await house.Engine.ReadBooksAsync()).Positions.GetValueOrDefault(TestHouse.Future).Long == books.Positions.GetValueOrDefault(TestHouse.Future).Long)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            }
        }

        // Books that are read without rest show trades in flight, sooner or later.
        while (await house.Engine.ReadBooksAsync() is { MatchedBook: true, OpenReservations: 0 })
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }

        await enough.CancelAsync();
        var traded = (await Task.WhenAll(traders)).Sum();
        read.ShouldAllBe(b => b.MatchedBook && b.CashConserved && b.OpenReservations == 0);

        await house.Engine.QuiesceAsync(TestContext.Current.CancellationToken);
        (await house.PositionAsync("ALPHA.HOUSE")).ShouldBe(traded);
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_the_time_for_it_nothing_is_read_and_trades_go_on()
    {
        await using var house = await TestHouse.StartAsync();
        using var enough = new CancellationTokenSource();
        var trader = TradeAsync(house, 1, enough.Token);
        for (var i = 0; i < 20; i++)
        {
            (await house.Engine.ReadBooksAtRestAsync(TimeSpan.Zero, TestContext.Current.CancellationToken)).ShouldBeNull();
        }

        (await house.PostAsync(TestHouse.Report("after", quantity: 1))).ShouldBeOfType<TradeReply>().Outcome.Kind.ShouldBe(TradeOutcomeKind.Novated);
        await enough.CancelAsync();
        (await trader).ShouldBeGreaterThanOrEqualTo(0);
    }

    [Fact]
    public async Task While_the_disk_stands_still_nothing_is_read_and_what_came_meanwhile_is_answered_after()
    {
        HeldJournal? journal = null;
        await using var house = await TestHouse.StartAsync(over: store => journal = new HeldJournal(store));
        Task<object> before, meanwhile;
        using (journal!.Hold())
        {
            before = house.PostAsync(TestHouse.Report("before", quantity: 1));

            // What no shard has taken yet only waits, and the house is at rest.
            while ((await house.Engine.Runtime.StatusAsync()).All(shard => shard.Position == shard.DurablePosition))
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            (await house.Engine.ReadBooksAtRestAsync(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken)).ShouldBeNull();
            meanwhile = house.PostAsync(TestHouse.Report("meanwhile", quantity: 1));
            (await house.Engine.ReadBooksAtRestAsync(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken)).ShouldBeNull();
            (before.IsCompleted, meanwhile.IsCompleted).ShouldBe((false, false));
        }

        (await before).ShouldBeOfType<TradeReply>().Outcome.Kind.ShouldBe(TradeOutcomeKind.Novated);
        (await meanwhile).ShouldBeOfType<TradeReply>().Outcome.Kind.ShouldBe(TradeOutcomeKind.Novated);
        await house.Engine.QuiesceAsync(TestContext.Current.CancellationToken);
        (await house.Engine.ReadBooksAtRestAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldNotBeNull().Positions[TestHouse.Future].Long.ShouldBe(2);
    }

    [Fact]
    public async Task A_reader_that_never_ends_keeps_nobody_waiting_longer_than_it_said()
    {
        await using var house = await TestHouse.StartAsync();
        var traded = false;
        while (!traded)
        {
            var answer = await house.Engine.Runtime.ReadAtRestAsync(
                TimeSpan.FromSeconds(1),
                () =>
                {
                    traded = true;
                    return house.PostAsync(TestHouse.Report("T1", quantity: 1));
                },
                TestContext.Current.CancellationToken);
            answer.ShouldBeNull();
        }

        await house.Engine.QuiesceAsync(TestContext.Current.CancellationToken);
        (await house.PositionAsync("ALPHA.HOUSE")).ShouldBe(1);
    }

    /// <summary>One trade after the other of one lot; how many were novated.</summary>
    private static async Task<long> TradeAsync(TestHouse house, int trader, CancellationToken enough)
    {
        for (var i = 0L; ; i++)
        {
            if (enough.IsCancellationRequested)
            {
                return i;
            }

            (await house.PostAsync(TestHouse.Report($"R{trader}.{i}", quantity: 1))).ShouldBeOfType<TradeReply>().Outcome.Kind.ShouldBe(TradeOutcomeKind.Novated);
        }
    }
}
