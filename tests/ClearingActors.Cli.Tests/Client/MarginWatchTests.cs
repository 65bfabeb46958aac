using ClearingActors.Client;
using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Cli.Tests.Client;

public sealed class MarginWatchTests
{
    private static readonly ReconnectBackoff Soon = new() { First = TimeSpan.FromMilliseconds(1), Longest = TimeSpan.FromMilliseconds(5) };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_watch_goes_on_over_breaks_with_the_figure_that_is_then_current()
    {
        await using var server = await ScriptedServer.OfMarginWatchesAsync(async (call, request, writer) =>
        {
            request.Account.ShouldBe("M01-HOUSE");
            await writer.WriteAsync(new WatchMarginResponse { Margin = new GetMarginResponse { Account = request.Account, Stale = $"call {call}" } });
            if (call < 3)
            {
                throw new RpcException(StatusCode.Unavailable, "moving house");
            }
        });
        using var connection = new ClearingConnection(server.Address);
        var seen = new List<string>();
        using var patience = new CancellationTokenSource(Patience);
        await foreach (var margin in connection.Margin.WatchMargin("M01-HOUSE", new MarginWatchOptions { Backoff = Soon }).ReadAllAsync(patience.Token))
        {
            seen.Add(margin.Stale);
            if (seen.Count == 3)
            {
                break;
            }
        }

        seen.ShouldBe(["call 1", "call 2", "call 3"]);
    }

    [Fact]
    public async Task A_watch_that_is_refused_or_never_answered_ends_with_the_reason()
    {
        await using var server = await ScriptedServer.OfMarginWatchesAsync((_, request, _) => throw new RpcException(request.Account == "FOREIGN" ? StatusCode.PermissionDenied : StatusCode.Unavailable, "not here"));
        using var connection = new ClearingConnection(server.Address);
        var options = new MarginWatchOptions { Backoff = Soon, MaxAttempts = 3 };
        using var patience = new CancellationTokenSource(Patience);
        async Task<RpcException> EndOf(string account) => await Should.ThrowAsync<RpcException>(async () =>
        {
            await foreach (var _ in connection.Margin.WatchMargin(account, options).ReadAllAsync(patience.Token))
            {
            }
        });

        (await EndOf("FOREIGN")).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await EndOf("M01-HOUSE")).Message.ShouldContain("3 times in a row");
        Should.Throw<ArgumentException>(() => connection.Margin.WatchMargin("M01-HOUSE", options with { MaxAttempts = 0 })).Message.ShouldContain("MaxAttempts is 0");
    }
}
