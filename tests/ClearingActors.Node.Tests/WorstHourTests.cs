using ClearingActors.Contracts.House.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Engine;
using ClearingActors.Grpc;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClearingActors.Node.Tests;

/// <summary>What those who watch the house can still read while a part of it cannot be read.</summary>
public sealed class WorstHourTests
{
    private static readonly int Settlement = LostShard.Of(ActorKinds.Settlement, ActorKinds.House);

    [Fact]
    public async Task whether_the_house_is_halted_is_not_known_while_that_shard_is_lost()
    {
        await using var node = await RunningNode.StartAsync();
        await node.As(House.Operator).OperateAsync<HaltHouseRequest, HaltHouseResponse>(new());
        var before = await OverviewAsync(node);
        (before.HouseHalted, before.HaltUnknown).ShouldBe((true, false));

        using (await LostShard.LoseAsync(node, Settlement))
        {
            var overview = await OverviewAsync(node);
            (overview.HouseHalted, overview.HaltUnknown).ShouldBe((false, true));
            var ids = overview.Alerts.Select(a => a.Id).ToList();
            ids.ShouldContain("unread/halt");
            ids.ShouldNotContain("house-halted");
        }

        await Patience.UntilAsync(async () => !(await OverviewAsync(node)).HaltUnknown, "the shard is taken again");
        var after = await OverviewAsync(node);
        after.HouseHalted.ShouldBeTrue();
        after.Alerts.ShouldNotContain(a => a.Id == "unread/halt");
    }

    [Fact]
    public async Task a_lost_shard_is_listed_as_not_owned_with_what_the_journal_knows_of_it()
    {
        await using var node = await RunningNode.StartAsync();
        var before = await ClusterAsync(node);
        before.Shards.ShouldAllBe(s => !s.NotOwned);

        using (await LostShard.LoseAsync(node, Settlement))
        {
            var cluster = await ClusterAsync(node);
            cluster.Shards.Select(s => s.Shard).ShouldBe(Enumerable.Range(0, 8));
            var lost = cluster.Shards.Where(s => s.NotOwned).ShouldHaveSingleItem();
            (lost.Shard, lost.Owner).ShouldBe((Settlement, before.Nodes[0].Name));
            lost.DurablePosition.ShouldBeGreaterThanOrEqualTo(before.Shards[Settlement].DurablePosition);
            var state = cluster.Nodes.ShouldHaveSingleItem();
            (state.Shards, state.BusinessTime).ShouldBe((7, 0));
            state.BusinessTimeError.ShouldNotBeEmpty();
        }

        await Patience.UntilAsync(async () => (await ClusterAsync(node)) is var now && now.Shards.All(s => !s.NotOwned) && now.Nodes[0].BusinessTime == House.Noon, "the shard is taken again");
    }

    [Fact]
    public async Task the_cluster_is_told_while_the_settlement_is_set_aside_and_it_can_be_released()
    {
        var folder = RunningNode.NewFolder();
        try
        {
            await using (await RunningNode.StartAsync(folder: folder))
            {
                // What it has is durable: it ends as in a crash.
            }

            SetAsideJournal.Write(folder, ActorKinds.Settlement, ActorKinds.House, "a message it cannot work on");
            await using var node = await RunningNode.StartAsync(folder: folder, define: false);

            var cluster = await ClusterAsync(node);

            var aside = cluster.SetAside.ShouldHaveSingleItem();
            (aside.ActorKind, aside.ActorId, aside.Reason).ShouldBe(("settlement", "house", "a message it cannot work on"));
            cluster.Nodes[0].BusinessTimeError.ShouldContain("quarantined");
            await node.As(House.Operator).OperateAsync<ReleaseQuarantinedRequest, ReleaseQuarantinedResponse>(new() { ActorKind = aside.ActorKind, ActorId = aside.ActorId });
            var after = await ClusterAsync(node);
            after.SetAside.ShouldBeEmpty();
            (after.Nodes[0].BusinessTime, after.Nodes[0].BusinessTimeError).ShouldBe((House.Noon, ""));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task the_markets_are_told_though_the_shard_of_one_is_lost()
    {
        await using var node = await RunningNode.StartAsync();
        var shard = LostShard.Of(ActorKinds.Market, "SPX");
        shard.ShouldNotBe(Settlement);
        (await MarketsAsync(node)).Markets.ShouldHaveSingleItem().Unread.ShouldBeEmpty();

        using (await LostShard.LoseAsync(node, shard))
        {
            var response = await MarketsAsync(node);
            response.Markets.ShouldHaveSingleItem().Unread.ShouldContain($"shard {shard} is not owned here");
            response.OpenInterestError.ShouldContain($"shard {shard} is not owned here");
        }

        await Patience.UntilAsync(async () => (await MarketsAsync(node)) is { OpenInterestError: "", Markets: [{ Unread: "" }] }, "the shard is taken again");
    }

    [Fact]
    public async Task invariants_that_were_not_checked_for_a_minute_are_told_with_the_reason()
    {
        var folder = RunningNode.NewFolder();
        try
        {
            var time = new MovedTime();
            await using var node = RunningNode.Of(await ClearingNode.StartAsync(RunningNode.SettingsIn(folder), NullLoggerFactory.Instance, time), folder);
            await House.DefineAsync(node.As(House.Operator));
            await Patience.UntilAsync(async () => (await OverviewAsync(node)).Invariants.CheckedAt > 0, "the invariants are checked");

            using (await LostShard.LoseAsync(node, Settlement))
            {
                var young = await OverviewAsync(node);
                young.Invariants.Overdue.ShouldBeFalse();
                time.Ahead = TimeSpan.FromSeconds(61);
                GetOverviewResponse old = null!;
                await Patience.UntilAsync(async () => (old = await OverviewAsync(node)).Invariants.NotCheckedBecause.Length > 0, "a check has come to nothing");
                old.Invariants.Overdue.ShouldBeTrue();
                old.Invariants.MatchedBook.ShouldBeTrue("as it was last");
                var alert = old.Alerts.Single(a => a.Id == "invariants-unchecked");
                alert.Text.ShouldContain($"shard {Settlement} is not owned here");
            }

            await Patience.UntilAsync(async () => (await OverviewAsync(node)) is { Invariants: { Overdue: false, NotCheckedBecause: "" } } now && now.Alerts.All(a => a.Id != "invariants-unchecked"), "they are checked again");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<GetOverviewResponse> OverviewAsync(RunningNode node) => ReadAsync<GetOverviewRequest, GetOverviewResponse>(node, HouseReflection.Descriptor, "GetOverview");

    private static Task<GetClusterResponse> ClusterAsync(RunningNode node) => ReadAsync<GetClusterRequest, GetClusterResponse>(node, ClusterReflection.Descriptor, "GetCluster");

    private static Task<GetMarketsResponse> MarketsAsync(RunningNode node) => ReadAsync<GetMarketsRequest, GetMarketsResponse>(node, MarketsReflection.Descriptor, "GetMarkets");

    private static Task<TResponse> ReadAsync<TRequest, TResponse>(RunningNode node, FileDescriptor file, string method)
        where TRequest : IMessage<TRequest>, new()
        where TResponse : IMessage<TResponse> => node.As(House.Operator).UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(file.Services[0], method), new TRequest()).Within();

    /// <summary>The machine's clocks, moved ahead.</summary>
    private sealed class MovedTime : TimeProvider
    {
        private long _ahead;

        internal TimeSpan Ahead
        {
            set => Volatile.Write(ref _ahead, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Volatile.Read(ref _ahead));

        public override long GetTimestamp() => base.GetTimestamp() + (Volatile.Read(ref _ahead) * TimestampFrequency / TimeSpan.TicksPerSecond);
    }
}
