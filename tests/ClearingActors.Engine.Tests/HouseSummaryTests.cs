using ClearingActors.Actors;
using ClearingActors.Actors.Fabric;
using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Reports;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Tests;

/// <summary>The whole house in a line per account, held against the accounts one by one.</summary>
public sealed class HouseSummaryTests
{
    private const string Operator = "operator:test";

    private const string Model = """
        {
          "factors": { "SPX": { "change": "relative" } },
          "groups": { "*": { "confidence": 0.99, "lookback": 250, "ewmaLambda": 0.97, "ewmaSeedReturns": 30, "mporDays": 2, "scaling": "mid" } },
          "calls": { "USD": { "minimumTransfer": 1000.00, "callUnit": 500.00, "minutesToMeet": 60 } }
        }
        """;

    private long _time = TestHouse.Noon - 1_000_000;

    [Fact]
    public async Task Every_account_is_told_once_with_what_it_says_itself()
    {
        await using var house = await TestHouse.StartAsync();
        await PrepareAsync(house);
        await house.SubmitAsync(TestHouse.Report("T1", quantity: 7));
        await house.SubmitAsync(TestHouse.Report("T2", buyer: "ALPHA.GROSS", buyerClient: "C1", quantity: 3));
        await house.SubmitAsync(TestHouse.Report("T3", seller: "ALPHA.GROSS", sellerClient: "C2", buyer: "BETA.HOUSE", quantity: 5));
        await MarkAsync(house, 2690m);
        await house.SubmitAsync(TestHouse.Report("T4", quantity: 1, price: 2690m));
        var summary = await house.Engine.SummariseAsync();
        var accounts = summary.Accounts.ToDictionary(a => a.Id.Value);
        accounts.Count.ShouldBe(summary.Count);
        accounts.Values.Where(a => a.Member != CcpAccounts.Member).Select(a => a.Id.Value).Order(StringComparer.Ordinal)
            .ShouldBe(["ALPHA.GROSS", "ALPHA.HOUSE", "BETA.GROSS", "BETA.HOUSE", "POOR.HOUSE"]);
        foreach (var told in accounts.Values)
        {
            var state = await house.AccountAsync(told.Id.Value);
            (told.Member, told.Segregation, told.Currency, told.Status).ShouldBe((state.Member, state.Segregation, state.MarginCurrency, state.Status));
            told.Positions.ShouldBe(state.Positions.Count);
            told.GrossLots.ShouldBe(state.Positions.Sum(p => Math.Abs(p.SettledQuantity + p.Older.Quantity + p.Newer.Quantity)));
            told.Cash.ShouldBe(state.Balances.Where(b => b.Currency == state.MarginCurrency).Sum(b => b.Cash));
            if (told.Member == CcpAccounts.Member)
            {
                (told.Basis, told.Requirement, told.Excess).ShouldBe((MarginBasis.None, 0L, 0L), told.Id.Value);
                continue;
            }

            var margin = (await house.Engine.GetMarginAsync(Operator, told.Id, []))!;
            told.Basis.ShouldBe(MarginBasis.Indicative);
            told.Stale.ShouldBeEmpty();
            told.MarksBehind.ShouldBe(0);
            (told.Indicative!.Value, told.Requirement, told.Collateral, told.Excess)
                .ShouldBe((margin.Indicative!.Value.Requirement, margin.Indicative.Value.Requirement, margin.Indicative.Value.Collateral, margin.Indicative.Value.Excess), told.Id.Value);
        }

        accounts["ALPHA.GROSS"].GrossLots.ShouldBe(8);
        accounts["ALPHA.HOUSE"].Requirement.ShouldBePositive();
    }

    [Fact]
    public async Task Without_a_model_the_amounts_per_lot_stand_and_after_a_run_its_figures()
    {
        await using var house = await TestHouse.StartAsync();
        await house.SubmitAsync(TestHouse.Report("T1", quantity: 7));
        var alpha = await OfAsync(house, "ALPHA.HOUSE");
        (alpha.Basis, alpha.Requirement, alpha.Collateral, alpha.Excess, alpha.Official, alpha.Indicative).ShouldBe((MarginBasis.Configured, 7_000_00L, 1_000_000_00L, 993_000_00L, null, null));
        await PrepareAsync(house);
        var run = await house.Engine.RunMarginAsync(Operator);
        run.Totals.ShouldHaveSingleItem();
        alpha = await OfAsync(house, "ALPHA.HOUSE");
        alpha.Official.ShouldBe((await house.AccountAsync("ALPHA.HOUSE")).Margin!.Last!.Coverage.Requirement);
        alpha.Basis.ShouldBe(MarginBasis.Indicative);
    }

    [Fact]
    public async Task Totals_are_the_sums_over_the_accounts_and_the_houses_own_are_left_out()
    {
        await using var house = await TestHouse.StartAsync();
        await PrepareAsync(house);
        await house.SubmitAsync(TestHouse.Report("T1", quantity: 7));
        await house.SubmitAsync(TestHouse.Report("T2", buyer: "POOR.HOUSE", quantity: 2, guaranteed: true));
        await house.Engine.SetSuspensionAsync(Operator, MemberId.Parse("BETA"), true);
        await house.Engine.RunMarginAsync(Operator);
        var summary = await house.Engine.SummariseAsync();
        var totals = HouseTotals.Of(summary);
        var accounts = summary.Accounts.Where(a => a.Member != CcpAccounts.Member).ToList();
        var usd = totals.Currencies.ShouldHaveSingleItem();
        usd.Currency.ShouldBe(TestHouse.Usd);
        usd.Accounts.ShouldBe(5);
        ((long)usd.Requirement).ShouldBe(accounts.Sum(a => a.Requirement));
        ((long)usd.Collateral).ShouldBe(400_000_000L);
        ((long)usd.Excess).ShouldBe(accounts.Sum(a => a.Excess));
        ((long)usd.Shortfall).ShouldBe(-accounts.Single(a => a.Id.Value == "POOR.HOUSE").Excess);
        usd.Short.ShouldBe(1);
        totals.Members.Select(m => (m.Member.Value, m.Status.Standing)).ShouldBe([("ALPHA", MemberStanding.Active), ("BETA", MemberStanding.Suspended)]);
        totals.Members.Sum(m => (long)m.Sums.Single().Requirement).ShouldBe((long)usd.Requirement);

        var call = summary.Calls.ShouldHaveSingleItem();
        (call.Account.Value, call.Member.Value, call.Remaining).ShouldBe(("POOR.HOUSE", "ALPHA", call.Amount));
        call.Deadline.ShouldBe(TestHouse.Noon + (3600L * 1_000_000_000));
        (usd.OpenCalls, usd.CallRemaining, usd.CallDeadline).ShouldBe((1, call.Remaining.MinorUnits, call.Deadline));
        var poor = accounts.Single(a => a.Id.Value == "POOR.HOUSE");
        (poor.OpenCalls, poor.CallRemaining, poor.CallDeadline).ShouldBe((1, call.Remaining.MinorUnits, call.Deadline));
        summary.Clock.ShouldBe(new HouseClock(TestHouse.Noon, TestHouse.Monday, 1, false));
    }

    [Fact]
    public async Task More_accounts_than_fit_a_piece_are_each_told_once_and_a_repeat_tells_the_same()
    {
        await using var house = await TestHouse.StartAsync(shards: 2);
        await PrepareAsync(house);
        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => house.Engine.DefineAccountAsync(Operator, AccountId.Parse($"M.{i}"), MemberId.Parse("ALPHA"), Segregation.ClientIndividual, TestHouse.Usd, 0)));
        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => house.Engine.BookCollateralAsync(Operator, AccountId.Parse($"M.{i}"), RequestId.Parse("1"), new Money(100_000_00 + i, TestHouse.Usd))));
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => house.SubmitAsync(TestHouse.Report($"P{i}", buyer: $"M.{i}", seller: $"M.{i + 300}", quantity: 1))));
        var summary = await house.Engine.SummariseAsync();
        var told = summary.Accounts.Where(a => a.Id.Value.StartsWith("M.", StringComparison.Ordinal)).ToList();
        told.Count.ShouldBe(600);
        told.Select(a => a.Id).Distinct().Count().ShouldBe(600);
        told.ShouldAllBe(a => a.GrossLots == 1 && a.Basis == MarginBasis.Indicative && a.Requirement > 0);
        told.Sum(a => a.Collateral).ShouldBe((600 * 100_000_00L) + (599 * 600 / 2));

        var again = await house.Engine.SummariseAsync();
        again.TellsTheSameAs(summary).ShouldBeTrue();
        await house.Engine.BookCollateralAsync(Operator, AccountId.Parse("M.17"), RequestId.Parse("2"), new Money(1, TestHouse.Usd));
        (await house.Engine.SummariseAsync()).TellsTheSameAs(summary).ShouldBeFalse();
    }

    [Fact]
    public async Task A_debt_that_cannot_be_converted_leaves_the_account_stale_and_the_others_told()
    {
        await using var house = await TestHouse.StartAsync();
        await PrepareAsync(house);
        var yen = new Currency("JPY", 0);
        await house.Engine.DefineAccountAsync(Operator, AccountId.Parse("YEN.HOUSE"), MemberId.Parse("ALPHA"), Segregation.House, yen, 0);
        await house.SubmitAsync(TestHouse.Report("T1", buyer: "YEN.HOUSE", quantity: 1, guaranteed: true));
        var told = await OfAsync(house, "YEN.HOUSE");
        told.Basis.ShouldNotBe(MarginBasis.None);
        told.Stale.ShouldNotBeEmpty();
        (await OfAsync(house, "BETA.HOUSE")).Stale.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_is_told_before_it_is_durable()
    {
        var folder = Directory.CreateTempSubdirectory("clearing-house-summary-");
        try
        {
            using var store = new HeldJournal(SqliteJournal.Open(Path.Combine(folder.FullName, "test.journal"), new JournalOpenOptions(2, ClearingEngine.FeatureLevel)));
            using var engine = new ClearingEngine(store, new EngineOptions(), TimeProvider.System, new Silent(), "test");
            engine.Start();
            var account = AccountId.Parse("A.HOUSE");
            await engine.AdvanceAsync(Operator, TestHouse.Noon);
            await engine.DefineMemberAsync(Operator, MemberId.Parse("A"));
            await engine.DefineAccountAsync(Operator, account, MemberId.Parse("A"), Segregation.House, TestHouse.Usd, 0);
            await engine.QuiesceAsync();
            Task<HouseSummary> read;
            Task<PositionReport?> positions;
            Task<Money> booked;
            using (store.Hold())
            {
                booked = engine.BookCollateralAsync(Operator, account, RequestId.Parse("1"), new Money(500, TestHouse.Usd));
                while (await engine.Runtime.InspectAsync(engine.ShardOf(account), (_, scope) => ((EngineScope)scope).Accounts.Single(a => a.State.Id == account).State.BalanceOf(TestHouse.Usd).Cash) == 0)
                {
                    await Task.Delay(5, TestContext.Current.CancellationToken);
                }

                read = engine.SummariseAsync(TestContext.Current.CancellationToken);
                positions = engine.ReadPositionsAsync(account, TestContext.Current.CancellationToken);
                await Task.Delay(200, TestContext.Current.CancellationToken);
                (read.IsCompleted, positions.IsCompleted, booked.IsCompleted).ShouldBe((false, false, false));
            }

            (await read).Accounts.Single(a => a.Id == account).Cash.ShouldBe(500);
            (await positions).ShouldNotBeNull().Positions.ShouldBeEmpty();
            (await booked).MinorUnits.ShouldBe(500);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task An_account_that_is_not_there_has_neither_positions_nor_scenarios()
    {
        await using var house = await TestHouse.StartAsync();
        (await house.Engine.ReadPositionsAsync(AccountId.Parse("NOBODY"))).ShouldBeNull();
        (await house.Engine.ReadScenariosAsync(AccountId.Parse("NOBODY"), "", default)).ShouldBeNull();
    }

    [Fact]
    public async Task Scenarios_of_a_gross_account_are_told_by_client_the_largest_margin_first()
    {
        await using var house = await TestHouse.StartAsync();
        await PrepareAsync(house);
        await house.SubmitAsync(TestHouse.Report("T1", buyer: "ALPHA.GROSS", buyerClient: "C1", quantity: 2));
        await house.SubmitAsync(TestHouse.Report("T2", seller: "ALPHA.GROSS", sellerClient: "C2", buyer: "BETA.HOUSE", quantity: 5));
        var account = AccountId.Parse("ALPHA.GROSS");
        var largest = (await house.Engine.ReadScenariosAsync(account, "", default)).ShouldNotBeNull();
        largest.Groups.Select(g => (g.Client.Value, g.Group)).ShouldBe([("C2", "SPX"), ("C1", "SPX")]);
        largest.Selected!.Group.ShouldBe(largest.Groups[0]);
        var other = (await house.Engine.ReadScenariosAsync(account, "SPX", ClientId.Parse("C1"))).ShouldNotBeNull();
        other.Selected!.Group.ShouldBe(largest.Groups[1]);

        // Five sold gain what two bought lose, scenario by scenario.
        for (var i = 0; i < other.Selected.Gains.Count; i++)
        {
            largest.Selected.Gains[i].ShouldBe(other.Selected.Gains[i] * -2.5, 1e-6);
        }

        (await house.Engine.ReadScenariosAsync(account, "SPX", ClientId.Parse("C3")))!.Selected.ShouldBeNull();
    }

    private static async Task<AccountSummary> OfAsync(TestHouse house, string account) => (await house.Engine.SummariseAsync()).Accounts.Single(a => a.Id.Value == account);

    private async Task PrepareAsync(TestHouse house)
    {
        await house.Engine.SetRiskModelAsync(Operator, Model);
        List<FactorPrice> prices = [.. Enumerable.Range(0, 400).Select(i => new FactorPrice(new DateOnly(2019, 1, 1).AddDays(i), 2700.0 + (60.0 * Math.Sin(i * 1.7)) + (i % 7 * 11)))];
        await house.Engine.SetFactorPricesAsync(Operator, new FactorPricesSet("SPX", prices, true));
        await MarkAsync(house, 2750.25m);
    }

    private async Task MarkAsync(TestHouse house, decimal price)
    {
        var mark = new MarkReport(TestHouse.Future, MarkSourceId.Parse("FEED"), price, _time += 1_000);
        var reply = await house.AskAsync(to => house.Engine.Mark("venue:VENUE", TestHouse.Instrument().Underlying, mark, to));
        reply.ShouldBeOfType<MarkReply>().Kind.ShouldBe(MarkDecisionKind.Accepted);
        await house.Engine.QuiesceAsync();
    }

    private sealed class Silent : IRuntimeObserver
    {
        public void ActorQuarantined(ActorAddress actor, Exception? error, string reason)
        {
        }

        public void CommandFailed(ActorAddress actor, string command, Exception error)
        {
        }

        public void ShardLost(int shard, long epoch, ShardLoss reason, Exception? error)
        {
        }

        public void ShardLoaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot)
        {
        }

        public void SnapshotRefused(int shard, long position, string reason)
        {
        }

        public void AppendFailed(AppendStatus status, int rows, Exception? error)
        {
        }

        public void DiskFull(bool full)
        {
        }

        public void TurnDurable(int shard, long position, long recordedTime, ReadOnlyMemory<byte> payload, int events)
        {
        }
    }
}
