using System.Diagnostics;
using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Defaults;
using ClearingActors.Engine.Messages;
using ClearingActors.Risk.Stress;
using Action = ClearingActors.Contracts.Defaults.V1.Action;

namespace ClearingActors.Cli.Bench;

/// <summary>
/// A default in a large house, through the engine on a journal: a member with one client account per lot defaults, every bidder bids for every lot, all auctions close at one
/// instant, the lots move, a cycle settles them, and the loss is allocated. And the propagation of failures over many members.
/// </summary>
internal sealed class DefaultBench(BenchStore stores, int accounts, int lots, int bidders, int threads, Action<string> say)
{
    private const string Anna = "operator:anna";
    private const string Ben = "operator:ben";
    private const long Minute = 60_000_000_000;
    private const int Members = 1_000;

    internal async Task<DefaultBenchReport> RunAsync(CancellationToken cancellation)
    {
        var report = new DefaultBenchReport { Accounts = accounts, Lots = lots, Bidders = bidders, Threads = threads, Members = Members };
        MeasurePropagation(report);
        using var store = stores.Open("default");
        var house = new BenchHouse();
        using var engine = new ClearingEngine(store, new EngineOptions { Runtime = new RuntimeOptions { Workers = threads }, Sealer = new BidSealer(new byte[BidSealer.KeyLength]) }, TimeProvider.System, house, "bench");
        engine.Start();
        await PrepareAsync(engine, house, cancellation).ConfigureAwait(false);
        await MeasureAsync(engine, report, cancellation).ConfigureAwait(false);
        return house.Alarms.Count == 0 ? report : throw new InvalidOperationException($"the bench is void: {house.Alarms[0]}");
    }

    /// <summary>A chain in which every failure brings down the next: the longest there is.</summary>
    private void MeasurePropagation(DefaultBenchReport report)
    {
        say($"failure propagation over {Members:N0} members");
        // After k failures every survivor is drawn on for k x Beyond / (Members - k): just more than member k can bear.
        const long Beyond = 1_000_000;
        const long Contribution = 1_000_000_000;
        List<PropagationMember> members = [];
        for (var k = 0; k < Members; k++)
        {
            members.Add(new PropagationMember(string.Create(CultureInfo.InvariantCulture, $"M{k:D4}"), Contribution + Beyond, Contribution, Contribution, Math.Max(0, (k * Beyond / (Members - k)) - 1)));
        }

        var clock = Stopwatch.StartNew();
        var result = FailurePropagation.Run(members, new CcpLayers(0, 0), [members[0].Id]);
        report.PropagationSeconds = clock.Elapsed.TotalSeconds;
        report.PropagationRounds = result.Rounds;
    }

    private async Task PrepareAsync(ClearingEngine engine, BenchHouse house, CancellationToken cancellation)
    {
        say($"a house of {accounts:N0} accounts, a member with {lots:N0} client accounts");
        await house.DefineAsync(engine, accounts - lots, 4).ConfigureAwait(false);
        await engine.DefineMemberAsync(Anna, MemberId.Parse("FAILS"), cancellation).ConfigureAwait(false);
        await Task.WhenAll(Enumerable.Range(1, lots).Select(i => engine.DefineAccountAsync(Anna, Client(i), MemberId.Parse("FAILS"), Segregation.ClientIndividual, BenchHouse.Usd, 900_000_000_000_00, cancellation))).ConfigureAwait(false);
        await Task.WhenAll(Enumerable.Range(1, lots).Select(i => engine.BookCollateralAsync(Anna, Client(i), RequestId.Parse("1"), new Money(10_000_00, BenchHouse.Usd), cancellation))).ConfigureAwait(false);
        await Task.WhenAll(Enumerable.Range(0, bidders).Select(i => engine.DefineMemberAsync(Anna, Bidder(i), cancellation))).ConfigureAwait(false);
        await Task.WhenAll(Enumerable.Range(0, bidders).Select(i => engine.DefineAccountAsync(Anna, BidAccount(i), Bidder(i), Segregation.House, BenchHouse.Usd, 900_000_000_000_00, cancellation))).ConfigureAwait(false);
        await RiskBench.SetModelAsync(engine, cancellation).ConfigureAwait(false);
        await engine.SetDefaultTermsAsync(Anna, """
            { "currency": "USD", "minorDigits": 2, "approvalMinutes": 60, "portingMinutes": 0, "auction": { "minutes": 30, "reserveMultiple": 100 } }
            """, cancellation).ConfigureAwait(false);
        var sink = new Answered(lots);
        engine.Submit([.. Enumerable.Range(1, lots).Select(i => engine.Trade(BenchHouse.Principal, new TradeReport
        {
            Source = BenchHouse.Source,
            TradeId = TradeId.Parse(string.Create(CultureInfo.InvariantCulture, $"D{i}")),
            Instrument = BenchHouse.Instrument(1),
            Buyer = new TradeSide(Client(i), default, PositionEffect.Unspecified),
            Seller = new TradeSide(BenchHouse.Account(i), default, PositionEffect.Unspecified),
            Quantity = 10,
            Price = 3000m,
            ExecutionTime = BenchHouse.Noon,
            Guaranteed = true,
        }, false, new ReplyTo(sink, i)))]);
        await sink.All.WaitAsync(cancellation).ConfigureAwait(false);
        await SettleAsync(engine, 1, 3000m, cancellation).ConfigureAwait(false);
    }

    private async Task MeasureAsync(ClearingEngine engine, DefaultBenchReport report, CancellationToken cancellation)
    {
        say("the member is declared in default and its positions move");
        await engine.ManageDefaultAsync(Anna, new TriggerDefaultRequest { Member = "FAILS", Reason = "bench" }, cancellation).ConfigureAwait(false);
        await engine.ManageDefaultAsync(Anna, Declare(), cancellation).ConfigureAwait(false);
        var clock = Stopwatch.StartNew();
        await engine.ManageDefaultAsync(Ben, Declare(), cancellation).ConfigureAwait(false);
        var opened = await UntilAsync(engine, d => d.Auctions.Count == lots, cancellation).ConfigureAwait(false);
        report.DeclarationToAuctionsSeconds = clock.Elapsed.TotalSeconds;

        say($"{bidders * lots:N0} sealed bids");
        clock.Restart();
        for (var b = 0; b < bidders; b++)
        {
            await Task.WhenAll(opened.Auctions.Select((a, i) => engine.PlaceBidAsync($"member:{Bidder(b)}", new PlaceBidRequest
            {
                Member = Bidder(b).Value,
                Number = 1,
                Lot = a.Lots[0].Id,
                Account = BidAccount(b).Value,
                Amount = -(((b * 7919L) + (i * 104_729L)) % 1_000_000),
                Currency = "USD",
                Units = 1,
            }, cancellation))).ConfigureAwait(false);
        }

        report.BidsPerSecond = bidders * lots / clock.Elapsed.TotalSeconds;
        say("all auctions close");
        clock.Restart();
        await engine.AdvanceBusinessTimeAsync(Anna, BenchHouse.Noon + (31 * Minute), cancellation).ConfigureAwait(false);
        await engine.QuiesceAsync().ConfigureAwait(false);
        report.CloseToMovedSeconds = clock.Elapsed.TotalSeconds;
        clock.Restart();
        await SettleAsync(engine, 2, 3000m, cancellation).ConfigureAwait(false);
        report.CycleSeconds = clock.Elapsed.TotalSeconds;
        clock.Restart();
        var done = await UntilAsync(engine, d => d.Stage == Stage.Allocated, cancellation).ConfigureAwait(false);
        report.CycleToAllocatedSeconds = clock.Elapsed.TotalSeconds;
        report.CloseToAllocationSeconds = report.CloseToMovedSeconds + report.CycleToAllocatedSeconds;
        report.Loss = done.Allocation.Loss;
    }

    private static async Task<Default> UntilAsync(ClearingEngine engine, Func<Default, bool> done, CancellationToken cancellation)
    {
        while (true)
        {
            await engine.QuiesceAsync().ConfigureAwait(false);
            var d = (await engine.GetDefaultsAsync(Anna, 1, cancellation).ConfigureAwait(false)).Defaults[0];
            if (done(d))
            {
                return d;
            }

            cancellation.ThrowIfCancellationRequested();
            if (d.Blocked.Length > 0)
            {
                throw new InvalidOperationException($"the bench's default does not go on: {d.Blocked}");
            }
        }
    }

    private static Task SettleAsync(ClearingEngine engine, int day, decimal price, CancellationToken cancellation) => engine.RunSettlementCycleAsync(
        Anna, BenchHouse.Date.AddDays(day), [.. Enumerable.Range(1, 4).Select(i => new PricePoint(BenchHouse.Instrument(i), (long)(price * 100)))], cancellation);

    private static DecideDefaultRequest Declare() => new() { Number = 1, Action = Action.Declare, Reason = "bench" };

    private static AccountId Client(int i) => AccountId.Parse(string.Create(CultureInfo.InvariantCulture, $"FAILS.{i:D5}"));

    private static MemberId Bidder(int i) => MemberId.Parse(string.Create(CultureInfo.InvariantCulture, $"BID{i:D3}"));

    private static AccountId BidAccount(int i) => AccountId.Parse(string.Create(CultureInfo.InvariantCulture, $"BID{i:D3}.HOUSE"));

    /// <summary>Completes when all have been answered; a trade that was not novated makes the bench void.</summary>
    private sealed class Answered(int count) : IReplySink
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = count;

        internal Task All => _all.Task;

        public void Reply(long token, object answer)
        {
            if (answer is not TradeReply { Outcome.Kind: TradeOutcomeKind.Novated })
            {
                _all.TrySetException(new InvalidOperationException($"trade {token} of the bench was not novated: {answer}"));
            }
            else if (Interlocked.Decrement(ref _left) == 0)
            {
                _all.TrySetResult();
            }
        }
    }
}
