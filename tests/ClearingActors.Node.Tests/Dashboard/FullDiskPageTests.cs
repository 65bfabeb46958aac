using System.Text.Json;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Journal.Tests;

namespace ClearingActors.Node.Tests.Dashboard;

public sealed class FullDiskPageTests : IDisposable
{
    private readonly string _folder = RunningNode.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_full_disk_is_told_on_the_page_at_once_and_gone_when_there_is_room()
    {
        using var disk = SmallDisk.MountOrSkip(_folder, 24);
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, disk.Path);
        using var page = await PageClient.SignedInAsync(node.Node.WebAddress!, "viewer:v1");
        using var live = await LiveClient.ConnectAsync(page, node.Node.WebAddress!);
        await live.FollowAsync("clearing.house.v1.HouseService/GetOverview");
        (await NextAsync(live)).GetProperty("diskFull").GetBoolean().ShouldBeFalse();
        var filler = Path.Combine(disk.Path, "filler");
        Fill(filler);

        // Business time moves, as a clock moves it: the settlement's shard is among those that wait for room.
        var waiting = Task.WhenAll(Enumerable.Range(1, 40).Select(i => MoveAsync(node, i)));
        var told = default(JsonElement);
        await UntilAsync(async () => (told = await NextAsync(live)).GetProperty("diskFull").GetBoolean());

        told.GetProperty("alerts").EnumerateArray().Select(a => a.GetProperty("id").GetString()).ShouldContain("disk-full");
        File.Delete(filler);
        await UntilAsync(async () => (told = await NextAsync(live)) is var now && !now.GetProperty("diskFull").GetBoolean() && now.GetProperty("alerts").GetArrayLength() == 0);
        await waiting;
    }

    private static async Task MoveAsync(RunningNode node, int second)
    {
        try
        {
            await node.As(House.Operator).OperateAsync<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(new() { Instant = House.Noon + (second * 1_000_000_000L) });
        }
        catch (Grpc.RpcException)
        {
            // Refused for lack of room, or overtaken: either is an answer.
        }
    }

    /// <summary>The next value; errors of single reads are passed over.</summary>
    private static async Task<JsonElement> NextAsync(LiveClient live)
    {
        while (true)
        {
            if ((await live.NextAsync()).GetProperty("item").TryGetProperty("value", out var value))
            {
                return value;
            }
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var patience = Task.Delay(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        while (!await condition())
        {
            patience.IsCompleted.ShouldBeFalse("the page has not told it within a minute");
        }
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[64 * 1024];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full, which is what is wanted; what is left of a block is filled byte by byte by nobody.
        }
    }
}
